/** A client of the data channel for tests: what session-manager-plugin does, without a terminal of its own. */
import { randomUUID } from "node:crypto";
import { openStream, payloadType, type HandshakeRequest, type HandshakeResponse } from "@plinth/data-channel";
import { WebSocket } from "ws";

export interface SessionClient extends AsyncDisposable {
  /** All output so far. */
  text(): string;
  type(text: string): void;
  resize(cols: number, rows: number): void;
  /** What the agent said when it closed the channel; of a connection that ended without it `undefined`. */
  readonly closed: Promise<string | undefined>;
}

export async function connectSession(given: { streamUrl?: string | undefined; tokenValue?: string | undefined }): Promise<SessionClient> {
  const socket = new WebSocket(given.streamUrl!);
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const parts: Uint8Array[] = [];
  const stream = openStream({
    sends: "input_stream_data",
    send: (bytes) => socket.readyState === WebSocket.OPEN && socket.send(bytes),
    receive(type, payload) {
      if (type === payloadType.output) parts.push(Uint8Array.from(payload));
      if (type !== payloadType.handshakeRequest) return;
      const request = JSON.parse(Buffer.from(payload).toString()) as HandshakeRequest;
      const response: HandshakeResponse = {
        ClientVersion: "1.2.707.0",
        ProcessedClientActions: request.RequestedClientActions.map(({ ActionType }) => ({
          ActionType,
          ActionStatus: 1,
          ActionResult: null,
          Error: "",
        })),
        Errors: [],
      };
      stream.write(payloadType.handshakeResponse, Buffer.from(JSON.stringify(response)));
    },
    closed: resolve,
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
  socket.on("message", (data: Buffer, binary) => binary && stream.take(data));
  socket.on("error", () => resolve(undefined));
  socket.on("close", () => {
    stream.end();
    resolve(undefined);
  });
  await new Promise<void>((done, fail) => socket.once("open", done).once("error", fail));
  socket.send(
    JSON.stringify({ MessageSchemaVersion: "1.0", RequestId: randomUUID(), TokenValue: given.tokenValue, ClientId: randomUUID() }),
  );
  return {
    text: () => Buffer.concat(parts).toString("utf8"),
    type: (text) => stream.write(payloadType.output, Buffer.from(text)),
    resize: (cols, rows) => stream.write(payloadType.size, Buffer.from(JSON.stringify({ cols, rows }))),
    closed: promise,
    async [Symbol.asyncDispose]() {
      socket.close();
      await promise;
    },
  };
}
