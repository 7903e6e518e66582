import { runInNewContext } from "node:vm";
import { app, image, postgres, redis, service, task, type RotationInterval } from "@plinth/language";
import { expect, test } from "vitest";
import { assemblyOf, faultsOf, propertiesOf, resourcesOf, statementsOf } from "./compile-app.ts";
import { rotationCode } from "../src/rotation-code.ts";
import { problemsOf } from "./template-problems.ts";

const turning = (rotate?: RotationInterval, production: string[] = []) =>
  app("turns", { region: "eu-central-1", production }, () => {
    const source = image();
    const database = postgres({ ...(rotate !== undefined && { rotate }) });
    const cache = redis({ ...(rotate !== undefined && { rotate }) });
    const web = service({ image: source, port: 3000, public: true, env: { DATABASE_URL: database, REDIS_URL: cache } });
    const report = task({ image: source, env: { DATABASE_URL: database.readOnly } });
    const idle = service({ image: source });
    return { database, cache, web, report, idle };
  });

const prod = assemblyOf(turning("30 days"));
const text = (value: unknown) => JSON.stringify(value);

test("each connection has a schedule, and begins without a turn", async () => {
  const schedules = Object.entries(resourcesOf(prod, "compute")).filter(([, { Type }]) => Type === "AWS::SecretsManager::RotationSchedule");
  expect(schedules.map(([id, { Properties, DependsOn }]) => [id, Properties!["SecretId"], DependsOn])).toEqual([
    ["DatabaseRotation", { Ref: "DatabaseConnection" }, ["DatabaseRotationPermission"]],
    ["DatabaseReadOnlyRotation", { Ref: "DatabaseReadOnlyConnection" }, ["DatabaseRotationPermission"]],
    ["CacheRotation", { Ref: "CacheConnection" }, ["CacheRotationPermission"]],
  ]);
  for (const [, { Properties }] of schedules) {
    expect(Properties).toMatchObject({ RotateImmediatelyOnUpdate: false, RotationRules: { ScheduleExpression: "rate(30 days)" } });
  }
  expect(prod.rotations.map(({ name, schedule }) => [name, schedule])).toEqual([
    [
      "database",
      expect.objectContaining({
        expression: "rate(30 days)",
        function: expect.objectContaining({ output: "DatabaseRotationFunction" }) as object,
      }),
    ],
    ["cache", expect.objectContaining({ expression: "rate(30 days)" })],
  ]);
  for (const { template, region } of prod.stacks) expect(await problemsOf(template, region)).toEqual([]);
});

test("its function may change these secrets, roll their users, and nothing else", () => {
  const of = (role: string) => statementsOf(prod).filter((one) => one.role === role);
  const database = of("DatabaseRotationRole");
  expect(database.flatMap(({ Action }) => Action)).not.toContain("*");
  const update = database.find(({ Action }) => Action.includes("ecs:UpdateService"))!;
  expect(text(update.Resource)).toContain("/turns-prod-web");
  expect(text(update.Resource)).not.toContain("turns-prod-idle");
  const secrets = database.find(({ Action }) => Action.includes("secretsmanager:PutSecretValue"))!;
  expect(secrets.Resource).toEqual(
    ["DatabaseConnection", "DatabaseLoginA", "DatabaseLoginB", "DatabaseReadOnlyConnection", "DatabaseReaderA", "DatabaseReaderB"].map(
      (Ref) => ({ Ref }),
    ),
  );
  const run = database.find(({ Action }) => Action.includes("ecs:RunTask"))!;
  expect(text(run.Resource).match(/task-definition\/[a-z-]+/g)).toEqual([
    "task-definition/turns-prod-database-administration",
    "task-definition/turns-prod-database-login",
    "task-definition/turns-prod-database-read-only-login",
  ]);
  expect(of("CacheRotationRole").flatMap(({ Action }) => Action)).toContain("elasticache:ModifyReplicationGroup");
});

