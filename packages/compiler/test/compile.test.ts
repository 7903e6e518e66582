/** What stands in the stacks, and what the deployer is told. */
import { app, aws, image, postgres, redis, secret, service, text, vpc, alarms } from "@plinth/language";
import { expect, test } from "vitest";
import type { Assembly, Layer } from "../src/index.ts";
import { beside, everything, smallest } from "./apps/index.ts";
import { compile } from "../src/index.ts";
import { assemblyOf, statementsOf, testFolder } from "./compile-app.ts";

const options = { region: "eu-west-1", production: ["prod"] } as const;

function layer(assembly: Assembly, name: Layer) {
  const stack = assembly.stacks.find((one) => one.layer === name);
  if (!stack) throw new Error(`no stack ${name}`);
  return { ...stack, resources: stack.template.Resources };
}
const properties = (assembly: Assembly, name: Layer, id: string) => layer(assembly, name).resources[id]?.Properties ?? {};
const layersOf = (assembly: Assembly) => assembly.stacks.map((stack) => stack.layer);

test("an empty layer has no stack", () => {
  expect(layersOf(assemblyOf(smallest.topic))).toEqual(["messaging"]);
  expect(layersOf(assemblyOf(smallest.cache))).toEqual(["network", "secrets", "database"]);
  expect(layersOf(assemblyOf(smallest.task))).toEqual(["network", "storage", "iam", "tasks"]);
  expect(layersOf(assemblyOf(smallest.service))).toEqual(["network", "storage", "iam", "compute"]);
});

test.each([
  ["everything", assemblyOf(everything)],
  ["beside", assemblyOf(beside)],
] as const)("%s: every reference resolves, every stack's values come from stacks before it", (_, assembly) => {
  const before = new Map<string, ReadonlySet<string>>();
  const known = new Map(assembly.stacks.map(({ name, template }) => [name, new Set(Object.keys(template.Outputs ?? {}))]));
  for (const { name, template, parameters, dependsOn, tags, layer: own } of assembly.stacks) {
    expect(Object.keys(parameters)).toEqual(Object.keys(template.Parameters ?? {}));
    for (const [parameter, source] of Object.entries(parameters)) {
      if (source.from !== "output") continue;
      expect(before.get(source.stack)?.has(source.output), `${name}: ${parameter}`).toBe(true);
      expect(dependsOn).toContain(source.stack);
    }
    for (const needed of dependsOn) expect(before.has(needed)).toBe(true);
    expect(tags).toEqual({ "plinth:app": assembly.app, "plinth:stage": "prod", "plinth:layer": own });
    before.set(name, new Set(Object.keys(template.Outputs ?? {})));
    const names = new Set([...Object.keys(template.Parameters ?? {}), ...Object.keys(template.Resources)]);
    expect(names.size).toBe(Object.keys(template.Parameters ?? {}).length + Object.keys(template.Resources).length);
  }
  const places = JSON.stringify([assembly.programs, assembly.beforeServices, assembly.outputs, assembly.images]);
  for (const [, stack, output] of places.matchAll(/"stack":"([^"]+)","output":"([^"]+)"/g)) {
    expect(known.get(stack!)?.has(output!), `${stack} ${output}`).toBe(true);
  }
});

