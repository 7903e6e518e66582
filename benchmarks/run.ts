/** Runs the benchmarks (all, or those named) and prints one table. It judges nothing: a figure out of its promise is marked, the exit code stays 0. */
import testFolder from "../scripts/test-folder.ts";
import type { Benchmark, Figure } from "./figure.ts";

const benchmarks: Record<string, () => Promise<{ default: Benchmark }>> = {
  plan: () => import("./figures/plan.ts"),
  "large-plan": () => import("./figures/large-plan.ts"),
  policy: () => import("./figures/policy.ts"),
  guard: () => import("./figures/guard.ts"),
  synth: () => import("./figures/synth.ts"),
  "cloud-ready": () => import("./figures/cloud-ready.ts"),
  deploy: () => import("./figures/deploy.ts"),
  "get-secret-value": () => import("./figures/get-secret-value.ts"),
  "many-resources": () => import("./figures/many-resources.ts"),
  "log-lines": () => import("./figures/log-lines.ts"),
  "load-balancer": () => import("./figures/load-balancer.ts"),
  edge: () => import("./figures/edge.ts"),
  canary: () => import("./figures/canary.ts"),
  restore: () => import("./figures/restore.ts"),
  s3: () => import("./figures/s3.ts"),
  hana: () => import("./figures/hana.ts"),
  plue: () => import("./figures/plue.ts"),
  arive: () => import("./figures/arive.ts"),
  sqs: () => import("./figures/sqs.ts"),
  rotation: () => import("./figures/rotation.ts"),
  firewall: () => import("./figures/firewall.ts"),
  aurora: () => import("./figures/aurora.ts"),
  proxy: () => import("./figures/proxy.ts"),
};

/**
 * Those that make databases from nothing, by the thousand files: both sides keep theirs in memory where there is room, since a disk's mood would
 * decide (see scripts/test-folder.ts). What initdb makes is kept there too, as between the clouds of one user: the first run of several makes it.
 */
const inMemory = new Set(["deploy", "hana", "plue", "arive", "aurora"]);

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !Object.hasOwn(benchmarks, name));
if (unknown.length > 0) {
  console.error(`there is no benchmark ${unknown.join(", ")}; there are ${Object.keys(benchmarks).join(", ")}`);
  process.exit(2);
}

const rows: string[][] = [["figure", "measured", "beside", "value", "promised", ""]];
for (const [name, load] of Object.entries(benchmarks)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.error(`${name} …`);
  const { TMPDIR, XDG_CACHE_HOME } = process.env;
  const removeFolder = inMemory.has(name) ? testFolder() : () => {};
  try {
    for (const figure of await (await load()).default()) rows.push(row(figure));
  } catch (error) {
    rows.push([name, "failed", error instanceof Error ? error.message.split("\n")[0]! : String(error), "", "", "×"]);
    console.error(error);
  }
  removeFolder();
  setEnvironment({ TMPDIR, XDG_CACHE_HOME });
}
const widths = rows[0]!.map((_, column) => Math.max(...rows.map((cells) => cells[column]!.length)));
for (const cells of rows)
  console.log(
    cells
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join("  ")
      .trimEnd(),
  );

function setEnvironment(values: Record<string, string | undefined>): void {
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}

function row({ name, ours, reference, value, limit, unit = "×" }: Figure): string[] {
  const [sign, bound, holds] =
    "atMost" in limit ? ["≤", limit.atMost, value <= limit.atMost] : ["≥", limit.atLeast, value >= limit.atLeast];
  return [name, ours, reference, `${value.toFixed(value < 100 ? 2 : 0)} ${unit}`, `${sign} ${bound} ${unit}`, holds ? "holds" : "MISSED"];
}
