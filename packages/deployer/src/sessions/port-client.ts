/** A session that carries connections to a port, from the client's side: many at once, with an old agent one after the other. */
import type { Socket } from "node:net";
import { compareVersions, flag, multiplexAgentVersion, openMultiplex, payloadType } from "@plinth/data-channel";
import { openChannel, type Channel, type SessionAddress, type SessionEnd } from "./data-channel-client.ts";

export interface PortHandlers {
  /** The agent could not connect: nothing listens there, or the network does not let it. */
  refused(): void;
  /** Another token for a session whose connection broke. */
  resume: (sessionId: string) => Promise<SessionAddress | undefined>;
}

export interface PortSession {
  /** Carries a connection of this machine, which is still paused, to the other side and back, until either ends it. */
  carry(socket: Socket): void;
  /** Ends the session, and all connections with it. */
  hangUp(): void;
  /** How it ended. Never rejects. */
  readonly ended: Promise<SessionEnd>;
}

const pieceBytes = 1024;
/** Messages that the agent has not acknowledged, before no more is read from connections. */
const mostPending = 2048;
/** What waits for connections that do not read, before nothing more is taken from the agent. */
const mostWaitingBytes = 16 * 1024 * 1024;

/** Resolves when both sides agree, or with how it ended before. */
export async function openPortSession(address: SessionAddress, handlers: PortHandlers): Promise<PortSession | SessionEnd> {
  const begun = Promise.withResolvers<string>();
  let take = (_bytes: Uint8Array) => {};
  const channel = openChannel(address, {
    types: ["Port"],
    resume: handlers.resume,
    begun: begun.resolve,
    receive(type, payload) {
      if (type === payloadType.output) take(payload);
      else if (type === payloadType.flag && Buffer.from(payload).readUInt32BE() === flag.connectToPortError) handlers.refused();
    },
  });
  const agentVersion = await Promise.race([begun.promise, channel.ended]);
  if (typeof agentVersion !== "string") return agentVersion;
  const many = compareVersions(agentVersion, multiplexAgentVersion) >= 0;
  const carrier = many ? manyAtOnce(channel) : oneAtATime(channel);
  take = carrier.take;
  const sockets = new Set<Socket>();
  void channel.ended.then(() => {
    for (const socket of sockets) socket.destroy();
    return carrier.end();
  });
  return {
    ended: channel.ended,
    hangUp: channel.hangUp,
    carry(socket) {
      sockets.add(socket);
      socket.on("error", () => socket.destroy());
      socket.once("close", () => sockets.delete(socket));
      carrier.carry(socket, (bytes) => {
        if (socket.write(bytes) || waitingBytes(sockets) < mostWaitingBytes) return;
        channel.hold(true);
        const look = () => channel.hold(waitingBytes(sockets) >= mostWaitingBytes);
        socket.once("drain", look).once("close", look);
      });
    },
  };
}

interface Carrier {
  carry(socket: Socket, give: (bytes: Uint8Array) => void): void;
  take(bytes: Uint8Array): void;
  end(): void;
}

const waitingBytes = (sockets: ReadonlySet<Socket>) => [...sockets].reduce((sum, { writableLength }) => sum + writableLength, 0);

function send(channel: Channel, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.byteLength; at += pieceBytes) channel.write(payloadType.output, bytes.subarray(at, at + pieceBytes));
}

function yieldTo(channel: Channel, socket: Socket): void {
  if (channel.pending < mostPending) return;
  socket.pause();
  void channel.drained((mostPending * 3) / 4).then(() => socket.resume());
}

function manyAtOnce(channel: Channel): Carrier {
  const multiplex = openMultiplex({
    side: "client",
    send: (bytes) => send(channel, bytes),
    opened: () => ({ data: () => {}, ended: () => {} }), // agents open none
    failed: () => channel.hangUp(),
  });
  return {
    take: multiplex.take,
    end: multiplex.end,
    carry(socket, give) {
      const stream = multiplex.open({ data: give, ended: () => socket.end() });
      socket.on("data", (bytes) => {
        stream.write(bytes);
        yieldTo(channel, socket);
      });
      socket.once("close", () => stream.close());
      socket.resume();
    },
  };
}

/** The agent connects to the other side once more when something comes after a connection's end. */
function oneAtATime(channel: Channel): Carrier {
  const waiting: { socket: Socket; give: (bytes: Uint8Array) => void }[] = [];
  let current: (typeof waiting)[number] | undefined;
  const next = () => {
    current = waiting.shift();
    if (!current) return;
    const { socket } = current;
    if (socket.destroyed) return next();
    socket.on("data", (bytes) => {
      send(channel, bytes);
      yieldTo(channel, socket);
    });
    socket.once("close", () => {
      const left = Buffer.alloc(4);
      left.writeUInt32BE(flag.disconnectToPort);
      channel.write(payloadType.flag, left);
      next();
    });
    socket.resume();
  };
  return {
    take: (bytes) => current?.give(bytes),
    end: () => waiting.splice(0),
    carry(socket, give) {
      waiting.push({ socket, give });
      if (!current) next();
    },
  };
}
