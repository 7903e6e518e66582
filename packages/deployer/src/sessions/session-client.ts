/** A session with a program at a terminal, from the client's side. */
import { payloadType } from "@plinth/data-channel";
import { openChannel, type SessionAddress, type SessionEnd } from "./data-channel-client.ts";

export interface SessionHandlers {
  /** The agent is ready: from now on input is taken. */
  begun(): void;
  output(bytes: Uint8Array): void;
  /** Another token for a session whose connection broke. */
  resume?: (sessionId: string) => Promise<SessionAddress | undefined>;
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

const inputPieceBytes = 1024;

export function connectSession(address: SessionAddress, { begun, output, resume }: SessionHandlers): SessionClient {
  const channel = openChannel(address, {
    types: ["Standard_Stream", "InteractiveCommands", "NonInteractiveCommands"],
    ...(resume && { resume }),
    begun,
    receive(type, payload) {
      if (type === payloadType.output || type === payloadType.standardError) output(payload);
    },
  });
  return {
    ended: channel.ended,
    input(bytes) {
      for (let at = 0; at < bytes.byteLength; at += inputPieceBytes)
        channel.write(payloadType.output, bytes.subarray(at, at + inputPieceBytes));
    },
    resize: (cols, rows) => channel.write(payloadType.size, Buffer.from(JSON.stringify({ cols, rows }))),
    taken: () => channel.drained(),
    hangUp: channel.hangUp,
  };
}
