import type { Template } from "@plinth/cloudformation";
import type { Assembly, Stack } from "@plinth/compiler";
import { expect, test } from "vitest";
import { changesSomething, planDeploy } from "../src/plan.ts";
import { emptyAssembly, fakeAws } from "./fake-aws.ts";

const stack = (layer: Stack["layer"], template: Template, parameters: Stack["parameters"] = {}, dependsOn: string[] = []): Stack => ({
  name: `shop-prod-${layer}`,
  layer,
  region: "eu-central-1",
  template,
  parameters,
  tags: {},
  dependsOn,
});

const database = (properties: Record<string, unknown>): Template => ({
  Resources: {
    Database: { Type: "AWS::RDS::DBInstance", Properties: properties, DeletionPolicy: "Snapshot", UpdateReplacePolicy: "Snapshot" },
  },
  Outputs: { Host: { Value: { "Fn::GetAtt": ["Database", "Endpoint.Address"] } } },
});
const parameterOf: Template = {
  Parameters: { Host: { Type: "String" } },
  Resources: { Note: { Type: "AWS::SSM::Parameter", Properties: { Type: "String", Value: { Ref: "Host" } } } },
};
const usesHost = stack("compute", parameterOf, { Host: { from: "output", stack: "shop-prod-database", output: "Host" } }, [
  "shop-prod-database",
]);

/** An account in which the stacks stand. */
function deployed(
  templates: Record<string, { template: Template; parameters?: Record<string, string>; outputs?: Record<string, string> }>,
) {
  return fakeAws({
    "cloudformation.DescribeStacks": () => ({
      Stacks: Object.entries(templates).map(([layer, { parameters = {}, outputs = {} }]) => ({
        StackName: `shop-prod-${layer}`,
        StackStatus: "CREATE_COMPLETE",
        Tags: [
          { Key: "plinth:app", Value: "shop" },
          { Key: "plinth:stage", Value: "prod" },
          { Key: "plinth:layer", Value: layer },
        ],
        Parameters: Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue })),
        Outputs: Object.entries(outputs).map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue })),
      })),
    }),
    "cloudformation.DescribeStackEvents": () => ({ StackEvents: [] }),
    "cloudformation.GetTemplate": ({ StackName }: { StackName: string }) => ({
      TemplateBody: JSON.stringify(templates[StackName.replace("shop-prod-", "")]!.template),
    }),
  });
}

const small = { DBInstanceClass: "db.t4g.micro", AllocatedStorage: "20" };
const standing = {
  database: { template: database(small), outputs: { Host: "h" } },
  compute: { template: parameterOf, parameters: { Host: "h" } },
};
const assembly = (stacks: Stack[]): Assembly => ({
  ...emptyAssembly,
  stacks,
  origins: { "database/Database": { key: "database", source: "plinth.config.ts:7" } },
});

test("what is as it should be needs nothing", async () => {
  const plan = await planDeploy(assembly([stack("database", database(small)), usesHost]), deployed(standing), "/nowhere");
  expect(changesSomething(plan)).toBe(false);
  expect(plan.layers.map(({ action }) => action)).toEqual(["none", "none"]);
  expect(plan.summary).toEqual({ create: 0, update: 0, interrupt: 0, replace: 0, delete: 0 });
});

test("a change in place touches only its resource", async () => {
  const plan = await planDeploy(
    assembly([stack("database", database({ ...small, AllocatedStorage: "40" })), usesHost]),
    deployed(standing),
    "/nowhere",
  );
  expect(plan.layers).toMatchObject([
    {
      action: "update",
      changes: [
        { logicalId: "Database", action: "update", key: "database", source: "plinth.config.ts:7", properties: ["AllocatedStorage"] },
      ],
    },
    { action: "none", changes: [] },
  ]);
  expect(plan.layers[0]!.changes[0]!.differences).toEqual([
    { path: "AllocatedStorage", before: "20", after: "40", known: true, effect: "in place" },
  ]);
  expect(plan.data).toMatchObject([
    { event: "modified", fate: "modified", text: "the database database is modified in place, its data stays" },
  ]);
});

test("a replacement is said, with the fate of its data, and goes on to those who use its outputs", async () => {
  const plan = await planDeploy(
    assembly([stack("database", database({ ...small, StorageEncrypted: true })), usesHost]),
    deployed(standing),
    "/nowhere",
  );
  expect(plan.layers).toMatchObject([
    { changes: [{ logicalId: "Database2", action: "replace", key: "database", properties: ["StorageEncrypted"] }] },
    {
      action: "update",
      changes: [
        {
          logicalId: "Note",
          action: "update",
          properties: ["Value"],
          differences: [
            {
              path: "Value",
              before: "h",
              after: "(known after deploy)",
              known: false,
              effect: "in place",
              because: "Host of shop-prod-database",
            },
          ],
        },
      ],
    },
  ]);
  expect(plan.data.map(({ text }) => text)).toEqual(["the database database is replaced by an empty one: a final snapshot keeps its data"]);
});

