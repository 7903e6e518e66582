/** Tells V8 that a command is over soon: what it would optimise for later is thrown away with the process, and took a fifth of a large plan's CPU. */
import v8 from "node:v8";

/** V8's own thresholds, in invocations (`node --v8-options`), are made for servers. What runs for long still gets there. */
const fiveTimesAsLate = {
  "invocation-count-for-maglev": 2000,
  "invocation-count-for-maglev-osr": 500,
  "invocation-count-for-turbofan": 15_000,
  "invocation-count-for-osr": 2500,
};

/** Before anything is run that is worth it. */
export function optimizeLate() {
  for (const [flag, count] of Object.entries(fiveTimesAsLate)) v8.setFlagsFromString(`--${flag}=${count}`);
  // The young generation reaches its full size at once: a plan keeps nearly all that it makes, and each step on the way copies it.
  v8.setFlagsFromString("--semi-space-growth-factor=8");
}
