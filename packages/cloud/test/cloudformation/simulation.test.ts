/** Random lives of stacks from fixed seeds; more by `node packages/cloud/scripts/simulate-cloudformation.ts --seeds 500`. */
import { expect, test } from "vitest";
import { simulate } from "./simulation.ts";

test("no seed orphans, loses or forgets anything", async () => {
  const ended: Record<string, number> = {};
  let crashes = 0;
  for (let seed = 1; seed <= 60; seed++) {
    const result = await simulate(seed);
    crashes += result.crashes;
    for (const [status, count] of Object.entries(result.ended)) ended[status] = (ended[status] ?? 0) + count;
  }
  // The seeds reach every end that there is.
  expect(crashes).toBeGreaterThan(100);
  expect(Object.keys(ended).sort()).toEqual([
    "CREATE_COMPLETE",
    "CREATE_FAILED",
    "DELETE_COMPLETE",
    "DELETE_FAILED",
    "ROLLBACK_COMPLETE",
    "ROLLBACK_FAILED",
    "UPDATE_COMPLETE",
    "UPDATE_FAILED",
    "UPDATE_ROLLBACK_COMPLETE",
    "UPDATE_ROLLBACK_FAILED",
  ]);
});
