/** A worker that waits for work is ready sooner than one that still starts. */
import { expect, test } from "vitest";
import { comeToRest } from "../../../src/services/ecs/come-to-rest.ts";
import type { Clock, Usage } from "../../../src/world.ts";

/** How long it takes for a program that uses so much processor time between the looks; the clock is ours. */
async function settledMs(cpuSeconds: readonly (number | undefined)[], busy: readonly boolean[] = []): Promise<number> {
  let nowMs = 0;
  let looks = 0;
  const clock = { sleep: async (ms: number) => void (nowMs += ms) } as Partial<Clock> as Clock;
  const usages = (): (Usage | undefined)[] => {
    const at = looks++;
    const used = cpuSeconds[at];
    return [used === undefined ? undefined : { cpuSeconds: used, residentBytes: 0, busy: busy[at] ?? false }];
  };
  await comeToRest(clock, usages);
  return nowMs;
}

test.each([
  ["waits from the start", [0.2, 0.21], [], 900],
  ["computes first", [0.4, 0.8, 0.81], [], 1350],
  ["computes all the time", [0.4, 0.8, 1.2, 1.6], [], 1500],
  ["waits for a processor", [0.01, 0.02, 0.03, 0.04], [true, true, true, true], 1500],
  ["is on a system that does not tell", [undefined, undefined, undefined, undefined], [], 1500],
] as const)("a program that %s", async (_, cpuSeconds, busy, afterMs) => {
  expect(await settledMs(cpuSeconds, busy)).toBe(afterMs);
});