test("a program reaches what it names, and nothing else", () => {
  const shop = app("shop", options, () => {
    const source = image();
    const database = postgres();
    const other = postgres();
    const cache = redis();
    const topic = aws("AWS::SNS::Topic", {});
    const web = service({ image: source, port: 80, env: { DATABASE_URL: database, TOPIC: topic.allow("sns:Publish") }, uses: [cache] });
    const idle = service({ image: source });
    return { database, other, cache, topic, web, idle };
  });
  const assembly = assemblyOf(shop);
  const rules = Object.entries(layer(assembly, "network").resources)
    .filter(([, { Type }]) => /SecurityGroup(?:In|E)gress$/.test(Type))
    .map(([id]) => id);
  expect(rules).toEqual([
    "WebToInternet",
    "WebToDatabase",
    "DatabaseFromWeb",
    "WebToCache",
    "CacheFromWeb",
    "IdleToInternet",
    "AdministrationToInternet",
    "AdministrationToDatabase",
    "DatabaseFromAdministration",
    "AdministrationToOther",
    "OtherFromAdministration",
  ]);
  const may = (role: string) => statementsOf(assembly).filter((one) => one.role === role);
  expect(may("IdleTaskRole")).toEqual([]);
  expect(may("WebTaskRole")).toEqual([
    { role: "WebTaskRole", Effect: "Allow", Action: ["sns:Publish"], Resource: { Ref: "TopicTopicArn" } },
  ]);
  // The cache is reached without its secret, which `uses` does not hand over.
  expect(JSON.stringify(may("WebExecutionRole"))).not.toContain("CacheConnection");
  expect(JSON.stringify(layer(assembly, "compute").template)).not.toContain("OtherConnection");
});

test("protection follows the stage", () => {
  const shop = app("shop", options, () => ({ database: postgres(), cache: redis(), key: secret() }));
  const fates = (stage: string) => {
    const assembly = assemblyOf(shop, stage);
    const fate = (name: Layer, id: string) => [
      layer(assembly, name).resources[id]!.DeletionPolicy,
      layer(assembly, name).resources[id]!.UpdateReplacePolicy,
    ];
    return {
      database: fate("database", "Database"),
      cache: fate("database", "Cache"),
      key: fate("secrets", "Key"),
      protected: properties(assembly, "database", "Database")["DeletionProtection"],
    };
  };
  expect(fates("prod")).toEqual({
    database: ["Snapshot", "Snapshot"],
    cache: ["Snapshot", "Snapshot"],
    key: ["RetainExceptOnCreate", "Retain"],
    protected: true,
  });
  expect(fates("dev")).toEqual({
    database: ["Snapshot", "Snapshot"],
    cache: ["Delete", "Delete"],
    key: ["Delete", "Delete"],
    protected: false,
  });
  expect(fates("local")).toEqual({
    database: ["Delete", "Delete"],
    cache: ["Delete", "Delete"],
    key: ["Delete", "Delete"],
    protected: false,
  });
});

test("programs stand where they have a way out", () => {
  const placed = (network: Parameters<typeof vpc>[0], internet = true) => {
    const shop = app("shop", options, () => ({ network: vpc(network), web: service({ image: image(), port: 80, internet }) }));
    const { AwsvpcConfiguration } = properties(assemblyOf(shop), "compute", "WebService")["NetworkConfiguration"] as {
      AwsvpcConfiguration: { AssignPublicIp: string; Subnets: unknown };
    };
    return [AwsvpcConfiguration.AssignPublicIp, AwsvpcConfiguration.Subnets];
  };
  const publicly = ["ENABLED", [{ Ref: "PublicSubnet1" }, { Ref: "PublicSubnet2" }]];
  const privately = ["DISABLED", [{ Ref: "PrivateSubnet1" }, { Ref: "PrivateSubnet2" }]];
  expect(placed({})).toEqual(publicly);
  expect(placed({ natGateways: 1 })).toEqual(privately);
  expect(placed({ endpoints: ["s3"] })).toEqual(publicly);
  expect(placed({ endpoints: ["ecr", "s3", "logs"] }, false)).toEqual(privately);
});

