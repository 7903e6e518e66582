/** One stack, from what is deployed to what is wanted, against answers written by hand. */
import type { Stack } from "@plinth/compiler";
import { expect, test } from "vitest";
import { deployStack } from "../../src/stacks/deploy-stack.ts";
import { plainReason } from "../../src/stacks/plain-reason.ts";
import { awsError, fakeAws, fakeDeployment, type Handlers } from "../fake-aws.ts";

const template = { Resources: { Topic: { Type: "AWS::SNS::Topic" } } };
const tags = { "plinth:app": "shop", "plinth:stage": "prod", "plinth:layer": "messaging" };
const stack: Stack = {
  name: "shop-prod-messaging",
  layer: "messaging",
  region: "eu-central-1",
  template,
  parameters: {},
  tags,
  dependsOn: [],
};
const input = { stack, template, parameters: { Name: "x" }, kept: [] };

interface Given {
  /** The status that each DescribeStacks answers, in turn; the last one stays. */
  statuses: (string | undefined)[];
  events?: { id: string; logicalId: string; status: string; reason?: string }[];
  changeSet?: { Status: string; StatusReason?: string };
  deployed?: object;
  value?: string;
}

function cloudFormation({ statuses, events = [], changeSet = { Status: "CREATE_COMPLETE" }, deployed, value = "x" }: Given): Handlers {
  let executed = false;
  return {
    "cloudformation.DescribeStacks": () => {
      const status = statuses.length > 1 ? statuses.shift() : statuses[0];
      if (status === undefined) throw awsError("ValidationError", "Stack with id shop-prod-messaging does not exist");
      return {
        Stacks: [
          {
            StackName: stack.name,
            StackId: "arn:aws:cloudformation:eu-central-1:1:stack/shop-prod-messaging/1",
            StackStatus: status,
            Parameters: [{ ParameterKey: "Name", ParameterValue: value }],
            Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
          },
        ],
      };
    },
    "cloudformation.GetTemplate": () => ({ TemplateBody: JSON.stringify(deployed ?? template) }),
    "cloudformation.DescribeStackEvents": () => ({
      StackEvents: (executed ? events : [])
        .map(({ id, logicalId, status, reason }) => ({
          EventId: id,
          Timestamp: new Date(0),
          LogicalResourceId: logicalId,
          PhysicalResourceId: `${logicalId}-1`,
          ResourceType: logicalId === stack.name ? "AWS::CloudFormation::Stack" : "AWS::SNS::Topic",
          ResourceStatus: status,
          ResourceStatusReason: reason,
        }))
        .toReversed(),
    }),
    "cloudformation.CreateChangeSet": () => ({
      Id: "change-set",
      StackId: "arn:aws:cloudformation:eu-central-1:1:stack/shop-prod-messaging/1",
    }),
    "cloudformation.DescribeChangeSet": () => ({ ...changeSet, Changes: [{}] }),
    "cloudformation.DeleteChangeSet": () => ({}),
    "cloudformation.ExecuteChangeSet": () => {
      executed = true;
      return {};
    },
    "cloudformation.DeleteStack": () => ({}),
  };
}

const operations = (aws: ReturnType<typeof fakeAws>) => aws.calls.map(({ operation }) => operation.replace("cloudformation.", ""));

test("a stack with this template, these values and tags is left alone", async () => {
  const aws = fakeAws(cloudFormation({ statuses: ["UPDATE_COMPLETE"] }));
  const result = await deployStack(fakeDeployment(aws), "1", input);
  expect(result.changes).toBe(0);
  expect(operations(aws)).toEqual(["DescribeStacks", "GetTemplate"]);
});

test("another value makes a change set, executed and followed by resource", async () => {
  const aws = fakeAws(
    cloudFormation({
      statuses: ["CREATE_COMPLETE", "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"],
      value: "old",
      events: [{ id: "1", logicalId: "Topic", status: "UPDATE_COMPLETE" }],
    }),
  );
  const deployment = fakeDeployment(aws, { stacks: [stack], origins: { "messaging/Topic": { key: "alerts" } } });
  expect((await deployStack(deployment, "1", { ...input, kept: ["Gone"] })).stack.status).toBe("UPDATE_COMPLETE");
  expect(aws.calls.find(({ operation }) => operation.endsWith("CreateChangeSet"))?.input).toMatchObject({
    ChangeSetType: "UPDATE",
    TemplateBody: JSON.stringify(template),
    Parameters: [
      { ParameterKey: "Name", ParameterValue: "x" },
      { ParameterKey: "Gone", UsePreviousValue: true },
    ],
  });
  expect(deployment.events).toEqual([
    expect.objectContaining({ type: "resource", logicalId: "Topic", key: "alerts", layer: "messaging", status: "UPDATE_COMPLETE" }),
  ]);
});

test("an empty change set is deleted, and the stack left as it is", async () => {
  const aws = fakeAws(
    cloudFormation({
      statuses: ["CREATE_COMPLETE"],
      value: "old",
      changeSet: {
        Status: "FAILED",
        StatusReason: "The submitted information didn't contain changes. Submit different information to create a change set.",
      },
    }),
  );
  expect((await deployStack(fakeDeployment(aws), "1", input)).changes).toBe(0);
  expect(operations(aws)).toContain("DeleteChangeSet");
  expect(operations(aws)).not.toContain("ExecuteChangeSet");
});

