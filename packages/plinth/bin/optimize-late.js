/** Tells V8 that a command is over soon: what it compiles for later is thrown away with the process (docs/decisions/0058). */
import v8 from "node:v8";

/** The V8 of Node 24. Another may not know a flag, and complains of it on standard error. */
const known = "13.6.";

/** V8's own thresholds times five, in invocations (`node --v8-options`): it has them for servers. What runs for long still gets there. */
const fiveTimesAsLate = {
  "invocation-count-for-maglev": 2000,
  "invocation-count-for-maglev-osr": 500,
  "invocation-count-for-turbofan": 15_000,
  "invocation-count-for-osr": 2500,
};

/** Before anything is run that V8 might find worth it. */
export function optimizeLate() {
  if (!process.versions.v8.startsWith(known)) return;
  for (const [flag, count] of Object.entries(fiveTimesAsLate)) v8.setFlagsFromString(`--${flag}=${count}`);
  // The young generation is as large as it may be at its first growth: a plan keeps most of what it makes, and each step on the way copies it.
  v8.setFlagsFromString("--semi-space-growth-factor=8");
}
