/** The plan of 300 services (5,000 resources), with price, reach and check, beside AWS CDK's bare synthesis of the like; its memory, and how both grow. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Benchmark, median, ms } from "../figure.ts";
import { firstLine, node, plinth, root, wholeRun } from "../measure.ts";
import { prepareCdk, synthesizeCdk } from "../peers/cdk.ts";

const app = join(root, "benchmarks/peers/large");
const runs = 7;

const planOf = (services: number) =>
  wholeRun([plinth, "plan", "--app", app, "--stage", "prod", "--local"], {
    env: { ...process.env, PLINTH_BENCH_SERVICES: String(services) },
  });

/** Modules are kept compiled, as they are for `plinth` itself. */
async function looksCpuMs(cache: string): Promise<number> {
  const child = spawn(node, [join(root, "benchmarks/peers/large-looks.ts")], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, NODE_COMPILE_CACHE: cache },
  });
  return (JSON.parse(await firstLine(child)) as { cpuMs: number }).cpuMs;
}

const largePlan: Benchmark = async () => {
  const program = await prepareCdk("large");
  const cache = mkdtempSync(join(tmpdir(), "plinth-bench-"));
  await planOf(300);
  await looksCpuMs(cache);
  const whole: number[] = [];
  const wholeCpu: number[] = [];
  const half: number[] = [];
  const quarter: number[] = [];
  const peaks: number[] = [];
  const looks: number[] = [];
  const cdk: number[] = [];
  for (let run = 0; run < runs; run++) {
    const { tookMs, cpuMs, peakBytes } = await planOf(300);
    whole.push(tookMs);
    wholeCpu.push(cpuMs);
    peaks.push(peakBytes);
    half.push((await planOf(150)).cpuMs);
    quarter.push((await planOf(75)).cpuMs);
    looks.push(await looksCpuMs(cache));
    cdk.push(await synthesizeCdk(program, "300"));
  }
  rmSync(cache, { recursive: true });
  const wholeMs = median(whole);
  const wholeCpuMs = median(wholeCpu);
  const mb = Math.max(...peaks) / 1e6;
  return [
    {
      name: "plan of 300 services, cold",
      ours: ms(wholeMs),
      reference: `${ms(median(cdk))} AWS CDK, bare`,
      value: wholeMs / median(cdk),
      limit: { atMost: 0.35 },
    },
    { name: "its memory", ours: `${mb.toFixed(0)} MB`, reference: "at its highest", value: mb, limit: { atMost: 300 }, unit: "MB" },
    {
      name: "its growth from 150 services to 300, CPU",
      ours: ms(wholeCpuMs - median(half)),
      reference: `${ms(2 * (median(half) - median(quarter)))} twice that from 75 to 150`,
      value: (wholeCpuMs - median(half)) / (2 * (median(half) - median(quarter))),
      limit: { atMost: 1.2 },
    },
    {
      name: "price, reach and check in it, CPU",
      ours: ms(median(looks)),
      reference: `${ms(wholeCpuMs)} the whole plan`,
      value: median(looks) / wholeCpuMs,
      limit: { atMost: 0.3 },
    },
  ];
};
export default largePlan;
