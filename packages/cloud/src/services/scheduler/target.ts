/** What a schedule calls: which targets there are, what is wrong with one, and the call itself, as its role. */
import type { Target } from "@aws-sdk/client-scheduler";
import { AwsError } from "../../aws-error.ts";
import { assumableBy } from "./role.ts";
import { check, refused, roleNotAssumable, validation } from "./errors.ts";
import type { Place } from "./place.ts";
import type { Call } from "../../service.ts";
import { overridesOf, queueUrl, runTasks } from "../../task-target.ts";

type Kind = "ecs" | "events" | "lambda" | "sqs" | "sns";

/** From the ARN. Throws for what AWS has and the embedded cloud does not call, by name. */
export function kindOf(arn: string): Kind {
  const [prefix, , service = "", , , resource = ""] = arn.split(":");
  if (prefix !== "arn") throw validation("Provided Arn is not in correct format.");
  if (service === "scheduler" && resource === "aws-sdk") throw refused(`universal targets of schedules (${arn})`);
  if (service === "ecs" && resource.startsWith("cluster/")) return "ecs";
  if (service === "sqs" || service === "sns" || service === "lambda") return service;
  if (service === "events" && resource.startsWith("event-bus/")) return "events";
  throw refused(`targets of schedules other than ECS tasks, SQS queues, SNS topics, functions and event buses (${arn})`);
}

/** The target with its retry policy filled in, as it is described. */
export function checkTarget(place: Place, target: Target, schedule: { group: string }): Target {
  check({
    "target.arn": [target.Arn, { length: [1, 1600] }],
    "target.roleArn": [target.RoleArn, { length: [1, 1600], pattern: String.raw`arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@\/-]+` }],
    "target.input": [target.Input, { length: [1, 262_144] }],
    "target.retryPolicy.maximumEventAgeInSeconds": [target.RetryPolicy?.MaximumEventAgeInSeconds, { range: [60, 86_400] }],
    "target.retryPolicy.maximumRetryAttempts": [target.RetryPolicy?.MaximumRetryAttempts, { range: [0, 185] }],
    "target.ecsParameters.taskCount": [target.EcsParameters?.TaskCount, { range: [1, 10] }],
    "target.ecsParameters.launchType": [target.EcsParameters?.LaunchType, { enum: ["EC2", "FARGATE", "EXTERNAL"] }],
    "target.sqsParameters.messageGroupId": [target.SqsParameters?.MessageGroupId, { length: [1, 128] }],
    "target.deadLetterConfig.arn": [
      target.DeadLetterConfig?.Arn,
      { length: [1, 1600], pattern: String.raw`arn:aws[a-z-]*:sqs:[a-z0-9\-]+:\d{12}:[a-zA-Z0-9\-_]+` },
    ],
  });
  const kind = kindOf(target.Arn ?? "");
  if (kind === "ecs" && !target.EcsParameters) throw validation("EcsParameters must be provided for the ECS target.");
  if (kind !== "ecs" && target.EcsParameters) throw validation("EcsParameters are only supported for ECS targets.");
  if (kind === "events" && !target.EventBridgeParameters)
    throw validation("EventBridgeParameters must be provided for the EventBridge target.");
  if (kind !== "events" && target.EventBridgeParameters)
    throw validation("EventBridgeParameters are only supported for EventBridge targets.");
  if (kind !== "sqs" && target.SqsParameters) throw validation("SqsParameters are only supported for SQS targets.");
  if (kind === "ecs" && target.Input !== undefined) overridesOf(target.Input);
  if (kind === "sqs" && target.Arn!.endsWith(".fifo") && !target.SqsParameters?.MessageGroupId) {
    throw validation("MessageGroupId must be provided for an SQS FIFO target.");
  }
  if (!assumableBy(place, target.RoleArn ?? "", schedule.group)) throw roleNotAssumable();
  const { MaximumEventAgeInSeconds = 86_400, MaximumRetryAttempts = 185 } = target.RetryPolicy ?? {};
  return { ...target, RetryPolicy: { MaximumEventAgeInSeconds, MaximumRetryAttempts } };
}

/** Of one invocation: what its input may name. */
export interface Occasion {
  scheduleArn: string;
  scheduledMs: number;
  executionId: string;
  /** From 1. */
  attempt: number;
}

/** Source: EventBridge Scheduler User Guide, "Adding context attributes". */
export function inputFor({ Input }: Target, occasion: Occasion, { account, region }: Place, eventId: string): string {
  const time = new Date(occasion.scheduledMs).toISOString().replace(/\.\d+Z$/u, "Z");
  if (Input === undefined) {
    return JSON.stringify({
      version: "0",
      id: eventId,
      "detail-type": "Scheduled Event",
      source: "aws.scheduler",
      account,
      time,
      region,
      resources: [occasion.scheduleArn],
      detail: "{}",
    });
  }
  const values: Record<string, string> = {
    "<aws.scheduler.schedule-arn>": occasion.scheduleArn,
    "<aws.scheduler.scheduled-time>": time,
    "<aws.scheduler.execution-id>": occasion.executionId,
    "<aws.scheduler.attempt-number>": String(occasion.attempt),
  };
  return Input.replace(/<aws\.scheduler\.[a-z-]+>/gu, (name) => values[name] ?? name);
}

/** Throws what the target answers. */
export async function invoke(call: Call, endpoint: string, target: Target, input: string, occasion: Occasion): Promise<void> {
  const arn = target.Arn ?? "";
  switch (kindOf(arn)) {
    case "ecs":
      return runTasks(call, target.EcsParameters!, {
        cluster: arn,
        startedBy: `chronos-schedule/${occasion.scheduleArn.slice(occasion.scheduleArn.lastIndexOf("/") + 1)}`,
        clientToken: occasion.executionId,
        overrides: target.Input === undefined ? undefined : overridesOf(input),
      });
    case "sqs":
      await call("sqs", "SendMessage", {
        QueueUrl: queueUrl(endpoint, arn),
        MessageBody: input,
        ...(target.SqsParameters?.MessageGroupId !== undefined && { MessageGroupId: target.SqsParameters.MessageGroupId }),
      });
      return;
    case "sns":
      await call("sns", "Publish", { TopicArn: arn, Message: input });
      return;
    case "lambda":
      await call("lambda", "Invoke", { FunctionName: arn, InvocationType: "Event", Payload: Buffer.from(input) });
      return;
    case "events":
      return putEvent(call, target, input, occasion);
  }
}

/** The input is the event's detail. */
async function putEvent(
  call: Call,
  { Arn, EventBridgeParameters: given }: Target,
  input: string,
  { scheduleArn }: Occasion,
): Promise<void> {
  const { Entries = [] } = await call("events", "PutEvents", {
    Entries: [{ EventBusName: Arn, Source: given?.Source, DetailType: given?.DetailType, Resources: [scheduleArn], Detail: input }],
  });
  const [entry] = Entries;
  if (entry?.ErrorCode !== undefined) throw new AwsError(entry.ErrorCode, entry.ErrorMessage ?? "");
}
