/** Rounds of work: one at a time, and none after the stop. */
import { expect, test, vi } from "vitest";
import { AwsError } from "../../src/aws-error.ts";
import { round } from "../../src/runtime/round.ts";
import { startSimulatedCloud } from "../cloud.ts";

test("a round comes after each period; one that lasts longer is waited for, and at most one waits behind it", async () => {
  await using it = await startSimulatedCloud();
  const begun: number[] = [];
  const gates: PromiseWithResolvers<void>[] = [];
  const slow = round("slow", 1_000, () => {
    begun.push(it.world.clock.nowMs());
    const gate = Promise.withResolvers<void>();
    gates.push(gate);
    return gate.promise;
  });
  const startMs = it.world.clock.nowMs();
  slow.start(it.cloud);
  await it.world.clock.advance(5_500);
  expect(begun).toEqual([startMs + 1_000]);
  gates[0]!.resolve();
  await it.world.clock.advance(0);
  expect(begun).toEqual([startMs + 1_000, startMs + 5_500]);
  gates[1]!.resolve();
  await it.world.clock.advance(500);
  expect(begun).toHaveLength(3);
  let ended = false;
  const stopped = slow.stop(it.cloud).then(() => (ended = true));
  await it.world.clock.advance(10_000);
  expect([ended, begun.length]).toEqual([false, 3]);
  gates[2]!.resolve();
  await stopped;
  await it.world.clock.advance(10_000);
  expect(begun).toHaveLength(3);
});

test("one that fails comes again; what AWS's services answer is expected, the rest is logged", async () => {
  await using it = await startSimulatedCloud();
  const log = vi.spyOn(console, "error").mockImplementation(() => {});
  try {
    const failures = [new AwsError("NotImplemented", "no", 501), new Error("broken")];
    const failing = round("some: work", 1_000, () => Promise.reject(failures.shift() ?? new AwsError("Throttled", "no", 400)));
    failing.start(it.cloud);
    await it.world.clock.advance(3_000);
    expect(log.mock.calls.map(([text, error]) => [text, (error as Error).message])).toEqual([["some: work failed:", "broken"]]);
    await failing.stop(it.cloud);
  } finally {
    log.mockRestore();
  }
});