test.each(["ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS", "ROLLBACK_FAILED"])(
  "a stack in %s is deleted before it is made again",
  async (status) => {
    const aws = fakeAws(cloudFormation({ statuses: [status, undefined, "CREATE_IN_PROGRESS", "CREATE_COMPLETE"] }));
    await deployStack(fakeDeployment(aws), "1", input);
    const done = operations(aws).filter((name) => /^(DeleteStack|CreateChangeSet|ExecuteChangeSet)$/.test(name));
    expect(done).toEqual(["DeleteStack", "CreateChangeSet", "ExecuteChangeSet"]);
    expect(aws.calls.find(({ operation }) => operation.endsWith("CreateChangeSet"))?.input).toMatchObject({ ChangeSetType: "CREATE" });
  },
);

test("an update that another run has begun is waited for", async () => {
  const aws = fakeAws(cloudFormation({ statuses: ["UPDATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"] }));
  const deployment = fakeDeployment(aws);
  expect((await deployStack(deployment, "1", input)).changes).toBe(0);
  expect(deployment.events).toEqual([{ type: "note", message: "shop-prod-messaging is UPDATE_IN_PROGRESS: waiting for it to finish." }]);
});

test("one that begins between our look and our change set is waited for, too", async () => {
  const handlers = cloudFormation({ statuses: ["CREATE_COMPLETE", "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"], value: "old" });
  const create = handlers["cloudformation.CreateChangeSet"]!;
  let busy = true;
  handlers["cloudformation.CreateChangeSet"] = (asked) => {
    if (!busy) return create(asked);
    busy = false;
    throw awsError("ValidationError", `Stack:arn:aws:cloudformation:x is in UPDATE_IN_PROGRESS state and can not be updated.`);
  };
  const aws = fakeAws(handlers);
  const deployment = fakeDeployment(aws);
  expect((await deployStack(deployment, "1", input)).changes).toBe(1);
  expect(deployment.events).toContainEqual({
    type: "note",
    message: "shop-prod-messaging is UPDATE_IN_PROGRESS: waiting for it to finish.",
  });
});

test("a change set that somebody else's change has made obsolete is not forced", async () => {
  const handlers = cloudFormation({ statuses: ["CREATE_COMPLETE"], value: "old" });
  handlers["cloudformation.ExecuteChangeSet"] = () => {
    throw awsError(
      "InvalidChangeSetStatusException",
      "ChangeSet [change-set] cannot be executed in its current execution status of [OBSOLETE]",
    );
  };
  await expect(deployStack(fakeDeployment(fakeAws(handlers)), "1", input)).rejects.toMatchObject({
    code: "stack-failed",
    message: expect.stringMatching(/^shop-prod-messaging was changed by somebody else while it was being deployed: .+OBSOLETE/u),
  });
});

test("whose lease is lost executes nothing", async () => {
  const aws = fakeAws(cloudFormation({ statuses: ["CREATE_COMPLETE"], value: "old" }));
  const deployment = { ...fakeDeployment(aws), confirmLease: () => Promise.reject(new Error("lost")) };
  await expect(deployStack(deployment, "1", input)).rejects.toThrow("lost");
  expect(operations(aws)).not.toContain("ExecuteChangeSet");
});

test("a failure names the first cause, not its echoes", async () => {
  const aws = fakeAws(
    cloudFormation({
      statuses: ["CREATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"],
      value: "old",
      events: [
        {
          id: "1",
          logicalId: "Topic",
          status: "UPDATE_FAILED",
          reason:
            'Resource handler returned message: "Invalid parameter (Service: Sns, Status Code: 400, Request ID: 1)" (RequestToken: 2, HandlerErrorCode: InvalidRequest)',
        },
        { id: "2", logicalId: "Other", status: "CREATE_FAILED", reason: "Resource creation cancelled" },
        {
          id: "3",
          logicalId: stack.name,
          status: "UPDATE_ROLLBACK_IN_PROGRESS",
          reason: "The following resource(s) failed to update: [Topic].",
        },
      ],
    }),
  );
  await expect(deployStack(fakeDeployment(aws), "1", input)).rejects.toMatchObject({
    code: "stack-failed",
    message: "Topic in shop-prod-messaging: Invalid parameter",
    remedy: "The stack is back on its last good version, which keeps serving. Correct the cause and deploy again.",
    evidence: [],
    cause: { logicalId: "Topic", physicalId: "Topic-1" },
  });
});

test("a rollback that failed is told with the way out", async () => {
  const aws = fakeAws(cloudFormation({ statuses: ["UPDATE_ROLLBACK_FAILED"] }));
  await expect(deployStack(fakeDeployment(aws), "1", input)).rejects.toMatchObject({
    remedy: "plinth recover says what held it up, and continues it.",
  });
});

test("Ctrl-C before the execution leaves nothing executed", async () => {
  const handlers = cloudFormation({ statuses: ["CREATE_COMPLETE"], value: "old" });
  const aws = fakeAws(handlers);
  const deployment = fakeDeployment(aws);
  handlers["cloudformation.DescribeChangeSet"] = () => {
    deployment.controller.abort();
    return { Status: "CREATE_COMPLETE", Changes: [{}] };
  };
  await expect(deployStack(deployment, "1", input)).rejects.toMatchObject({ code: "interrupted" });
  expect(operations(aws)).not.toContain("ExecuteChangeSet");
});

test.each([
  ["plain", "plain"],
  [
    'Resource handler returned message: "The role is invalid." (RequestToken: 1-2, HandlerErrorCode: NotStabilized)',
    "The role is invalid.",
  ],
])("the reason %j", (reason, plain) => {
  expect(plainReason(reason)).toBe(plain);
});
