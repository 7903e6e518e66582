/** Whatever the connection between them does to their messages, what one side writes arrives at the other, once and in order. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { openStream, type Stream } from "../src/index.ts";

/** A clock that jumps from timer to timer, and the messages that are under way. */
function network(fate: () => "deliver" | "lose" | "twice" | "late") {
  let nowMs = 0;
  let order = 0;
  let ids = 0;
  const timers: { dueMs: number; order: number; run: () => void }[] = [];
  const after = (delayMs: number, run: () => void) => {
    const timer = { dueMs: nowMs + delayMs, order: order++, run };
    timers.push(timer);
    return () => void timers.splice(timers.indexOf(timer) >>> 0, timers.includes(timer) ? 1 : 0);
  };
  const clock = { nowMs: () => nowMs, after };
  const uuid = () => `00000000-0000-4000-8000-${String(ids++).padStart(12, "0")}`;
  const carry = (to: () => Stream) => (bytes: Uint8Array) => {
    const how = fate();
    if (how === "lose") return;
    after(how === "late" ? 500 : 1, () => to().take(bytes));
    if (how === "twice") after(2, () => to().take(bytes));
  };
  const run = () => {
    for (let steps = 0; timers.length > 0; steps++) {
      if (steps > 100_000) throw new Error("it does not come to an end");
      timers.sort((a, b) => a.dueMs - b.dueMs || a.order - b.order);
      const timer = timers.shift()!;
      nowMs = timer.dueMs;
      timer.run();
    }
  };
  return { clock, uuid, carry, run };
}

const deaf = { receive: () => {}, closed: () => {}, lost: () => {} };

test("any split of bytes arrives whole over a connection that loses, repeats and delays messages and acknowledgements", () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 30 }),
      fc.array(fc.constantFrom("deliver", "lose", "twice", "late"), { maxLength: 200 }),
      (parts, fates) => {
        const left = [...fates];
        const between = network(() => left.pop() ?? "deliver"); // bad for a while, then good
        const got: Uint8Array[] = [];
        const agent: Stream = openStream({
          ...between,
          ...deaf,
          sends: "output_stream_data",
          send: between.carry(() => client),
        });
        const client: Stream = openStream({
          ...between,
          ...deaf,
          sends: "input_stream_data",
          send: between.carry(() => agent),
          receive: (_type, payload) => got.push(Uint8Array.from(payload)),
        });
        for (const part of parts) agent.write(1, part);
        between.run();
        expect(got).toEqual(parts);
        expect(agent.pending).toBe(0);
      },
    ),
  );
});

test("a side that never answers is given up after minutes, and is not written to for ever", () => {
  const between = network(() => "lose");
  let lost = 0;
  let sent = 0;
  const agent = openStream({ ...between, ...deaf, sends: "output_stream_data", send: () => sent++, lost: () => lost++ });
  agent.write(1, Buffer.from("x"));
  between.run();
  expect([lost, sent]).toEqual([1, 301]);
  expect(between.clock.nowMs()).toBeGreaterThan(290_000);
});

test("a channel that is closed hands on nothing more, and says why", async () => {
  const between = network(() => "deliver");
  const told: string[] = [];
  const agent: Stream = openStream({ ...between, ...deaf, sends: "output_stream_data", send: between.carry(() => client) });
  const client: Stream = openStream({
    ...between,
    ...deaf,
    sends: "input_stream_data",
    send: between.carry(() => agent),
    closed: (output) => told.push(output),
  });
  agent.write(1, Buffer.from("x"));
  const drained = agent.drained();
  agent.close({ sessionId: "s", target: "t", output: "The task stopped." });
  agent.write(1, Buffer.from("y"));
  await drained;
  between.run();
  expect(told).toEqual(["The task stopped."]);
});
