/**
 * One side of a data channel: what it sends is numbered and repeated until it is acknowledged, what it gets is acknowledged and handed
 * on once and in order. The figures are the plugin's (session-manager-plugin `src/config/config.go`).
 */
import { type AgentMessage, decodeMessage, encodeMessage } from "./agent-message.ts";

export interface StreamClock {
  nowMs(): number;
  /** Calls `run` once after `delayMs`; the answer takes it back. */
  after(delayMs: number, run: () => void): () => void;
}

export interface StreamSettings {
  /** What its own messages are called: the client's `input_stream_data`, the agent's `output_stream_data`. */
  sends: "input_stream_data" | "output_stream_data";
  /** Gives a message to the connection. */
  send(message: Uint8Array): void;
  /** What the other side sent, in order, once. */
  receive(type: number, payload: Uint8Array): void;
  /** The other side closed the channel; `output` says why, where there is more to say than that it ended. */
  closed(output: string): void;
  /** A message was repeated for minutes without an acknowledgement. */
  lost(): void;
  clock: StreamClock;
  uuid(): string;
}

export interface Stream {
  /** Sends one message; where `pending` is large, better later. */
  write(type: number, payload: Uint8Array): void;
  /** Takes what the connection delivered: one message. Whatever is none is passed over. */
  take(bytes: Uint8Array): void;
  /** How many messages are not acknowledged yet. */
  readonly pending: number;
  /** Sends everything again that is not acknowledged: what was under way on a connection that broke is lost. */
  repeat(): void;
  /** Resolves when nothing is pending, or the stream has ended. */
  drained(below?: number): Promise<void>;
  /** Tells the other side that the channel is closed, and ends this one. */
  close(session: { sessionId: string; target: string; output?: string }): void;
  /** Stops repeating; nothing is sent or handed on any more. */
  end(): void;
}

const firstResendMs = 200;
const longestResendMs = 1_000;
/** Five minutes at the longest pause. */
const mostResends = 300;
const mostBuffered = 10_000;

const synAndFin = 3;

export function openStream({ sends, send, receive, closed, lost, clock, uuid }: StreamSettings): Stream {
  const receives = sends === "input_stream_data" ? "output_stream_data" : "input_stream_data";
  const unacknowledged = new Map<number, { bytes: Uint8Array; sentMs: number; resends: number }>();
  const early = new Map<number, AgentMessage>();
  const waiting = new Set<{ below: number; done: () => void }>();
  let nextSequence = 0;
  let expected = 0;
  let ended = false;
  let cancel: (() => void) | undefined;

  const message = (messageType: string, more: Pick<AgentMessage, "sequenceNumber" | "flags" | "payloadType" | "payload">) =>
    encodeMessage({ messageType, createdMs: clock.nowMs(), messageId: uuid(), ...more });

  const wake = () => {
    for (const one of waiting) {
      if (!ended && unacknowledged.size >= one.below) continue;
      waiting.delete(one);
      one.done();
    }
  };

  /** The oldest is repeated when its time has come: once it is acknowledged, the next one is overdue. */
  const watch = () => {
    const [oldest] = unacknowledged.values();
    if (ended || cancel || !oldest) return;
    const patienceMs = Math.min(longestResendMs, firstResendMs * 2 ** Math.min(oldest.resends, 8));
    cancel = clock.after(Math.max(0, oldest.sentMs + patienceMs - clock.nowMs()), () => {
      cancel = undefined;
      const [now] = unacknowledged.values();
      if (now === oldest) {
        if (oldest.resends >= mostResends) return lost();
        oldest.resends++;
        oldest.sentMs = clock.nowMs();
        send(oldest.bytes);
      }
      watch();
    });
  };

  const acknowledge = ({ messageType, messageId, sequenceNumber }: AgentMessage) => {
    const content = {
      AcknowledgedMessageType: messageType,
      AcknowledgedMessageId: messageId,
      AcknowledgedMessageSequenceNumber: sequenceNumber,
      IsSequentialMessage: true,
    };
    send(message("acknowledge", { sequenceNumber: 0, flags: synAndFin, payloadType: 0, payload: json(content) }));
  };

  const takeStream = (got: AgentMessage) => {
    if (got.sequenceNumber > expected) {
      if (early.size >= mostBuffered) return; // it will be repeated
      early.set(got.sequenceNumber, got);
      acknowledge(got);
      return;
    }
    // What was had before is acknowledged again: that acknowledgement was lost.
    acknowledge(got);
    let next = got.sequenceNumber === expected ? got : undefined;
    while (next) {
      early.delete(expected);
      expected++;
      receive(next.payloadType, next.payload);
      next = early.get(expected); // none when that has ended the stream
    }
  };

  return {
    get pending() {
      return unacknowledged.size;
    },
    write(type, payload) {
      if (ended) return;
      const sequenceNumber = nextSequence++;
      const bytes = message(sends, { sequenceNumber, flags: sequenceNumber === 0 ? 1 : 0, payloadType: type, payload });
      unacknowledged.set(sequenceNumber, { bytes, sentMs: clock.nowMs(), resends: 0 });
      send(bytes);
      watch();
    },
    take(bytes) {
      const got = ended ? undefined : decodeMessage(bytes);
      if (!got) return;
      if (got.messageType === receives) takeStream(got);
      else if (got.messageType === "acknowledge") {
        const sequence = member(got.payload, "AcknowledgedMessageSequenceNumber");
        if (typeof sequence !== "number" || !unacknowledged.delete(sequence)) return;
        cancel?.();
        cancel = undefined;
        watch();
        wake();
      } else if (got.messageType === "channel_closed") {
        const output = member(got.payload, "Output");
        closed(typeof output === "string" ? output : "");
      }
    },
    repeat() {
      for (const one of unacknowledged.values()) {
        one.sentMs = clock.nowMs();
        send(one.bytes);
      }
    },
    drained(below = 1) {
      if (ended || unacknowledged.size < below) return Promise.resolve();
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.add({ below, done: resolve });
      return promise;
    },
    close({ sessionId, target, output = "" }) {
      if (ended) return;
      const MessageId = uuid();
      const content = {
        MessageId,
        CreatedDate: new Date(clock.nowMs()).toISOString(),
        DestinationId: target,
        SessionId: sessionId,
        MessageType: "channel_closed",
        SchemaVersion: 1,
        Output: output,
      };
      send(message("channel_closed", { sequenceNumber: 0, flags: synAndFin, payloadType: 0, payload: json(content) }));
      this.end();
    },
    end() {
      ended = true;
      cancel?.();
      cancel = undefined;
      unacknowledged.clear();
      early.clear();
      wake();
    },
  };
}

const json = (content: object) => Buffer.from(JSON.stringify(content));

/** A member of a payload that is JSON; `undefined` of any other. */
function member(payload: Uint8Array, name: string): unknown {
  try {
    return (JSON.parse(Buffer.from(payload).toString("utf8")) as Record<string, unknown>)[name];
  } catch {
    return undefined;
  }
}
