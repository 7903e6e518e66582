/** Reach and check of hana's production stage, warm, and of 300 services, beside compiling the same. */
import { join } from "node:path";
import { compile, type Assembly } from "@plinth/compiler";
import { app, image, postgres, queue, redis, service, type App } from "@plinth/language";
import { check, reachOf } from "@plinth/policy";
import { systemOf } from "../../packages/plinth/src/app/policy-system.ts";
import { type Benchmark, type Figure, median, ms } from "../figure.ts";
import { root } from "../measure.ts";

const many = app("many", { region: "eu-central-1", stages: ["prod"], production: ["prod"] }, () => {
  const database = postgres();
  const cache = redis();
  const jobs = queue();
  const source = image();
  const services = Array.from({ length: 300 }, (_, index) => [
    `service${index}`,
    service({ image: source, port: 3000, env: { DATABASE_URL: database, REDIS_URL: cache, JOBS: jobs.send } }),
  ]);
  return { database, cache, jobs, source, ...Object.fromEntries(services) };
});

function timed<T>(run: () => T): { value: T; tookMs: number } {
  const startMs = performance.now();
  const value = run();
  return { value, tookMs: performance.now() - startMs };
}

function looked(assembly: Assembly): number {
  const system = systemOf(assembly);
  const times = Array.from({ length: 9 }, () => timed(() => [reachOf(system).all(), check(system)]).tookMs);
  return median(times.slice(2));
}

const policy: Benchmark = async () => {
  const { default: hana } = (await import(join(root, "examples/hana/plinth.config.ts"))) as { default: App<object, never> };
  const figures: Figure[] = [];
  for (const [name, one, folder] of [
    ["hana prod", hana, "examples/hana"],
    ["300 services", many, ""],
  ] as const) {
    const { value: assembly, tookMs } = timed(() =>
      compile(one as App<object, never>, { stage: "prod", local: false, configFolder: join(root, folder) }),
    );
    const oursMs = looked(assembly);
    const isHana = name === "hana prod";
    figures.push({
      name: `reach and check of ${name}, warm`,
      ours: ms(oursMs),
      reference: `${ms(tookMs)} compiling it`,
      value: isHana ? oursMs : oursMs / tookMs,
      limit: { atMost: isHana ? 50 : 2 },
      ...(isHana && { unit: "ms" }),
    });
  }
  return figures;
};
export default policy;
