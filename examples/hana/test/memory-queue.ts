/** A FIFO queue in memory for tests of what uses one: a group's messages in order, hidden while they are in hand, and back after their time. */
import type { Message, Outgoing, Queue } from "../src/queue.ts";

interface Kept extends Outgoing {
  deliveries: number;
  /** The delivery that has it in hand, and until which moment of `nowMs`. */
  receipt: string | undefined;
  hiddenUntilMs: number;
}

export interface MemoryQueue extends Queue {
  /** What was never deleted. */
  readonly left: readonly string[];
  /** Lets time pass for it. */
  pass(ms: number): void;
  readonly hides: readonly { bodies: string[]; seconds: number }[];
}

export function memoryQueue(bodies: readonly { body: string; group?: string }[] = []): MemoryQueue {
  let kept: Kept[] = [];
  let nowMs = 0;
  let receipts = 0;
  let waiting = () => {};
  const hides: { bodies: string[]; seconds: number }[] = [];
  const add = (message: Outgoing) => kept.push({ ...message, deliveries: 0, receipt: undefined, hiddenUntilMs: 0 });
  for (const [index, { body, group }] of bodies.entries()) add({ id: String(index), body, ...(group !== undefined && { group }) });

  function take(count: number, visibilitySeconds: number): Message[] {
    const blocked = new Set(kept.filter(({ hiddenUntilMs }) => hiddenUntilMs > nowMs).map(({ group, id }) => group ?? id));
    return kept
      .filter(({ group, id }) => !blocked.has(group ?? id))
      .slice(0, count)
      .map((message) => {
        Object.assign(message, { deliveries: message.deliveries + 1, receipt: `r${++receipts}` });
        message.hiddenUntilMs = nowMs + visibilitySeconds * 1000;
        return { body: message.body, group: message.group, receipt: message.receipt!, deliveries: message.deliveries };
      });
  }

  return {
    get left() {
      return kept.map(({ body }) => body);
    },
    hides,
    pass(ms) {
      nowMs += ms;
      waiting();
    },
    async send(messages) {
      for (const message of messages) add(message);
      waiting();
      return [];
    },
    async receive(count, visibilitySeconds, signal) {
      for (;;) {
        signal.throwIfAborted();
        const taken = take(count, visibilitySeconds);
        if (taken.length > 0) return taken;
        await new Promise<void>((done) => {
          waiting = done;
          signal.addEventListener("abort", () => done(), { once: true });
        });
      }
    },
    async hide(messages, seconds) {
      if (messages.length === 0) return;
      hides.push({ bodies: messages.map(({ body }) => body), seconds });
      for (const { receipt } of messages) {
        const message = kept.find((each) => each.receipt === receipt);
        if (message) message.hiddenUntilMs = nowMs + seconds * 1000;
      }
      waiting();
    },
    async delete({ receipt }) {
      kept = kept.filter((message) => message.receipt !== receipt);
      waiting();
    },
  };
}
