/** A client of port forwarding for tests: session-manager-plugin without its listener. `clientVersion` says how old it is. */
import { randomUUID } from "node:crypto";
import {
  openMultiplex,
  openStream,
  payloadType,
  type HandshakeRequest,
  type HandshakeResponse,
  type Multiplex,
} from "@plinth/data-channel";
import { WebSocket } from "ws";

export interface PortClient extends AsyncDisposable {
  readonly asked: Promise<HandshakeRequest>;
  /** A connection: what it got so far, and whether the other side has closed it. */
  open(): { write(text: string | Uint8Array): void; close(): void; bytes(): Buffer; ended(): boolean };
  /** Of a client of before multiplexing: what comes and goes is one connection. */
  write(text: string): void;
  text(): string;
  /** Flags that came. */
  flags: number[];
  sendFlag(flag: number): void;
  /** What the agent said when it closed the channel; of a connection that ended without it `undefined`. */
  readonly closed: Promise<string | undefined>;
  /** Breaks the connection as a network does. */
  breakOff(): void;
  /** Goes on over another connection. */
  resume(session: Given): Promise<void>;
}

interface Given {
  StreamUrl?: string | undefined;
  TokenValue?: string | undefined;
}

export async function connectPort(given: Given, clientVersion = "1.2.707.0"): Promise<PortClient> {
  const asked = Promise.withResolvers<HandshakeRequest>();
  const closed = Promise.withResolvers<string | undefined>();
  const begun = Promise.withResolvers<void>();
  const flags: number[] = [];
  const plain: Uint8Array[] = [];
  let socket: WebSocket;
  let broken = false;
  const stream = openStream({
    sends: "input_stream_data",
    send: (bytes) => socket.readyState === WebSocket.OPEN && socket.send(bytes),
    receive(type, payload) {
      if (type === payloadType.handshakeRequest) {
        const request = JSON.parse(Buffer.from(payload).toString()) as HandshakeRequest;
        asked.resolve(request);
        const response: HandshakeResponse = {
          ClientVersion: clientVersion,
          ProcessedClientActions: [{ ActionType: "SessionType", ActionStatus: 1, ActionResult: null, Error: "" }],
          Errors: [],
        };
        stream.write(payloadType.handshakeResponse, Buffer.from(JSON.stringify(response)));
      } else if (type === payloadType.handshakeComplete) begun.resolve();
      else if (type === payloadType.flag) flags.push(Buffer.from(payload).readUInt32BE());
      else if (type === payloadType.output) {
        plain.push(Uint8Array.from(payload));
        multiplex?.take(payload);
      }
    },
    closed(output) {
      closed.resolve(output);
      begun.resolve();
    },
    lost: () => socket.terminate(),
    clock: {
      nowMs: () => Date.now(),
      after(delayMs, run) {
        const timer = setTimeout(run, delayMs);
        return () => clearTimeout(timer);
      },
    },
    uuid: () => randomUUID(),
  });
  const send = (bytes: Uint8Array) => {
    for (let at = 0; at < bytes.byteLength; at += 1024) stream.write(payloadType.output, bytes.subarray(at, at + 1024));
  };
  const multiplex: Multiplex | undefined = clientVersion.startsWith("1.0")
    ? undefined
    : openMultiplex({ side: "client", send, opened: () => ({ data: () => {}, ended: () => {} }), failed: () => socket.terminate() });

  const join = async ({ StreamUrl, TokenValue }: Given) => {
    const made = new WebSocket(StreamUrl!);
    await new Promise<void>((done, fail) => made.once("open", done).once("error", fail));
    socket = made;
    broken = false;
    made.on("message", (data: Buffer, binary) => binary && stream.take(data));
    made.on("error", () => {});
    made.once("close", () => {
      if (broken || socket !== made) return;
      stream.end();
      closed.resolve(undefined);
      begun.resolve();
    });
    made.send(JSON.stringify({ MessageSchemaVersion: "1.0", RequestId: randomUUID(), TokenValue, ClientId: randomUUID() }));
  };
  await join(given);
  await begun.promise;

  return {
    asked: asked.promise,
    flags,
    closed: closed.promise,
    open() {
      const got: Uint8Array[] = [];
      let over = false;
      const one = multiplex!.open({ data: (bytes) => got.push(Uint8Array.from(bytes)), ended: () => (over = true) });
      return {
        write: (text) => one.write(Buffer.from(text as string)),
        close: () => one.close(),
        bytes: () => Buffer.concat(got),
        ended: () => over,
      };
    },
    write: (text) => send(Buffer.from(text)),
    text: () => Buffer.concat(plain).toString(),
    sendFlag(flag) {
      const payload = Buffer.alloc(4);
      payload.writeUInt32BE(flag);
      stream.write(payloadType.flag, payload);
    },
    breakOff() {
      broken = true;
      socket.terminate();
    },
    async resume(session) {
      await join(session);
      stream.repeat();
    },
    async [Symbol.asyncDispose]() {
      stream.end();
      socket.close();
      await closed.promise;
    },
  };
}
