/**
 * The client's side of a session, whatever it is for: connects to Session Manager's data channel, on AWS or in the embedded cloud, agrees
 * with the agent what the session is, and goes on over another connection when one breaks.
 */
import { randomUUID } from "node:crypto";
import {
  actionStatus,
  flag,
  openStream,
  payloadType,
  type HandshakeComplete,
  type HandshakeRequest,
  type HandshakeResponse,
  type OpenDataChannel,
  type SessionTypeParameters,
} from "@plinth/data-channel";
import { WebSocket } from "ws";

export interface SessionAddress {
  sessionId: string;
  streamUrl: string;
  tokenValue: string;
}

/** `closed`: by the agent, `output` says why where there is more to say than that it ended. `lost`: the connection broke for good. */
export type SessionEnd = { how: "closed"; output: string } | { how: "hung-up" } | { how: "lost"; reason: string };

export interface ChannelSettings {
  /** What this client can be (`Standard_Stream`, `Port`, …). */
  types: readonly string[];
  /** Another token for a session whose connection broke; `undefined` when it has ended meanwhile. Without it none is asked for. */
  resume?: (sessionId: string) => Promise<SessionAddress | undefined>;
  /** Both sides agree. Of an agent that knows no handshake `agentVersion` is empty. */
  begun(agentVersion: string): void;
  /** Output, errors and flags, in order. */
  receive(type: number, payload: Uint8Array): void;
}

export interface Channel {
  write(type: number, payload: Uint8Array): void;
  /** How many messages the agent has not acknowledged. */
  readonly pending: number;
  /** Resolves when fewer than `below` are pending (default: none), or the session is over. */
  drained(below?: number): Promise<void>;
  /** Nothing more is taken for now, or again. */
  hold(held: boolean): void;
  /** Ends the session. */
  hangUp(): void;
  /** How it ended. Never rejects. */
  readonly ended: Promise<SessionEnd>;
}

/** The plugin's version whose protocol this is: agents ask for it. */
const clientVersion = "1.2.707.0";
const connectWithinMs = 30_000;
/** Load balancers on the way cut what is quiet; AWS's plugin pings as often. */
const pingEveryMs = 300_000;
/** As often, and at such intervals, as the plugin tries (session-manager-plugin `src/config/config.go`). */
const resumeDelaysMs = [100, 400, 1_600, 5_000, 5_000];

export function openChannel(address: SessionAddress, { types, resume, begun, receive }: ChannelSettings): Channel {
  const { promise: ended, resolve } = Promise.withResolvers<SessionEnd>();
  let socket: WebSocket;
  let agentVersion = "";
  let hasBegun = false;
  let over = false;
  let held = false;
  const begin = () => {
    if (hasBegun) return;
    hasBegun = true;
    begun(agentVersion);
  };
  const stream = openStream({
    sends: "input_stream_data",
    send: (bytes) => socket.readyState === WebSocket.OPEN && socket.send(bytes),
    receive(type, payload) {
      if (type === payloadType.handshakeRequest) {
        const request = JSON.parse(textOf(payload)) as HandshakeRequest;
        agentVersion = request.AgentVersion;
        stream.write(payloadType.handshakeResponse, json(respond(request, types)));
      } else if (type === payloadType.handshakeComplete) {
        const { CustomerMessage } = JSON.parse(textOf(payload)) as HandshakeComplete;
        if (CustomerMessage) receive(payloadType.output, Buffer.from(`${CustomerMessage}\n`));
        begin();
      } else {
        begin(); // of an agent that knows no handshake
        receive(type, payload);
      }
    },
    closed: (output) => end({ how: "closed", output }),
    lost: () => end({ how: "lost", reason: "the other side does not answer" }),
    clock: {
      nowMs: () => Date.now(),
      after(delayMs, run) {
        const timer = setTimeout(run, delayMs);
        return () => clearTimeout(timer);
      },
    },
    uuid: () => randomUUID(),
  });
  const pings = setInterval(() => socket.readyState === WebSocket.OPEN && socket.ping(), pingEveryMs);
  const end = (how: SessionEnd) => {
    if (over) return;
    over = true;
    clearInterval(pings);
    stream.end();
    resolve(how);
    socket.resume();
    socket.close(1000);
  };

  const join = ({ streamUrl, tokenValue }: SessionAddress, again: boolean) => {
    const made = new WebSocket(streamUrl, { handshakeTimeout: connectWithinMs });
    socket = made;
    let reason = "";
    made.on("open", () => {
      const opening: OpenDataChannel = {
        MessageSchemaVersion: "1.0",
        RequestId: randomUUID(),
        TokenValue: tokenValue,
        ClientId: randomUUID(),
        ClientVersion: clientVersion,
      };
      made.send(JSON.stringify(opening));
      if (again) stream.repeat();
      if (held) made.pause();
    });
    made.on("message", (data: Buffer, binary) => binary && stream.take(data));
    made.on("error", (error) => (reason = error.message));
    made.on("close", (code, why) => {
      if (over) return;
      const said = reason || `the connection was closed (${code}${why.length > 0 ? ` ${why.toString()}` : ""})`;
      if (resume && hasBegun) void rejoin(said);
      else end({ how: "lost", reason: said });
    });
  };

  const rejoin = async (said: string) => {
    let reason = said;
    for (const delayMs of resumeDelaysMs) {
      await new Promise((done) => setTimeout(done, delayMs));
      if (over) return;
      try {
        const next = await resume!(address.sessionId);
        if (over) return;
        if (next) return join(next, true);
        return end({ how: "closed", output: "The session has ended meanwhile." });
      } catch (error) {
        reason = (error as Error).message;
      }
    }
    end({ how: "lost", reason });
  };

  join(address, false);
  return {
    ended,
    write: (type, payload) => stream.write(type, payload),
    get pending() {
      return stream.pending;
    },
    drained: (below) => stream.drained(below),
    hold(now) {
      held = now;
      if (socket.readyState === WebSocket.OPEN) socket[held ? "pause" : "resume"]();
    },
    hangUp() {
      const terminate = Buffer.alloc(4);
      terminate.writeUInt32BE(flag.terminateSession);
      stream.write(payloadType.flag, terminate);
      end({ how: "hung-up" });
    },
  };
}

function respond({ RequestedClientActions }: HandshakeRequest, types: readonly string[]): HandshakeResponse {
  const actions = RequestedClientActions.map(({ ActionType, ActionParameters }) => {
    const type = ActionType === "SessionType" ? (ActionParameters as SessionTypeParameters).SessionType : undefined;
    const known = type !== undefined && types.includes(type);
    // Encryption with a key of the cluster's own is not spoken: it is said so, and the agent ends the session.
    const Error = known ? "" : `Unsupported action ${ActionType}${type === undefined ? "" : ` of type ${type}`}`;
    return { ActionType, ActionStatus: known ? actionStatus.success : actionStatus.unsupported, ActionResult: null, Error };
  });
  return {
    ClientVersion: clientVersion,
    ProcessedClientActions: actions,
    Errors: actions.flatMap(({ Error }) => (Error === "" ? [] : [Error])),
  };
}

const json = (content: object) => Buffer.from(JSON.stringify(content));
const textOf = (payload: Uint8Array) => Buffer.from(payload).toString("utf8");
