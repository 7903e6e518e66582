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
  expect(plan.summary).toEqual({ create: 0, update: 0, replace: 0, delete: 0 });
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
  expect(plan.data).toEqual([]);
});

test("a replacement is said, with the fate of its data, and goes on to those who use its outputs", async () => {
  const plan = await planDeploy(
    assembly([stack("database", database({ ...small, StorageEncrypted: true })), usesHost]),
    deployed(standing),
    "/nowhere",
  );
  expect(plan.layers).toMatchObject([
    { changes: [{ logicalId: "Database2", action: "replace", key: "database", properties: ["StorageEncrypted"] }] },
    { action: "update", changes: [{ logicalId: "Note", action: "update", properties: ["Value"] }] },
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
