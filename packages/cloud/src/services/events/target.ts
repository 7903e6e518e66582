/** Targets of rules: which there are, and what is wrong with one, in AWS's words. */
import type { Target } from "@aws-sdk/client-eventbridge";
import { check, invalidParameter, refused, validation } from "./errors.ts";
import { isPath } from "./json-path.ts";

export type Kind = "api-destination" | "ecs" | "events" | "lambda" | "logs" | "sns" | "sqs";

/** From the ARN. Throws for what AWS has and the embedded cloud does not call, by name. */
export function kindOf(arn: string): Kind {
  const [, , service = "", , , resource = ""] = arn.split(":");
  if (service === "sqs" || service === "sns" || service === "lambda") return service;
  if (service === "logs" && resource === "log-group") return "logs";
  if (service === "ecs" && resource.startsWith("cluster/")) return "ecs";
  if (service === "events" && resource.startsWith("event-bus/")) return "events";
  if (service === "events" && resource.startsWith("api-destination/")) return "api-destination";
  throw refused(
    `${names[service] ?? service} as targets of rules (${arn}): only SQS queues, SNS topics, functions, ECS tasks, log groups, event buses and API destinations`,
  );
}

const names: Readonly<Record<string, string>> = {
  batch: "Batch job queues",
  codebuild: "CodeBuild projects",
  codepipeline: "pipelines",
  "execute-api": "API Gateway stages",
  firehose: "Firehose streams",
  kinesis: "Kinesis streams",
  states: "Step Functions state machines",
};

/** Throws where AWS would not take it, or the embedded cloud does not call it. */
export function checkTarget(target: Target, at: string): void {
  const arn = target.Arn ?? "";
  check({
    [`${at}.id`]: [target.Id, { length: [1, 64], pattern: String.raw`[\.\-_A-Za-z0-9]+` }],
    [`${at}.arn`]: [target.Arn, { length: [1, 1600] }],
    [`${at}.roleArn`]: [target.RoleArn, { length: [1, 1600] }],
    [`${at}.input`]: [target.Input, { length: [0, 8192] }],
    [`${at}.inputPath`]: [target.InputPath, { length: [0, 256] }],
    [`${at}.inputTransformer.inputPathsMap`]: [target.InputTransformer?.InputPathsMap, { length: [0, 100] }],
    [`${at}.inputTransformer.inputTemplate`]: [target.InputTransformer?.InputTemplate, { length: [1, 8192] }],
    [`${at}.ecsParameters.taskCount`]: [target.EcsParameters?.TaskCount, { range: [1, 10] }],
    [`${at}.ecsParameters.launchType`]: [target.EcsParameters?.LaunchType, { enum: ["EC2", "FARGATE", "EXTERNAL"] }],
    [`${at}.retryPolicy.maximumRetryAttempts`]: [target.RetryPolicy?.MaximumRetryAttempts, { range: [0, 185] }],
    [`${at}.retryPolicy.maximumEventAgeInSeconds`]: [target.RetryPolicy?.MaximumEventAgeInSeconds, { range: [60, 86_400] }],
  });
  if (!/^arn:[\w-]+:[\w-]+:.*:.+/u.test(arn)) throw invalidParameter(arn, "Provided Arn is not in correct format.");
  if ([target.Input, target.InputPath, target.InputTransformer].filter((one) => one !== undefined).length > 1) {
    throw validation(`Only one of Input, InputPath, or InputTransformer must be provided for target ${target.Id}.`);
  }
  const kind = kindOf(arn);
  if (kind === "ecs" && !target.EcsParameters) throw validation(`Parameter(s) EcsParameters must be specified for target: ${target.Id}.`);
  if (kind === "ecs" && target.RoleArn === undefined) throw validation(`RoleArn is required for target ${arn}.`);
  if (kind === "api-destination" && target.RoleArn === undefined) throw validation(`RoleArn is required for target ${arn}.`);
  if (kind === "sqs" && arn.endsWith(".fifo") && !target.SqsParameters?.MessageGroupId) {
    throw validation(`Parameter(s) SqsParameters must be specified for target: ${target.Id}.`);
  }
  if (target.Input !== undefined) checkJson(target.Input, target);
  if (target.InputPath !== undefined && !isPath(target.InputPath)) throw invalidParameter("InputPath", "Invalid JSONPath provided.");
  for (const path of Object.values(target.InputTransformer?.InputPathsMap ?? {})) {
    if (!isPath(path)) throw invalidParameter("InputPathsMap", "Invalid JSONPath provided.");
  }
  checkTemplate(target);
}

function checkJson(text: string, { Id }: Target): void {
  try {
    JSON.parse(text);
  } catch {
    throw validation(`Parameter Input for target ${Id} is not valid JSON.`);
  }
}

/** A name in a template is one of the map's, or one of EventBridge's own. */
function checkTemplate({ Id, InputTransformer: transformer }: Target): void {
  for (const [, name = ""] of (transformer?.InputTemplate ?? "").matchAll(/<([\w.-]+)>/gu)) {
    if (name.startsWith("aws.events.") || Object.hasOwn(transformer?.InputPathsMap ?? {}, name)) continue;
    throw validation(`InputTemplate for target ${Id} contains invalid placeholder ${name}.`);
  }
}
