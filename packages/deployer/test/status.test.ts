import { expect, test } from "vitest";
import { readStatus } from "../src/status.ts";
import { emptyAssembly, fakeAws } from "./fake-aws.ts";

const stack = (layer: string) => ({
  StackName: `shop-prod-${layer}`,
  StackStatus: "UPDATE_COMPLETE",
  Tags: Object.entries({ "plinth:app": "shop", "plinth:stage": "prod", "plinth:layer": layer }).map(([Key, Value]) => ({ Key, Value })),
});
const resource = (LogicalResourceId: string, ResourceType: string) => ({
  LogicalResourceId,
  ResourceType,
  PhysicalResourceId: ResourceType.endsWith("Queue") ? `https://sqs/${LogicalResourceId}` : LogicalResourceId,
  ResourceStatus: "CREATE_COMPLETE",
});

test("queues with what waits and what is dead, every alarm of many, with its reason when it fires", async () => {
  const alarms = Array.from({ length: 120 }, (_, index) => `Alarm${index}`);
  const queues: Record<string, Record<string, string>> = {
    Runs: {
      QueueArn: "arn:runs",
      RedrivePolicy: '{"deadLetterTargetArn":"arn:dead","maxReceiveCount":3}',
      ApproximateNumberOfMessages: "4",
      ApproximateNumberOfMessagesNotVisible: "2",
      ApproximateNumberOfMessagesDelayed: "1",
    },
    RunsDead: { QueueArn: "arn:dead", ApproximateNumberOfMessages: "3" },
    Mails: { QueueArn: "arn:mails", ApproximateNumberOfMessages: "0" },
  };
  const aws = fakeAws({
    "cloudformation.DescribeStacks": () => ({ Stacks: [stack("messaging"), stack("observability"), stack("compute")] }),
    "cloudformation.DescribeStackResources": ({ StackName }: { StackName: string }) => ({
      StackResources: StackName.endsWith("messaging")
        ? [...Object.keys(queues), "Gone"].map((id) => resource(id, "AWS::SQS::Queue"))
        : alarms.map((id) => resource(id, "AWS::CloudWatch::Alarm")),
    }),
    "sqs.GetQueueAttributes": ({ QueueUrl }: { QueueUrl: string }) => {
      const Attributes = queues[QueueUrl.split("/").at(-1)!];
      if (!Attributes) throw Object.assign(new Error("gone"), { name: "QueueDoesNotExist" });
      return { Attributes };
    },
    "cloudwatch.DescribeAlarms": ({ AlarmNames }: { AlarmNames: string[] }) => ({
      MetricAlarms: AlarmNames.map((AlarmName) => ({
        AlarmName,
        StateValue: AlarmName === "Alarm110" ? "ALARM" : "OK",
        StateReason: "Threshold Crossed",
      })),
    }),
    "ssm.GetParametersByPath": () => ({ Parameters: [] }),
    "ssm.GetParameter": () => {
      throw Object.assign(new Error("none"), { name: "ParameterNotFound" });
    },
  });
  const status = await readStatus(aws, { ...emptyAssembly, origins: { "messaging/Runs": { key: "runs" } } }, "/nowhere", new Date(0));
  expect(status.queues).toEqual([
    { name: "runs", url: "https://sqs/Runs", waiting: 4, inFlight: 2, delayed: 1, dead: 3 },
    { name: "Mails", url: "https://sqs/Mails", waiting: 0, inFlight: 0, delayed: 0 },
  ]);
  expect(status.alarms).toHaveLength(120);
  expect(status.alarms.filter(({ reason }) => reason !== undefined)).toEqual([
    { name: "Alarm110", state: "ALARM", reason: "Threshold Crossed" },
  ]);
});
