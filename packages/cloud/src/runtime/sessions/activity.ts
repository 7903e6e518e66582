/** What a session is for, as its conversation sees it; and what an activity has of its session. */
import type { SessionTypeParameters } from "@plinth/data-channel";

/** What happens in a session once both sides agree. */
export interface Activity {
  /** What the client is asked to be. */
  readonly asked: SessionTypeParameters;
  /** Begins; `clientVersion` is empty of clients that know no handshake. */
  start(clientVersion: string): void;
  /** What the client sends, in order. */
  take(type: number, payload: Uint8Array): void;
  /** Ends what runs. */
  end(): Promise<void>;
}

/** What an activity has of its session. */
export interface Line {
  write(type: number, payload: Uint8Array): void;
  /** How many messages the client has not acknowledged. */
  readonly pending: number;
  /** Resolves when fewer than `below` are pending (default: none), or the session has ended. */
  drained(below?: number): Promise<void>;
  /** Nothing more is taken from the client for now, or again. */
  hold(held: boolean): void;
  end(output?: string): Promise<void>;
}

/** The number that a payload of type `flag` is. */
export function flagOf(payload: Uint8Array): number | undefined {
  return payload.byteLength === 4 ? Buffer.from(payload).readUInt32BE() : undefined;
}

/** A payload that is JSON; `undefined` of any other. */
export function parsed<T>(payload: Uint8Array): Partial<T> | undefined {
  try {
    return JSON.parse(Buffer.from(payload).toString("utf8")) as Partial<T>;
  } catch {
    return undefined;
  }
}