test("in a hardened stage it may use the stage's key, through Secrets Manager alone", () => {
  const hardened = assemblyOf(turning("30 days", ["prod"]));
  const policies = Object.entries(resourcesOf(hardened, "iam")).filter(([id]) => id.startsWith("DatabaseRotationRolePolicy"));
  const allowed = policies.flatMap(
    ([, { Properties }]) => (Properties!["PolicyDocument"] as { Statement: { Action: string[]; Condition: object }[] }).Statement,
  );
  const key = allowed.find(({ Action }) => Action.includes("kms:GenerateDataKey"))!;
  expect([key.Action, text(key.Condition)]).toEqual([["kms:Decrypt", "kms:GenerateDataKey"], expect.stringContaining("secretsmanager.")]);
  expect(propertiesOf(hardened, "storage", "DatabaseRotationLogGroup")["KmsKeyId"]).toBeDefined();
});

test("it is told who uses which secret", () => {
  const { Environment } = propertiesOf(prod, "compute", "DatabaseRotationFunction") as {
    Environment: { Variables: Record<string, { "Fn::Sub": [string, object] }> };
  };
  const [rotates] = Environment.Variables["ROTATES"]!["Fn::Sub"];
  const parsed = JSON.parse(rotates.replaceAll(/\$\{(\w+)\}/g, "$1")) as Record<string, unknown>;
  expect(parsed).toEqual({
    Connection0: { logins: ["Other00", "Other01"], test: "Test0", services: ["turns-prod-web"], tasks: [] },
    Connection1: { logins: ["Other10", "Other11"], test: "Test1", services: [], tasks: ["turns-prod-report"] },
  });
  const [network] = Environment.Variables["NETWORK"]!["Fn::Sub"];
  expect(JSON.parse(network.replaceAll(/\$\{(\w+)\}/g, "$1"))).toEqual({
    subnets: ["Subnet0", "Subnet1"],
    securityGroups: ["Group"],
    assignPublicIp: "ENABLED",
  });
});

test("who logs in with what is to become current starts only while there is such a version", () => {
  const definition = propertiesOf(prod, "database", "DatabaseReadOnlyLogin");
  expect(text(definition)).toContain(":password:AWSPENDING:");
  expect(propertiesOf(prod, "database", "DatabaseAdministration")["Family"]).toBe("turns-prod-database-administration");
});

test("without the word there is none of it", () => {
  const plain = assemblyOf(turning());
  expect(text(plain.stacks)).not.toMatch(/Rotation|AWSPENDING/);
  expect(plain.rotations.map(({ schedule }) => schedule)).toEqual([undefined, undefined]);
});

test.each([
  ["12 hours", "rate(12 hours)"],
  ["1 day", "rate(1 day)"],
  ["48 hours", "rate(2 days)"],
  [{ cron: "0 3 ? * SUN *" }, "cron(0 3 ? * SUN *)"],
] as const)("%j is %s", (rotate, expression) => {
  expect(assemblyOf(turning(rotate)).rotations[0]!.schedule!.expression).toBe(expression);
});

test.each([
  ["3 hours", 'database: rotate is "3 hours": write 4 hours to 999 days, in whole hours, like "30 days"'],
  ["1000 days", 'database: rotate is "1000 days": write 4 hours to 999 days, in whole hours, like "30 days"'],
  [
    { cron: "30 3 ? * SUN *" },
    'database: rotate.cron is "30 3 ? * SUN *": write six fields in UTC, the first 0, one of the days ?, like "0 3 ? * SUN *"',
  ],
] as const)("%j is refused", (rotate, message) => {
  expect(faultsOf(turning(rotate)).map((fault) => fault.message)).toContain(message);
});

test.each(["database", "cache"] as const)("the function of a %s is a program", (kind) => {
  const exported: { handler?: unknown } = {};
  const client = function Client() {};
  const given = (name: string) =>
    name.startsWith("node:") ? process.getBuiltinModule(name) : { SecretsManager: client, ECS: client, ElastiCache: client };
  runInNewContext(rotationCode[kind], { require: given, exports: exported, process: { env: { ROTATES: "{}" } } });
  expect(exported.handler).toBeTypeOf("function");
});
