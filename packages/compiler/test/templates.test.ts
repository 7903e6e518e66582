/** Every template by AWS's own published rules, for the apps that use every word, and for apps made up at random. */
import {
  alarms,
  app,
  appRunner,
  aurora,
  bucket,
  fileSystem,
  image,
  loadBalancer,
  nextjs,
  postgres,
  queue,
  redis,
  secret,
  service,
  setting,
  task,
  text,
  topic,
  vpc,
} from "@plinth/language";
import type { FirewallRule, Region, Service } from "@plinth/language";
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
  names: fc.subarray([
    "database",
    "reader",
    "cache",
    "secret",
    "setting",
    "text",
    "first",
    "queue",
    "dead",
    "bucket",
    "topic",
    "entry",
    "cluster",
    "clusterReader",
    "public",
    "site",
  ]),
  route: fc.option(fc.constantFrom("/api/*", "/health", "api.example.com/*", "/a?c", "/old/*"), { nil: undefined }),
  backlog: fc.boolean(),
  size: fc.constantFrom("0.25 vCPU, 0.5 GB", "2 vCPU, 5 GB", "16 vCPU, 120 GB"),
  port: fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined }),
  open: fc.boolean(),
  spot: fc.boolean(),
  mounts: fc.boolean(),
  deploy: fc.constantFrom("rolling", "replace", "blue-green", "linear", "canary"),
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
  fifo: fc.boolean(),
  versioned: fc.boolean(),
  notified: fc.constantFrom("nobody", "queue", "topic"),
  firewall: fc.option(fc.subarray<FirewallRule>(["common", "sql-injection", "ip-reputation"]), { nil: undefined }),
  cluster: fc.record({
    version: fc.constantFrom("14", "15", "16", "17"),
    readers: fc.integer({ min: 0, max: 3 }),
    proxy: fc.boolean(),
    regions: fc.subarray<Region>(["us-east-1", "eu-central-1", "ap-northeast-1"]),
    log: fc.boolean(),
  } as const),
  domain: fc.boolean(),
  programs: fc.array(program, { maxLength: 5 }),
} as const);

test("apps made up at random hold, and every value comes from a stack before", async () => {
  await fc.assert(
    fc.asyncProperty(choices, async ({ stage, zones, natGateways, version, replicas, optional, parameterStore, programs, ...more }) => {
      const made = app("random", { region: "eu-west-1", production: ["prod"] }, () => {
        const source = image();
        const database = postgres({ version });
        const cache = redis({ replicas });
        const { version: clusterVersion, readers, proxy, regions, log } = more.cluster;
        const cluster = aurora({
          version: clusterVersion,
          readers,
          proxy,
          globalRegions: regions,
          ...(log && { logs: { retain: "7 days" } }),
        });
        const folder = fileSystem();
        const key = parameterStore ? secret({ store: "parameter-store", optional }) : secret({ optional });
        const level = setting({ optional });
        const network = vpc({ zones, natGateways });
        const first = service({ image: source, port: 80 });
        const hosted = (name: string) => (more.domain ? { name: `${name}.example.com`, zone: "example.com" } : undefined);
        const open = appRunner({ image: source, port: 8081, domain: hosted("open"), env: { DATABASE_URL: cluster } });
        const site = nextjs({ path: "site", domain: hosted("site"), env: { NEXT_PUBLIC_OPEN: open, NEXT_PUBLIC_LEVEL: level, KEY: key } });
        const jobs = more.fifo ? queue({ fifo: true }) : queue();
        const changes = queue();
        const news = topic({ to: [changes, "ops@example.com"] });
        const files = bucket({
          versioned: more.versioned,
          ...(more.notified !== "nobody" && { notify: { to: more.notified === "queue" ? changes : news } }),
        });
        const env = (names: readonly string[]) => ({
          DATABASE_URL: names.includes("database") ? database : undefined,
          READ_URL: names.includes("reader") ? database.readOnly : undefined,
          REDIS_URL: names.includes("cache") ? cache : undefined,
          KEY: names.includes("secret") ? key : undefined,
          LEVEL: names.includes("setting") ? level : undefined,
          TEXT: names.includes("text") ? text`${database.host}:${cache.port}` : undefined,
          FIRST: names.includes("first") ? first : undefined,
          JOBS: names.includes("queue") ? jobs.sendAndConsume : undefined,
          DEAD: names.includes("dead") ? jobs.dead.consume : undefined,
          FILES: names.includes("bucket") ? files.readWrite : undefined,
          NEWS: names.includes("topic") ? news.publish : undefined,
          CLUSTER_URL: names.includes("cluster") ? cluster : undefined,
          CLUSTER_READ_URL: names.includes("clusterReader") ? cluster.readOnly : undefined,
        });
        // A rollout needs a rule of its own: of two services with one route the second has it.
        const isRouted = (route: string | undefined): boolean =>
          route !== undefined &&
          programs.filter((one) => one.kind === "service" && one.route === route && one.port !== undefined).length === 1;
        const others = programs.map(({ kind, names, size, port, open: isPublic, spot, scale, backlog, route, deploy, mounts }) =>
          kind === "service"
            ? service({
                image: source,
                size,
                port,
                spot,
                scale: typeof scale === "object" && backlog ? { ...scale, on: jobs.backlogPerTask(5) } : scale,
                public: isPublic && port !== undefined,
                deploy: deploy === "rolling" || deploy === "replace" ? deploy : isRouted(route) && port ? { strategy: deploy } : "rolling",
                ...(mounts && { mounts: { "/srv": folder } }),
                env: env(names),
              })
            : task({
                image: source,
                size,
                run: kind === "migration" ? "before-services" : "by-hand",
                env: env(names),
                ...(mounts && { mounts: { "/srv": folder } }),
              }),
        );
        const routed = programs.flatMap(({ kind, port, route }, i) =>
          kind === "service" && port !== undefined && route !== undefined ? [[route, others[i] as Service<number>] as const] : [],
        );
        const entry = loadBalancer({
          routes: { "/*": first, ...Object.fromEntries(routed) },
          accessLogs: files,
          ...(more.firewall?.length && { firewall: { rules: more.firewall, rateLimit: "100 per 5 minutes" } }),
        });
        programs.forEach(({ kind, names }, i) => {
          if (kind === "service" && names.includes("entry")) others[i]!.addEnv({ ENTRY: entry, V1: text`${entry}/v1` });
          if (kind === "service" || more.domain) {
            if (names.includes("public")) others[i]!.addEnv({ OPEN: open });
            if (names.includes("site")) others[i]!.addEnv({ SITE: text`${site}/a` });
          }
        });
        return {
          jobs,
          changes,
          news,
          files,
          entry,
          database,
          cache,
          key,
          level,
          network,
          cluster,
          folder,
          open,
          site,
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
