import type { Template } from "@plinth/cloudformation";
import type { Stack } from "@plinth/compiler";
import { expect, test } from "vitest";
import { planDeploy } from "../src/plan.ts";
import { durationSources, typicalDuration } from "../src/plan/durations.ts";
import { emptyAssembly, fakeAws } from "./fake-aws.ts";

const stack = (layer: Stack["layer"], template: Template, dependsOn: string[] = []): Stack => ({
  name: `shop-prod-${layer}`,
  layer,
  region: "eu-central-1",
  template,
  parameters: {},
  tags: {},
  dependsOn,
});
const network = stack("network", {
  Resources: {
    Vpc: { Type: "AWS::EC2::VPC" },
    Subnet: { Type: "AWS::EC2::Subnet", Properties: { VpcId: { Ref: "Vpc" } } },
    Alone: { Type: "AWS::SNS::Topic" },
  },
});
const database = stack("database", { Resources: { Db: { Type: "AWS::RDS::DBInstance" } } }, ["shop-prod-network"]);
const messaging = stack("messaging", { Resources: { Queue: { Type: "AWS::SQS::Queue" } } });

/** An account in which the stage stands, and its stacks have these events, newest first. */
const account = (templates: Record<string, Template>, events: Record<string, object[]> = {}) =>
  fakeAws({
    "cloudformation.DescribeStacks": () => ({
      Stacks: Object.keys(templates).map((layer) => ({
        StackName: `shop-prod-${layer}`,
        StackStatus: "UPDATE_COMPLETE",
        Tags: [
          { Key: "plinth:app", Value: "shop" },
          { Key: "plinth:stage", Value: "prod" },
          { Key: "plinth:layer", Value: layer },
        ],
      })),
    }),
    "cloudformation.GetTemplate": ({ StackName }: { StackName: string }) => ({
      TemplateBody: JSON.stringify(templates[StackName.replace("shop-prod-", "")]),
    }),
    "cloudformation.DescribeStackEvents": ({ StackName }: { StackName: string }) => ({
      StackEvents: events[StackName.replace("shop-prod-", "")] ?? [],
    }),
  });
const none: Template = { Resources: { Other: { Type: "AWS::SNS::Topic" } } };
const event = (LogicalResourceId: string, ResourceType: string, ResourceStatus: string, second: number) => ({
  LogicalResourceId,
  ResourceType,
  ResourceStatus,
  Timestamp: new Date(Date.UTC(2026, 0, 1, 0, 0, second)),
});
const plan = (stacks: Stack[], aws = account({ iam: none })) =>
  planDeploy({ ...emptyAssembly, stacks: [...stacks, stack("iam", none)] }, aws, "/nowhere");

test("the longest way through stacks and their resources decides", async () => {
  const { time } = await plan([network, database, messaging]);
  expect(time.criticalPath.map(({ step, resources }) => [step, resources.map(({ logicalId }) => logicalId)])).toEqual([
    ["shop-prod-network", ["Vpc", "Subnet"]],
    ["shop-prod-database", ["Db"]],
  ]);
  const ordinary = typicalDuration("AWS::EC2::VPC", "create", "aws").seconds;
  const db = typicalDuration("AWS::RDS::DBInstance", "create", "aws");
  expect(time.seconds).toBe(13 + 2 * ordinary + 13 + db.seconds);
  expect(time).toMatchObject({ pastActs: 0, basis: { estimate: 5 } });
});

test("what the stage's own past tells goes before what is typical: of the resource, else of its type", async () => {
  const db = (seconds: number) => [
    event("Db", "AWS::RDS::DBInstance", "UPDATE_COMPLETE", seconds),
    event("Db", "AWS::RDS::DBInstance", "UPDATE_IN_PROGRESS", 0),
  ];
  const aws = account(
    { iam: none, database: { Resources: { Db: { Type: "AWS::RDS::DBInstance", Properties: { AllocatedStorage: "20" } } } } },
    {
      database: db(42),
      iam: [
        event("Other", "AWS::SNS::Topic", "CREATE_COMPLETE", 9),
        event("Other", "AWS::SNS::Topic", "CREATE_IN_PROGRESS", 5),
        event("Other", "AWS::SNS::Topic", "CREATE_IN_PROGRESS", 2),
        event("Torn", "AWS::SQS::Queue", "CREATE_FAILED", 2),
        event("Torn", "AWS::SQS::Queue", "CREATE_IN_PROGRESS", 1),
      ],
    },
  );
  const next = stack("database", {
    Resources: { Db: { Type: "AWS::RDS::DBInstance", Properties: { AllocatedStorage: "40" } }, Topic: { Type: "AWS::SNS::Topic" } },
  });
  const { time } = await plan([next], aws);
  expect(time.criticalPath).toEqual([
    {
      step: "shop-prod-database",
      seconds: 55,
      resources: [{ logicalId: "Db", type: "AWS::RDS::DBInstance", action: "update", seconds: 42, basis: "past" }],
    },
  ]);
  expect(time).toMatchObject({ pastActs: 2, basis: { past: 2 } });
});

test("deletions come in the pass back, one stack after the other", async () => {
  const { time } = await plan([network], account({ iam: none, network: network.template, database: database.template }));
  expect(time.criticalPath.map(({ step }) => step)).toEqual(["shop-prod-database (back)"]);
});

test("who may not read events plans without them", async () => {
  const aws = account({ iam: none });
  const denied = fakeAws({
    "cloudformation.DescribeStacks": () => aws.call("cloudformation", "DescribeStacks", {}),
    "cloudformation.GetTemplate": () => ({ TemplateBody: JSON.stringify(none) }),
    "cloudformation.DescribeStackEvents": () => {
      throw Object.assign(new Error("not authorized"), { name: "AccessDenied", $fault: "client" });
    },
  });
  expect((await plan([messaging], denied)).time).toMatchObject({ pastActs: 0, basis: { estimate: 1 } });
});

test("every typical duration says where it is from, and one that was published by whom", () => {
  for (const [type, basis, source] of durationSources()) {
    expect(["estimate", "published"], type).toContain(basis);
    if (basis === "published") expect(source, type).toMatch(/^https:\/\//);
  }
});
