/** Runs many simulated lives of stacks: `node packages/cloud/scripts/simulate-cloudformation.ts --seeds 500 [--from 1]`. */
import { parseArgs } from "node:util";
import { simulate } from "../test/cloudformation/simulation.ts";

const { values } = parseArgs({ options: { seeds: { type: "string", default: "500" }, from: { type: "string", default: "1" } } });
const from = Number(values.from);
const total = { operations: 0, crashes: 0, failures: 0 };
const ended: Record<string, number> = {};
let broken = 0;
for (let seed = from; seed < from + Number(values.seeds); seed++) {
  try {
    const result = await simulate(seed);
    total.operations += result.operations;
    total.crashes += result.crashes;
    total.failures += result.failures;
    for (const [status, count] of Object.entries(result.ended)) ended[status] = (ended[status] ?? 0) + count;
  } catch (error) {
    broken++;
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n`);
    if (broken >= 3) break;
  }
}
process.stdout.write(`${JSON.stringify({ ...total, ended, broken })}\n`);
process.exitCode = broken === 0 ? 0 : 1;
