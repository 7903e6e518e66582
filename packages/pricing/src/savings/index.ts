/** The ways to pay less that are looked at, the greatest first. They exclude each other in part: their amounts do not add up. */
import { endpoints } from "./endpoints.ts";
import { gp3 } from "./gp3.ts";
import { graviton } from "./graviton.ts";
import { logRetention } from "./log-retention.ts";
import { nights } from "./nights.ts";
import { oneNat } from "./one-nat.ts";
import type { Considered, Saving } from "./saving.ts";
import { savingsPlan } from "./savings-plan.ts";
import { spot } from "./spot.ts";
import { valkey } from "./valkey.ts";

const ways = [endpoints, gp3, graviton, logRetention, nights, oneNat, savingsPlan, spot, valkey];

/** Below a cent it is no saving, but gp3 is better at the same price. */
const least = 0.01;

export function findSavings(considered: Considered): Saving[] {
  return ways
    .flatMap((way) => way(considered))
    .filter(({ saves, what }) => saves >= least || what.startsWith("gp3"))
    .toSorted((a, b) => b.saves - a.saves);
}
