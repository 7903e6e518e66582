/** The client's side of a session: connects to Session Manager's data channel, on AWS or in the embedded cloud, and speaks its protocol. */
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

export interface SessionHandlers {
  /** The agent is ready: from now on input is taken. */
  begun(): void;
  output(bytes: Uint8Array): void;
}

export interface SessionClient {
  input(bytes: Uint8Array): void;
  resize(columns: number, rows: number): void;
  /** Resolves when what was given as input has been taken, or the session is over. */
  taken(): Promise<void>;
  /** Ends the session. */
  hangUp(): void;
  /** How it ended. Never rejects. */
  readonly ended: Promise<SessionEnd>;
}

/** `closed`: by the agent, `output` says why where there is more to say than that the program ended. `lost`: the connection broke. */
export type SessionEnd = { how: "closed"; output: string } | { how: "hung-up" } | { how: "lost"; reason: string };

/** The plugin's version whose protocol this is: agents ask for it. */
const clientVersion = "1.2.707.0";
const inputPieceBytes = 1024;
const connectWithinMs = 30_000;
/** Load balancers on the way cut what is quiet; AWS's plugin pings as often. */
const pingEveryMs = 300_000;

const sessionTypes = ["Standard_Stream", "InteractiveCommands", "NonInteractiveCommands"];

export function connectSession({ streamUrl, tokenValue }: SessionAddress, handlers: SessionHandlers): SessionClient {
  const socket = new WebSocket(streamUrl, { handshakeTimeout: connectWithinMs });
  const { promise: ended, resolve } = Promise.withResolvers<SessionEnd>();
  let begun = false;
  const begin = () => {
    if (begun) return;
    begun = true;
    handlers.begun();
  };
  const stream = openStream({
    sends: "input_stream_data",
    send: (bytes) => socket.readyState === WebSocket.OPEN && socket.send(bytes),
    receive(type, payload) {
      if (type === payloadType.handshakeRequest) {
        stream.write(payloadType.handshakeResponse, json(respond(JSON.parse(textOf(payload)) as HandshakeRequest)));
      } else if (type === payloadType.handshakeComplete) {
        const { CustomerMessage } = JSON.parse(textOf(payload)) as HandshakeComplete;
        if (CustomerMessage) handlers.output(Buffer.from(`${CustomerMessage}\n`));
        begin();
      } else if (type === payloadType.output || type === payloadType.standardError) {
        begin(); // of an agent that knows no handshake
        handlers.output(payload);
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
    clearInterval(pings);
    stream.end();
    resolve(how);
    socket.close(1000);
  };
  socket.on("open", () => {
    const opening: OpenDataChannel = {
      MessageSchemaVersion: "1.0",
      RequestId: randomUUID(),
      TokenValue: tokenValue,
      ClientId: randomUUID(),
      ClientVersion: clientVersion,
    };
    socket.send(JSON.stringify(opening));
  });
  socket.on("message", (data: Buffer, binary) => binary && stream.take(data));
  socket.on("error", (error) => end({ how: "lost", reason: error.message }));
  socket.on("close", (code, reason) =>
    end({ how: "lost", reason: `the connection was closed (${code}${reason.length > 0 ? ` ${reason.toString()}` : ""})` }),
  );
  return {
    ended,
    input(bytes) {
      for (let at = 0; at < bytes.byteLength; at += inputPieceBytes)
        stream.write(payloadType.output, bytes.subarray(at, at + inputPieceBytes));
    },
    resize: (cols, rows) => stream.write(payloadType.size, json({ cols, rows })),
    taken: () => stream.drained(),
    hangUp() {
      const terminate = Buffer.alloc(4);
      terminate.writeUInt32BE(flag.terminateSession);
      stream.write(payloadType.flag, terminate);
      end({ how: "hung-up" });
    },
  };
}

function respond({ RequestedClientActions }: HandshakeRequest): HandshakeResponse {
  const actions = RequestedClientActions.map(({ ActionType, ActionParameters }) => {
    const type = ActionType === "SessionType" ? (ActionParameters as SessionTypeParameters).SessionType : undefined;
    const known = type !== undefined && sessionTypes.includes(type);
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