test("the number of copies is the template's, or the scaler's", () => {
  const shop = app("shop", options, () => ({
    fixed: service({ image: image(), scale: 3 }),
    scaled: service({ image: image(), scale: { min: 2, max: 5 } }),
    single: service({ image: image(), deploy: "replace" }),
    spare: service({ image: image(), spot: true }),
  }));
  const assembly = assemblyOf(shop);
  expect(properties(assembly, "compute", "FixedService")["DesiredCount"]).toEqual({
    "Fn::If": ["FixedStarts", { Ref: "FixedCount" }, { Ref: "AWS::NoValue" }],
  });
  expect(layer(assembly, "compute").parameters["FixedCount"]).toEqual({ from: "value", value: "3" });
  expect(properties(assembly, "compute", "ScaledService")).not.toHaveProperty("DesiredCount");
  expect(properties(assembly, "compute", "ScaledScaling")).toMatchObject({ MinCapacity: 2, MaxCapacity: 5 });
  expect(properties(assembly, "compute", "SingleService")["DeploymentConfiguration"]).toMatchObject({
    MinimumHealthyPercent: 0,
    MaximumPercent: 100,
  });
  expect(properties(assembly, "compute", "SpareService")["CapacityProviderStrategy"]).toEqual([
    { CapacityProvider: "FARGATE", Base: 1, Weight: 0 },
    { CapacityProvider: "FARGATE_SPOT", Weight: 1 },
  ]);
  expect(properties(assemblyOf(shop, "dev"), "compute", "SpareService")["CapacityProviderStrategy"]).toEqual([
    { CapacityProvider: "FARGATE_SPOT", Weight: 1 },
  ]);
});

test("two programs that name each other, by Service Connect", () => {
  const shop = app("shop", options, () => {
    const source = image();
    const api = service({ image: source, port: 8000 });
    const web = service({ image: source, port: 80, env: { API: api, API_V1: text`${api}/v1` } });
    api.addEnv({ WEB: web });
    return { api, web };
  });
  const assembly = assemblyOf(shop);
  const environment = (id: string) =>
    (properties(assembly, "compute", id)["ContainerDefinitions"] as { Environment: { Name: string; Value: string }[] }[])[0]!.Environment;
  expect(environment("WebTaskDefinition")).toEqual([
    { Name: "API", Value: "http://api:8000" },
    { Name: "API_V1", Value: "http://api:8000/v1" },
  ]);
  expect(environment("ApiTaskDefinition")).toEqual([{ Name: "WEB", Value: "http://web:80" }]);
  expect(properties(assembly, "network", "Cluster")["ServiceConnectDefaults"]).toEqual({ Namespace: "shop-prod" });
  expect(Object.keys(layer(assembly, "network").resources)).toEqual(
    expect.arrayContaining(["WebToApi", "ApiFromWeb", "ApiToWeb", "WebFromApi"]),
  );
});

test("the deployer is told what to run before services, in order", () => {
  const { beforeServices, programs } = assemblyOf(everything);
  expect(beforeServices.map(({ name, purpose }) => [name, purpose])).toEqual([
    ["database", "database-administration"],
    ["database.readOnly", "database-administration"],
    ["migrate", "migration"],
  ]);
  expect(beforeServices[0]!.administration).toEqual({
    database: "shop",
    host: { stack: "everything-prod-database", output: "DatabaseEndpointAddress" },
    logins: {
      a: { stack: "everything-prod-secrets", output: "DatabaseLoginA" },
      b: { stack: "everything-prod-secrets", output: "DatabaseLoginB" },
    },
    owner: "app",
    extensions: ["vector", "pg_trgm"],
  });
  expect(beforeServices[1]!.administration).toMatchObject({ owner: "app_read", extensions: [] });
  expect(programs.map(({ name, kind, run }) => [name, kind, run?.purpose])).toEqual([
    ["api", "service", undefined],
    ["web", "service", undefined],
    ["worker", "service", undefined],
    ["migrate", "task", "migration"],
    ["report", "task", "scheduled"],
    ["nightly", "task", "scheduled"],
    ["once", "task", "by-hand"],
  ]);
  expect(programs[0]!.secrets).toEqual(["keys", "optionalKey", "parameter", "optionalParameter", "greeting", "optionalGreeting"]);
});

test("override changes a part, and that part alone", () => {
  const plain = app("shop", options, () => ({ database: postgres() }));
  const changed = app("shop", options, () => ({
    database: postgres({ override: { DBInstance: (p) => ({ ...p, MonitoringInterval: 60 }) } }),
  }));
  const [before, after] = [layer(assemblyOf(plain), "database"), layer(assemblyOf(changed), "database")];
  expect(after.resources["Database"]!.Properties).toEqual({ ...before.resources["Database"]!.Properties, MonitoringInterval: 60 });
  expect({ ...after.resources, Database: undefined }).toEqual({ ...before.resources, Database: undefined });
});

