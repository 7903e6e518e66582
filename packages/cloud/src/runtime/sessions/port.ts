/**
 * A session that carries connections to a port, as amazon-ssm-agent's port plugin does: many at once (smux) with clients that know that,
 * else one after the other. What the target may not reach, or where nothing listens, is told by a flag, as there.
 */
import { connect, type Socket } from "node:net";
import {
  compareVersions,
  flag,
  multiplexClientVersion,
  openMultiplex,
  payloadType,
  quietClientVersion,
  type Multiplex,
  type PortProperties,
} from "@plinth/data-channel";
import type { Cloud } from "../../cloud.ts";
import { type Activity, flagOf, type Line } from "./activity.ts";
import type { LiveSession } from "./sessions.ts";

/** As the agent cuts it. */
const pieceBytes = 1024;
/** Messages that a client has not acknowledged, before no more is read from its connections. */
const mostPending = 2048;
/** What waits for destinations that do not read, before nothing more is taken from the client (smux `MaxReceiveBuffer`). */
const mostWaitingBytes = 4 * 1024 * 1024;
/** smux's `KeepAliveInterval`. */
const pingEveryMs = 10_000;
const connectWithinMs = 90_000;

export function forwardPort(cloud: Cloud, session: LiveSession, line: Line): Activity {
  const { clock } = cloud.world;
  const { host, port, localPort } = session.purpose.kind === "port" ? session.purpose : { host: undefined, port: 0, localPort: "0" };
  const sockets = new Set<Socket>();
  let multiplex: Multiplex | undefined;
  let single: ReturnType<typeof oneAtATime> | undefined;
  let cancelPing = () => {};
  let over = false;

  const send = (bytes: Uint8Array) => {
    for (let at = 0; at < bytes.byteLength; at += pieceBytes) line.write(payloadType.output, bytes.subarray(at, at + pieceBytes));
  };
  const tell = (what: number) => {
    const payload = Buffer.alloc(4);
    payload.writeUInt32BE(what);
    line.write(payloadType.flag, payload);
  };

  /** Reads are held back as long as the client does not keep up. */
  const yieldTo = (socket: Socket) => {
    if (line.pending < mostPending) return;
    socket.pause();
    void line.drained((mostPending * 3) / 4).then(() => socket.resume());
  };
  /** And the client, as long as destinations do not. */
  const pass = (socket: Socket, bytes: Uint8Array) => {
    if (socket.write(bytes)) return;
    if (waitingBytes() < mostWaitingBytes) return;
    line.hold(true);
    socket.once("drain", () => line.hold(waitingBytes() >= mostWaitingBytes));
    socket.once("close", () => line.hold(false));
  };
  const waitingBytes = () => [...sockets].reduce((sum, { writableLength }) => sum + writableLength, 0);

  /** Rejects as the agent's dial does. */
  const dial = async (): Promise<Socket> => {
    const place = await session.target.reach(host, port);
    if (over) throw new Error("the session has ended");
    const socket = connect({ host: place.address, port: place.port, noDelay: true });
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const cancel = clock.after(connectWithinMs, () => socket.destroy(new Error("i/o timeout")));
    socket.once("connect", resolve).once("error", reject);
    try {
      await promise;
    } finally {
      cancel();
    }
    socket.on("error", () => socket.destroy());
    return socket;
  };

  const manyAtOnce = (): Multiplex =>
    openMultiplex({
      side: "server",
      send,
      failed: () => void line.end("The client's multiplexing is not understood."),
      opened(stream) {
        const early: Uint8Array[] = [];
        let socket: Socket | undefined;
        let left = false;
        const connectIt = async () => {
          try {
            const made = await dial();
            if (left) return void made.destroy();
            socket = made;
            made.on("data", (bytes) => {
              stream.write(bytes);
              yieldTo(made);
            });
            made.once("close", () => stream.close());
            for (const bytes of early.splice(0)) pass(made, bytes);
          } catch {
            if (left) return;
            tell(flag.connectToPortError);
            stream.close();
          }
        };
        void connectIt();
        return {
          data: (bytes) => (socket ? pass(socket, bytes) : void early.push(Uint8Array.from(bytes))),
          ended() {
            left = true;
            // What came before is still written; nobody reads an answer.
            socket?.destroySoon();
          },
        };
      },
    });

  /** A client of before multiplexing: what it sends after a connection's end makes the next one. */
  const oneAtATime = () => {
    let socket: Promise<Socket> | undefined;
    const join = () => {
      const made = dial();
      socket = made;
      const carry = async () => {
        try {
          const open = await made;
          open.on("data", (bytes) => {
            send(bytes);
            yieldTo(open);
          });
          open.once("close", () => {
            if (socket === made) socket = undefined;
          });
        } catch (error) {
          await line.end(`Unable to connect to specified port: ${(error as Error).message}`);
        }
      };
      void carry();
      return made;
    };
    void join();
    return {
      data: (bytes: Uint8Array) => {
        const kept = Uint8Array.from(bytes);
        (socket ?? join()).then((open) => pass(open, kept)).catch(() => {}); // the session ends by that
      },
      leave() {
        const left = socket;
        socket = undefined;
        left?.then((open) => open.destroy()).catch(() => {});
      },
    };
  };

  const properties: PortProperties = {
    portNumber: String(port),
    localPortNumber: localPort,
    type: "LocalPortForwarding",
    ...(host !== undefined && { host }),
  };
  return {
    asked: { SessionType: "Port", Properties: properties },
    start(clientVersion) {
      if (isForbidden(host)) return void line.end(`Forwarding to IP address ${host} is forbidden.`);
      if (compareVersions(clientVersion, multiplexClientVersion) < 0) {
        single = oneAtATime();
        return;
      }
      const many = manyAtOnce();
      multiplex = many;
      if (compareVersions(clientVersion, quietClientVersion) > 0) return;
      const ping = () => {
        many.ping();
        cancelPing = clock.after(pingEveryMs, ping);
      };
      ping();
    },
    take(type, payload) {
      if (type === payloadType.output) {
        multiplex?.take(payload);
        single?.data(payload);
      } else if (type === payloadType.flag && flagOf(payload) === flag.disconnectToPort) single?.leave();
    },
    end() {
      over = true;
      cancelPing();
      multiplex?.end();
      for (const socket of sockets) socket.destroy();
      return Promise.resolve();
    },
  };
}

/** Where instances and tasks find their credentials: the agent never forwards there (`agent/session/plugins/port/port.go`). */
function isForbidden(host: string | undefined): boolean {
  return host !== undefined && (host.startsWith("169.254.") || host.toLowerCase().startsWith("fd00:ec2::"));
}
