/** Every template by AWS's own published rules, for the apps that use every word, and for apps made up at random. */
import { alarms, app, image, postgres, redis, secret, service, setting, task, text, vpc } from "@plinth/language";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { assemblies } from "./apps/stages.ts";
import { assemblyOf } from "./compile-app.ts";
import { problemsOf } from "./template-problems.ts";

test.each(Object.entries(assemblies))("%s", async (_, { stacks }) => {
  for (const { name, template, region } of stacks) {
    expect(await problemsOf(template, region), name).toEqual([]);
    expect(JSON.stringify(template)).not.toMatch(/undefined|\[object |NaN/);
  }
});

/** A program's choices: which of the things there are it names, and how it runs. */
const program = fc.record({
  kind: fc.constantFrom("service", "task", "migration"),
  names: fc.subarray(["database", "reader", "cache", "secret", "setting", "text", "first"]),
  size: fc.constantFrom("0.25 vCPU, 0.5 GB", "2 vCPU, 5 GB", "16 vCPU, 120 GB"),
  port: fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined }),
  open: fc.boolean(),
  spot: fc.boolean(),
  scale: fc.oneof(fc.integer({ min: 0, max: 9 }), fc.record({ min: fc.integer({ min: 0, max: 3 }), max: fc.integer({ min: 4, max: 9 }) })),
} as const);

const choices = fc.record({
  stage: fc.constantFrom("prod", "dev"),
  zones: fc.constantFrom(2, 3),
  natGateways: fc.integer({ min: 0, max: 2 }),
  version: fc.constantFrom("14", "15", "16", "17", "18"),
  replicas: fc.integer({ min: 0, max: 5 }),
  optional: fc.boolean(),
  parameterStore: fc.boolean(),
  programs: fc.array(program, { maxLength: 5 }),
} as const);

test("apps made up at random hold, and every value comes from a stack before", async () => {
  await fc.assert(
    fc.asyncProperty(choices, async ({ stage, zones, natGateways, version, replicas, optional, parameterStore, programs }) => {
      const made = app("random", { region: "eu-west-1", production: ["prod"] }, () => {
        const source = image();
        const database = postgres({ version });
        const cache = redis({ replicas });
        const key = parameterStore ? secret({ store: "parameter-store", optional }) : secret({ optional });
        const level = setting({ optional });
        const network = vpc({ zones, natGateways });
        const first = service({ image: source, port: 80 });
        const env = (names: readonly string[]) => ({
          DATABASE_URL: names.includes("database") ? database : undefined,
          READ_URL: names.includes("reader") ? database.readOnly : undefined,
          REDIS_URL: names.includes("cache") ? cache : undefined,
          KEY: names.includes("secret") ? key : undefined,
          LEVEL: names.includes("setting") ? level : undefined,
          TEXT: names.includes("text") ? text`${database.host}:${cache.port}` : undefined,
          FIRST: names.includes("first") ? first : undefined,
        });
        const others = programs.map(({ kind, names, size, port, open, spot, scale }) =>
          kind === "service"
            ? service({ image: source, size, port, spot, scale, public: open && port !== undefined, env: env(names) })
            : task({ image: source, size, run: kind === "migration" ? "before-services" : "by-hand", env: env(names) }),
        );
        return {
          database,
          cache,
          key,
          level,
          network,
          first,
          alerts: alarms(),
          ...Object.fromEntries(others.map((one, i) => [`program${i}`, one])),
        };
      });
      const { stacks } = assemblyOf(made, stage);
      const outputs = new Map<string, Set<string>>();
      for (const { name, template, region, parameters } of stacks) {
        expect(await problemsOf(template, region), name).toEqual([]);
        for (const source of Object.values(parameters)) {
          if (source.from === "output") expect(outputs.get(source.stack)?.has(source.output)).toBe(true);
        }
        outputs.set(name, new Set(Object.keys(template.Outputs ?? {})));
      }
    }),
    { seed: 20_261_121, numRuns: 60 },
  );
});
