/** Queues as CloudFormation makes them: names, changes in place, policies, and what is found again after a crash. */
import { CloudFormationClient, CreateStackCommand, DeleteStackCommand, UpdateStackCommand } from "@aws-sdk/client-cloudformation";
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { expect, test } from "vitest";
import type { ResourceRequest } from "../../../src/resource.ts";
import { queue } from "../../../src/services/sqs/resources/Queue.ts";
import { startSimulatedCloud } from "../../cloud.ts";
import { startTestServer, type TestServer } from "../../server.ts";

const template = (visibility: number | undefined, more: object = {}) =>
  JSON.stringify({
    Resources: {
      Dead: { Type: "AWS::SQS::Queue", Properties: { FifoQueue: true } },
      Runs: {
        Type: "AWS::SQS::Queue",
        Properties: {
          FifoQueue: true,
          ContentBasedDeduplication: true,
          ...(visibility !== undefined && {
            VisibilityTimeout: visibility,
            MaximumMessageSize: 1234,
            KmsMasterKeyId: "alias/aws/sqs",
            KmsDataKeyReusePeriodSeconds: 297,
          }),
          RedrivePolicy: { deadLetterTargetArn: { "Fn::GetAtt": ["Dead", "Arn"] }, maxReceiveCount: 3 },
          Tags: [{ Key: "team", Value: visibility === undefined ? "new" : "old" }],
        },
      },
      Policy: {
        Type: "AWS::SQS::QueuePolicy",
        Properties: {
          Queues: [{ Ref: "Runs" }],
          PolicyDocument: {
            Version: "2012-10-17",
            Statement: [{ Effect: "Allow", Principal: "*", Action: "sqs:SendMessage", Resource: "*" }],
          },
        },
      },
      Inline: {
        Type: "AWS::SQS::QueueInlinePolicy",
        Properties: {
          Queue: { Ref: "Dead" },
          PolicyDocument: {
            Version: "2012-10-17",
            Statement: [{ Effect: "Deny", Principal: "*", Action: "sqs:PurgeQueue", Resource: "*" }],
          },
        },
      },
      ...more,
    },
    Outputs: {
      Url: { Value: { Ref: "Runs" } },
      Name: { Value: { "Fn::GetAtt": ["Runs", "QueueName"] } },
      Dead: { Value: { Ref: "Dead" } },
    },
  });

async function settled({ call }: TestServer) {
  let stack = (await call("cloudformation", "DescribeStacks", { StackName: "app" })).Stacks![0]!;
  while (stack.StackStatus!.endsWith("_IN_PROGRESS")) {
    await new Promise((done) => setTimeout(done, 10));
    stack = (await call("cloudformation", "DescribeStacks", { StackName: stack.StackId! })).Stacks![0]!;
  }
  return {
    status: stack.StackStatus,
    outputs: Object.fromEntries((stack.Outputs ?? []).map((each) => [each.OutputKey!, each.OutputValue!])),
  };
}

test("a stack makes queues with names of their kind, changes them in place and takes them away", async () => {
  await using server = await startTestServer();
  const { call } = server;
  const client = new CloudFormationClient(server.client);
  await client.send(new CreateStackCommand({ StackName: "app", TemplateBody: template(60) }));
  const made = await settled(server);
  expect(made.status).toBe("CREATE_COMPLETE");
  const QueueUrl = made.outputs["Url"]!;
  expect(made.outputs["Name"]).toMatch(/^app-Runs-[A-Za-z0-9]{12}\.fifo$/);
  expect(QueueUrl).toBe(`${server.endpoint}/123456789012/${made.outputs["Name"]}`);
  const attributes = async () => (await call("sqs", "GetQueueAttributes", { QueueUrl, AttributeNames: ["All"] })).Attributes!;
  expect(await attributes()).toMatchObject({ VisibilityTimeout: "60", MaximumMessageSize: "1234", KmsDataKeyReusePeriodSeconds: "297" });
  expect(JSON.parse((await attributes())["Policy"]!)).toMatchObject({ Statement: [{ Effect: "Allow" }] });
  const dead = await call("sqs", "GetQueueAttributes", { QueueUrl: made.outputs["Dead"]!, AttributeNames: ["Policy"] });
  expect(JSON.parse(dead.Attributes!.Policy!)).toMatchObject({ Statement: [{ Effect: "Deny" }] });
  expect((await call("sqs", "ListQueueTags", { QueueUrl })).Tags).toMatchObject({ team: "old", "aws:cloudformation:logical-id": "Runs" });

  await client.send(new UpdateStackCommand({ StackName: "app", TemplateBody: template(undefined) }));
  expect(await settled(server)).toEqual({ status: "UPDATE_COMPLETE", outputs: made.outputs });
  expect(await attributes()).toMatchObject({ VisibilityTimeout: "30", ContentBasedDeduplication: "true", MaximumMessageSize: "262144" });
  expect(Object.keys(await attributes()).filter((name) => name.startsWith("Kms"))).toEqual([]);
  expect((await call("sqs", "ListQueueTags", { QueueUrl })).Tags).toMatchObject({ team: "new" });

  await call("sqs", "CreateQueue", { QueueName: "taken" });
  const taken = { Taken: { Type: "AWS::SQS::Queue", Properties: { QueueName: "taken" } } };
  await client.send(new UpdateStackCommand({ StackName: "app", TemplateBody: template(undefined, taken) }));
  expect((await settled(server)).status).toBe("UPDATE_ROLLBACK_COMPLETE");
  expect((await call("sqs", "ListQueues", { QueueNamePrefix: "taken" })).QueueUrls).toHaveLength(1);

  await client.send(new DeleteStackCommand({ StackName: "app" }));
  await expect.poll(async () => (await call("sqs", "ListQueues", { QueueNamePrefix: "app-" })).QueueUrls).toBeUndefined();
  client.destroy();
  expect(server.reported).toEqual([]);
});

test("what an interrupted create has made is found, and what somebody else has made is not; a name is waited for", async () => {
  await using it = await startSimulatedCloud();
  const request = (token: string): ResourceRequest<ResourceProperties["AWS::SQS::Queue"]> => ({
    cloud: it.cloud,
    account: "123456789012",
    region: "eu-central-1",
    call: it.call,
    callIn: () => it.call,
    stackName: "app",
    stackId: "s",
    logicalId: "Work",
    properties: { QueueName: "work", KmsMasterKeyId: "k" },
    tags: { "aws:cloudformation:stack-id": token, "aws:cloudformation:logical-id": "Work" },
    token,
    physicalName: () => "app-work",
    signal: new AbortController().signal,
  });
  expect(await queue.find!(request("a"))).toBeUndefined();
  const made = await queue.create(request("a"));
  expect(await queue.find!(request("a"))).toEqual(made);
  expect(await queue.find!(request("b"))).toBeUndefined();
  await expect(queue.create(request("b"))).rejects.toMatchObject({ code: "AlreadyExists" });
  await queue.delete({ ...request("a"), physicalId: made.physicalId, policy: "Delete" });
  await queue.delete({ ...request("a"), physicalId: made.physicalId, policy: "Delete" });
  const again = queue.create(request("b"));
  await it.world.clock.advance(60_000);
  expect(await again).toEqual(made);
});
