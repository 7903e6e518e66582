/** Hands an event's input to a target: each kind of target by the call that AWS makes. */
import { AwsError } from "../../aws-error.ts";
import { conditionKeys } from "../../identity/condition-keys.ts";
import { evaluate } from "../../identity/evaluate.ts";
import { policyOf } from "../../identity/policy.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import type { Call } from "../../service.ts";
import { overridesOf, queueUrl, runTasks } from "../../task-target.ts";
import { callFor } from "./caller.ts";
import { callDestination } from "./http-call.ts";
import type { Invocation } from "./invocation.ts";
import type { Place } from "./place.ts";
import { kindOf } from "./target.ts";
import { handOver } from "./bus-target.ts";

/** @param input `undefined` for a target that gets nothing of the event. Throws what the target answers. */
export async function deliver(place: Place, invocation: Invocation, input: string | undefined): Promise<void> {
  const { target, ruleArn, rule } = invocation;
  const arn = target.Arn ?? "";
  const text = input ?? "";
  const call = () => callFor(place, ruleArn, target.RoleArn, arn.split(":")[3] || place.region);
  switch (kindOf(arn)) {
    case "sqs":
      await call()("sqs", "SendMessage", {
        QueueUrl: queueUrl(place.cloud.endpoint, arn),
        MessageBody: text,
        ...(target.SqsParameters?.MessageGroupId !== undefined && { MessageGroupId: target.SqsParameters.MessageGroupId }),
      });
      return;
    case "sns":
      return publish(place, call(), invocation, text);
    case "lambda":
      await call()("lambda", "Invoke", { FunctionName: arn, InvocationType: "Event", Payload: Buffer.from(text) });
      return;
    case "logs":
      return writeLog(place, call(), invocation, text);
    case "ecs":
      return runTasks(call(), target.EcsParameters!, {
        cluster: arn,
        startedBy: `events-rule/${rule}`,
        clientToken: invocation.key.slice(-32),
        overrides: input === undefined ? undefined : overridesOf(input),
      });
    case "events":
      return handOver(place, invocation);
    case "api-destination":
      return callDestination(place, invocation, text);
  }
}

/** A topic's own policy has to let EventBridge in, where no role stands for the target. */
async function publish(place: Place, call: Call, { target, ruleArn }: Invocation, Message: string): Promise<void> {
  const TopicArn = target.Arn!;
  if (target.RoleArn === undefined) {
    const { Attributes } = await call("sns", "GetTopicAttributes", { TopicArn });
    demandOf(place, ruleArn, "sns:Publish", TopicArn, [Attributes?.["Policy"] ?? ""]);
  }
  await call("sns", "Publish", { TopicArn, Message });
}

/** One stream for each event, as AWS names them. The region's resource policies of CloudWatch Logs have to allow it. */
async function writeLog(place: Place, call: Call, { target, ruleArn, event }: Invocation, message: string): Promise<void> {
  const logGroupName = target.Arn!.split(":")[6]!;
  const { resourcePolicies = [] } = await call("logs", "DescribeResourcePolicies", {});
  const policies = resourcePolicies.map(({ policyDocument = "" }) => policyDocument);
  const logStreamName = event.id;
  const resource = `${target.Arn!.split(":").slice(0, 7).join(":")}:log-stream:${logStreamName}`;
  if (target.RoleArn === undefined) demandOf(place, ruleArn, "logs:PutLogEvents", resource, policies);
  try {
    await call("logs", "CreateLogStream", { logGroupName, logStreamName });
  } catch (error) {
    if (!(error instanceof AwsError && error.code === "ResourceAlreadyExistsException")) throw error;
  }
  await call("logs", "PutLogEvents", { logGroupName, logStreamName, logEvents: [{ timestamp: place.cloud.world.clock.nowMs(), message }] });
}

/** Throws where none of the policies lets EventBridge do it for the rule: it is of no account, so nothing else allows it. */
function demandOf({ cloud, account, region }: Place, ruleArn: string, action: string, resource: string, policies: readonly string[]): void {
  const principal = servicePrincipal(account, "events.amazonaws.com", ruleArn);
  const keys = conditionKeys({ cloud, region, account }, principal);
  const allowed = policies.some((text) => {
    if (text === "") return false;
    const policy = { name: "resource policy", type: "resource", policy: policyOf(cloud, text) } as const;
    return evaluate({ identity: [] }, { action, resource, keys }, { policy, principal }).outcome === "allowed";
  });
  if (!allowed) {
    throw new AwsError(
      "AccessDeniedException",
      `events.amazonaws.com is not allowed to perform ${action} on ${resource} for ${ruleArn}.`,
      403,
    );
  }
}