test("an aws resource takes values of others, whatever their order", () => {
  const shop = app("shop", options, () => {
    const topic = aws("AWS::SNS::Topic", {});
    const subscription = aws("AWS::SNS::Subscription", { TopicArn: topic.ref, Protocol: "email", Endpoint: "a@example.com" });
    return { subscription, topic };
  });
  expect(properties(assemblyOf(shop), "messaging", "Subscription")["TopicArn"]).toEqual({ Ref: "Topic" });
});

test("keys that are also names of ours", () => {
  const shop = app("shop", options, () => {
    const cluster = redis();
    const network = postgres();
    const plain = service({ image: image(), port: 80, env: { A: cluster, B: network } });
    const own = image({ target: "a" });
    return { cluster, network, plain, app: own, web: service({ image: own }), alerts: alarms() };
  });
  const assembly = assemblyOf(shop);
  expect(assembly.images.map(({ name, repository }) => [name, repository.output])).toEqual([
    ["app", "AppRepositoryRepositoryUri"],
    ["app2", "RepositoryRepositoryUri"],
  ]);
  expect(layer(assembly, "observability").parameters).toMatchObject({
    Cluster: { from: "output", stack: "shop-prod-network", output: "Cluster" },
    DatabaseCluster: { from: "output", stack: "shop-prod-database", output: "Cluster" },
  });
  const dashboard = properties(assembly, "observability", "AlertsDashboard")["DashboardBody"] as { "Fn::Sub": [string, object] };
  expect(dashboard["Fn::Sub"][1]).toMatchObject({ Cluster: { Ref: "Cluster" }, ClusterGroup: { Ref: "DatabaseCluster" } });
});

test("of a layer whose first stack is gone, no second one gets the name of what stands", () => {
  const many = (count: number) =>
    app("shop", { region: "eu-west-1" }, () =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`topic${i}`, aws("AWS::SNS::Topic", {}, { layer: "messaging" })])),
    );
  const placed = { "shop-prod-messaging-2": ["Topic0", "Topic1"], "shop-other-messaging-2": ["Topic2"] };
  const { stacks } = compile(many(100), { stage: "prod", local: false, configFolder: testFolder, placed });
  expect(stacks.map(({ name }) => name)).toEqual(["shop-prod-messaging-2", "shop-prod-messaging"]);
  expect(Object.keys(stacks[0]!.template.Resources)).toHaveLength(95);
});

test("a large app opens shards, and what stands in one stays there", () => {
  const large = (count: number, first = 0) =>
    app("large", options, () => {
      const source = image();
      const programs = Object.fromEntries(
        Array.from({ length: count }, (_, i) => [`p${i + first}`, service({ image: source, port: 80, public: true })]),
      );
      return { ...programs, alerts: alarms() };
    });
  const whole = assemblyOf(large(140));
  for (const { template, parameters } of whole.stacks) {
    expect(Object.keys(template.Resources).length).toBeLessThanOrEqual(400);
    expect(Object.keys(parameters).length).toBeLessThanOrEqual(150);
    expect(Object.keys(template.Outputs ?? {}).length).toBeLessThanOrEqual(200);
  }
  expect(whole.stacks.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["large-prod-compute", "large-prod-compute-2", "large-prod-network-2"]),
  );
  // A program's service stands with its task definition, so that no stack of programs waits for another.
  for (const { layer, dependsOn } of whole.stacks)
    if (layer === "compute") expect(dependsOn.filter((name) => name.includes("-compute"))).toEqual([]);

  const placed = Object.fromEntries(whole.stacks.map(({ name, template }) => [name, Object.keys(template.Resources)]));
  const home = new Map(whole.stacks.flatMap(({ name, template }) => Object.keys(template.Resources).map((id) => [id, name])));
  const without = large(139, 1);
  const smaller = compile(without, { stage: "prod", local: false, configFolder: "/", placed });
  for (const { name, template } of smaller.stacks) for (const id of Object.keys(template.Resources)) expect(home.get(id), id).toBe(name);
});