test("a layer that the app no longer has is deleted", async () => {
  const plan = await planDeploy(assembly([]), deployed({ database: standing.database }), "/nowhere");
  expect(plan.layers).toMatchObject([
    { stack: "shop-prod-database", action: "delete", changes: [{ logicalId: "Database", action: "delete" }] },
  ]);
  expect(plan.data).toMatchObject([{ event: "deleted", fate: "snapshot" }]);
});

test("a first deploy is planned without asking anybody", async () => {
  const plan = await planDeploy(assembly([stack("database", database(small)), usesHost]), undefined, "/nowhere");
  expect(plan).toMatchObject({ first: true, target: "embedded", summary: { create: 2 } });
});

test("an update that interrupts is told apart, with what stands still", async () => {
  const plan = await planDeploy(
    assembly([stack("database", database({ ...small, DBInstanceClass: "db.t4g.small" })), usesHost]),
    deployed(standing),
    "/nowhere",
  );
  expect(plan.layers[0]!.changes).toMatchObject([
    {
      action: "interrupt",
      differences: [
        { before: "db.t4g.micro", after: "db.t4g.small", effect: "interrupts", interruption: expect.stringContaining("class") },
      ],
    },
  ]);
  expect(plan.summary).toMatchObject({ update: 1, interrupt: 1 });
  expect(plan.data[0]!.text).toContain("while its class changes");
});

test("what holds data is told also where nothing happens to it, with its protection", async () => {
  const kept = { ...small, DeletionProtection: true, BackupRetentionPeriod: 7 };
  const plan = await planDeploy(
    assembly([stack("database", database(kept)), usesHost]),
    deployed({ ...standing, database: { ...standing.database, template: database(kept) } }),
    "/nowhere",
  );
  expect(plan.data).toEqual([
    {
      stack: "shop-prod-database",
      key: "database",
      logicalId: "Database",
      type: "AWS::RDS::DBInstance",
      event: "none",
      fate: "kept",
      protection: ["deletion protection", "a snapshot before it is deleted", "backups of 7 days"],
      text: "the database database is kept as it is",
    },
  ]);
  expect(plan.time.criticalPath).toEqual([]);
});

test("tags alone leave data as it is; a shorter retention says what goes", async () => {
  const group = (properties: Record<string, unknown>): Template => ({
    Resources: { Log: { Type: "AWS::Logs::LogGroup", Properties: properties } },
  });
  const fate = async (before: Record<string, unknown>, after: Record<string, unknown>) =>
    (await planDeploy(assembly([stack("storage", group(after))]), deployed({ storage: { template: group(before) } }), "/nowhere")).data[0]!;
  expect(await fate({ RetentionInDays: 30 }, { RetentionInDays: 30, Tags: [{ Key: "a", Value: "b" }] })).toMatchObject({
    event: "none",
    fate: "kept",
  });
  expect((await fate({ RetentionInDays: 30 }, { RetentionInDays: 7 })).text).toBe(
    "the log group Log is modified in place, its data stays; RetentionInDays goes down: what is older goes",
  );
  expect((await fate({ RetentionInDays: 7 }, { RetentionInDays: 30 })).text).toBe("the log group Log is modified in place, its data stays");
});

test("a task definition that changes is a new revision, not a replacement", async () => {
  const task = (Image: unknown): Template => ({
    Parameters: { Image: { Type: "String" }, Key: { Type: "String", NoEcho: true } },
    Resources: {
      Task: {
        Type: "AWS::ECS::TaskDefinition",
        Properties: {
          ContainerDefinitions: [
            {
              Name: "web",
              Image,
              Environment: [
                { Name: "API_KEY", Value: "hunter2" },
                { Name: "OTHER", Value: { Ref: "Key" } },
              ],
            },
          ],
        },
      },
    },
  });
  const template = task({ Ref: "Image" });
  const plan = await planDeploy(
    assembly([stack("tasks", template, { Image: { from: "value", value: "repo@sha256:bb" }, Key: { from: "value", value: "secret" } })]),
    deployed({ tasks: { template, parameters: { Image: "repo@sha256:aa", Key: "****" } } }),
    "/nowhere",
  );
  expect(plan.layers[0]!.changes).toMatchObject([{ action: "revise", properties: ["ContainerDefinitions"] }]);
  expect(plan.layers[0]!.changes[0]!.differences).toEqual([
    {
      path: "ContainerDefinitions/web/Image",
      before: "repo@sha256:aa",
      after: "repo@sha256:bb",
      known: true,
      effect: "in place",
      because: "the parameter Image",
    },
    {
      path: "ContainerDefinitions/web/Environment/OTHER/Value",
      before: "(hidden)",
      after: "(hidden)",
      known: true,
      effect: "in place",
      because: "the parameter Key",
    },
  ]);
  expect(plan.summary).toMatchObject({ update: 1, replace: 0 });
  expect(JSON.stringify(plan)).not.toMatch(/hunter2|"secret"/);
});
