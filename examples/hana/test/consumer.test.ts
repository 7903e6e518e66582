/** The consumer: order within a group, side by side between groups, nothing deleted before its effect, an orderly end. */
import { afterEach, expect, test, vi } from "vitest";
import { consume, type Consumer, type ConsumerOptions } from "../src/consumer.ts";
import type { Message } from "../src/queue.ts";
import { memoryQueue } from "./memory-queue.ts";

let consumer: Consumer | undefined;
afterEach(async () => {
  await consumer?.stop();
  vi.useRealTimers();
});

const start = (options: ConsumerOptions) => (consumer = consume(options));
const messages = (...names: string[]) => names.map((body) => ({ body, group: body[0]! }));

/** Handles a message when the test lets it go. */
function gate() {
  const waiting = new Map<string, (outcome: "handled" | "taken over" | Error) => void>();
  const begun: string[] = [];
  return {
    begun,
    handle: ({ body }: Message) =>
      new Promise<"handled" | "taken over">((done, fail) => {
        begun.push(body);
        waiting.set(body, (outcome) => (outcome instanceof Error ? fail(outcome) : done(outcome)));
      }),
    async let(body: string, outcome: "handled" | "taken over" | Error = "handled") {
      await expect.poll(() => waiting.has(body)).toBe(true);
      waiting.get(body)!(outcome);
      waiting.delete(body);
    },
  };
}

test("a group's messages are handled one after the other, groups side by side", async () => {
  const queue = memoryQueue(messages("a1", "a2", "b1", "a3", "b2"));
  const { handle, begun, let: go } = gate();
  start({ queue, slots: 10, handle });
  await expect.poll(() => begun).toEqual(["a1", "b1"]);
  await go("b1");
  await go("a1");
  await expect.poll(() => begun).toEqual(["a1", "b1", "b2", "a2"]);
  for (const body of ["a2", "a3", "b2"]) await go(body);
  await expect.poll(() => queue.left).toEqual([]);
});

test("no more are in hand than there are slots", async () => {
  const queue = memoryQueue(messages("a1", "b1", "c1"));
  const { handle, begun, let: go } = gate();
  start({ queue, slots: 2, handle });
  await expect.poll(() => begun).toEqual(["a1", "b1"]);
  await go("a1");
  await expect.poll(() => begun).toEqual(["a1", "b1", "c1"]);
  for (const body of ["b1", "c1"]) await go(body);
});

test("a message is deleted only after its effect, and a failed one keeps its place before those behind it", async () => {
  const queue = memoryQueue(messages("a1", "a2"));
  const { handle, begun, let: go } = gate();
  start({ queue, slots: 10, handle, restSeconds: () => 3 });
  await expect.poll(() => begun).toEqual(["a1"]);
  expect(queue.left).toEqual(["a1", "a2"]);
  await go("a1", new Error("the model is overloaded"));
  await expect.poll(() => queue.hides).toEqual([{ bodies: ["a1", "a2"], seconds: 3 }]);
  queue.pass(3000);
  await go("a1");
  await go("a2");
  await expect.poll(() => queue.left).toEqual([]);
  expect(begun).toEqual(["a1", "a1", "a2"]);
});

test("a message that another consumer has is left to it, with those behind it", async () => {
  const queue = memoryQueue(messages("a1", "a2"));
  const { handle, begun, let: go } = gate();
  start({ queue, slots: 10, handle });
  await go("a1", "taken over");
  await consumer!.stop();
  expect({ begun, left: queue.left, hides: queue.hides }).toEqual({ begun: ["a1"], left: ["a1", "a2"], hides: [] });
});

test("what is in hand stays hidden for as long as it lasts", async () => {
  vi.useFakeTimers();
  const queue = memoryQueue(messages("a1"));
  const { handle, let: go } = gate();
  start({ queue, slots: 1, handle, visibilitySeconds: 15 });
  await vi.advanceTimersByTimeAsync(10_000);
  expect(queue.hides).toEqual([
    { bodies: ["a1"], seconds: 15 },
    { bodies: ["a1"], seconds: 15 },
  ]);
  await go("a1");
  await vi.advanceTimersByTimeAsync(10_000);
  expect(queue.hides).toHaveLength(2);
});

test("at its end it finishes the message it has begun and gives the others back", async () => {
  const queue = memoryQueue(messages("a1", "a2"));
  const { handle, begun, let: go } = gate();
  start({ queue, slots: 10, handle });
  await expect.poll(() => begun).toEqual(["a1"]);
  const stopped = consumer!.stop();
  await go("a1");
  await stopped;
  expect({ begun, left: queue.left, hides: queue.hides }).toEqual({
    begun: ["a1"],
    left: ["a2"],
    hides: [{ bodies: ["a2"], seconds: 0 }],
  });
});
