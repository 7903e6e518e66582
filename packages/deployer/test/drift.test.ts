import { expect, test } from "vitest";
import { stageDrift } from "../src/plan/drift.ts";
import type { DeployedStack } from "../src/stacks/stack-state.ts";
import { awsError, fakeAws, fakeTime, type Handlers } from "./fake-aws.ts";

const stack: DeployedStack = {
  name: "shop-prod-database",
  id: "arn",
  layer: "database",
  region: "eu-central-1",
  status: "UPDATE_COMPLETE",
  parameters: { Size: "a" },
  outputs: {},
  tags: {},
};
const changeSet = (answers: object[]): Handlers => ({
  "cloudformation.CreateChangeSet": () => ({ Id: "set" }),
  "cloudformation.DescribeChangeSet": () => answers.shift(),
  "cloudformation.DeleteChangeSet": () => ({}),
});

test("on AWS a drift-aware change set of what is deployed is made, read and deleted, never executed", async () => {
  const aws = fakeAws(
    changeSet([
      { Status: "CREATE_IN_PROGRESS" },
      {
        Status: "CREATE_COMPLETE",
        NextToken: "more",
        Changes: [
          {
            ResourceChange: {
              LogicalResourceId: "Database",
              ResourceType: "AWS::RDS::DBInstance",
              ResourceDriftStatus: "MODIFIED",
              Details: [
                { Target: { Path: "/Properties/DBInstanceClass", Drift: { PreviousValue: "db.t4g.micro", ActualValue: "db.t4g.large" } } },
                { Target: { Path: "/Properties/MasterUserPassword", Drift: { PreviousValue: "hunter2", ActualValue: "hunter3" } } },
              ],
            },
          },
          {
            ResourceChange: {
              LogicalResourceId: "Follower",
              ResourceType: "AWS::SSM::Parameter",
              Details: [{ Target: { Name: "Value" } }],
            },
          },
        ],
      },
      {
        Status: "CREATE_COMPLETE",
        Changes: [{ ResourceChange: { LogicalResourceId: "Topic", ResourceType: "AWS::SNS::Topic", ResourceDriftStatus: "DELETED" } }],
      },
    ]),
  );
  const { found, unchecked } = await stageDrift(aws, fakeTime(), [stack]);
  expect(unchecked).toEqual([]);
  expect(found).toEqual([
    {
      stack: "shop-prod-database",
      logicalId: "Database",
      type: "AWS::RDS::DBInstance",
      status: "modified",
      differences: [
        { path: "DBInstanceClass", expected: "db.t4g.micro", actual: "db.t4g.large" },
        { path: "MasterUserPassword", expected: "(hidden)", actual: "(hidden)" },
      ],
    },
    { stack: "shop-prod-database", logicalId: "Topic", type: "AWS::SNS::Topic", status: "deleted", differences: [] },
  ]);
  expect(aws.calls[0]!.input).toMatchObject({
    DeploymentMode: "REVERT_DRIFT",
    UsePreviousTemplate: true,
    Parameters: [{ ParameterKey: "Size", UsePreviousValue: true }],
  });
  expect(aws.calls.map(({ operation }) => operation).at(-1)).toBe("cloudformation.DeleteChangeSet");
  expect(aws.calls.map(({ operation }) => operation)).not.toContain("cloudformation.ExecuteChangeSet");
});

test("a change set without changes is no drift", async () => {
  const aws = fakeAws(changeSet([{ Status: "FAILED", StatusReason: "The submitted information didn't contain changes." }]));
  expect(await stageDrift(aws, fakeTime(), [stack])).toEqual({ found: [], unchecked: [] });
});

test("what cannot be looked at is said, and why", async () => {
  const failed = fakeAws(changeSet([{ Status: "FAILED", StatusReason: "Drift could not be read" }]));
  expect((await stageDrift(failed, fakeTime(), [stack])).unchecked).toEqual([
    { stack: "shop-prod-database", reason: "Drift could not be read" },
  ]);
  const denied = fakeAws({
    "cloudformation.CreateChangeSet": () => {
      throw awsError("AccessDenied", "not authorized to perform cloudformation:CreateChangeSet");
    },
  });
  expect((await stageDrift(denied, fakeTime(), [stack])).unchecked).toEqual([
    { stack: "shop-prod-database", reason: "not authorized to perform cloudformation:CreateChangeSet" },
  ]);
});

test("in the embedded cloud its drift detection is asked", async () => {
  const aws = fakeAws(
    {
      "cloudformation.DetectStackDrift": () => ({ StackDriftDetectionId: "1" }),
      "cloudformation.DescribeStackResourceDrifts": () => ({
        StackResourceDrifts: [
          {
            LogicalResourceId: "Log",
            ResourceType: "AWS::Logs::LogGroup",
            StackResourceDriftStatus: "MODIFIED",
            PropertyDifferences: [{ PropertyPath: "/RetentionInDays", ExpectedValue: "7", ActualValue: "30" }],
          },
        ],
      }),
    },
    "http://127.0.0.1:1",
  );
  expect((await stageDrift(aws, fakeTime(), [stack])).found).toEqual([
    {
      stack: "shop-prod-database",
      logicalId: "Log",
      type: "AWS::Logs::LogGroup",
      status: "modified",
      differences: [{ path: "RetentionInDays", expected: "7", actual: "30" }],
    },
  ]);
});
