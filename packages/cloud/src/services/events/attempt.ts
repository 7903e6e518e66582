/**
 * One attempt at a target. What fails for good (no such target, no right to it) goes to the dead-letter queue at once; the rest is tried
 * again, after 1, 2, 4 … seconds, 15 minutes at most, as long as the retry policy says. AWS does not publish its own waits.
 */
import { AwsError } from "../../aws-error.ts";
import type { Cloud } from "../../cloud.ts";
import { callFor } from "./caller.ts";
import { queueUrl } from "../../task-target.ts";
import { deliver } from "./deliver.ts";
import { inputFor } from "./input.ts";
import { type Invocation, invocations } from "./invocation.ts";
import { count } from "./metrics.ts";
import type { Place } from "./place.ts";

const firstWaitMs = 1_000;
const longestWaitMs = 900_000;

/** What is left to be tried, with its next time; `undefined` when it is over. */
export async function attempt(cloud: Cloud, invocation: Invocation): Promise<Invocation | undefined> {
  const { region, target } = invocation;
  const place: Place = { cloud, account: cloud.account, region };
  const about = { bus: invocation.bus, name: invocation.rule };
  const tried = { ...invocation, attempts: invocation.attempts + 1 };
  count(cloud, region, about, "InvocationAttempts");
  if (invocation.attempts > 0) count(cloud, region, about, "RetryInvocationAttempts");
  let failure: AwsError;
  try {
    await deliver(place, invocation, inputFor(target, invocation));
    count(cloud, region, about, "Invocations");
    invocations(cloud).delete(region, invocation.key);
    return undefined;
  } catch (error) {
    // What the cloud's own end has broken off has neither succeeded nor failed.
    if (cloud.stopping.aborted) return undefined;
    if (!(error instanceof AwsError)) throw error;
    failure = error;
  }
  const code = deadLetterCode(failure);
  const { MaximumEventAgeInSeconds = 86_400, MaximumRetryAttempts = 185 } = target.RetryPolicy ?? {};
  const tryMs = cloud.world.clock.nowMs() + Math.min(longestWaitMs, firstWaitMs * 2 ** invocation.attempts);
  const tooOld = tryMs - invocation.acceptedMs > MaximumEventAgeInSeconds * 1_000;
  const final = code === "NO_PERMISSIONS" || code === "NO_RESOURCE" || code === "INVALID_PARAMETER" || code === "INVALID_JSON";
  if (!final && tried.attempts <= MaximumRetryAttempts && !tooOld) {
    const next = { ...tried, tryMs };
    invocations(cloud).put(region, next.key, next);
    return next;
  }
  count(cloud, region, about, "Invocations");
  count(cloud, region, about, "FailedInvocations");
  const exhausted = final ? undefined : tooOld ? "MaximumEventAgeInSeconds" : "MaximumRetryAttempts";
  await giveUp(place, tried, { code, message: failure.message }, exhausted);
  invocations(cloud).delete(region, invocation.key);
  return undefined;
}

/** As messages in dead-letter queues name failures. Source: EventBridge User Guide, "Using dead-letter queues to process undelivered events". */
function deadLetterCode({ code, status }: AwsError): string {
  if (/AccessDenied|AuthorizationError|NotAuthorized|Unauthorized/u.test(code)) return "NO_PERMISSIONS";
  if (/NotFound|NonExistentQueue|QueueDoesNotExist/u.test(code)) return "NO_RESOURCE";
  if (/InvalidRequestContent/u.test(code)) return "INVALID_JSON";
  if (/InvalidParameter|Validation|InvalidMessage|MissingParameter/u.test(code)) return "INVALID_PARAMETER";
  if (/Throttl|TooManyRequests/u.test(code)) return "THROTTLING";
  if (code === "ConnectionFailure") return "CONNECTION_FAILURE";
  return status >= 500 ? "SDK_CLIENT_ERROR" : "ERROR_FROM_TARGET";
}

/** Into the target's dead-letter queue, whose policy has to let EventBridge in. Where it does not, the event is lost, as on AWS. */
async function giveUp(
  place: Place,
  { target, event, ruleArn, attempts, bus, rule }: Invocation,
  why: { code: string; message: string },
  exhausted: string | undefined,
): Promise<void> {
  const queue = target.DeadLetterConfig?.Arn;
  if (queue === undefined) return;
  const { cloud, region } = place;
  const text = (StringValue: string) => ({ DataType: "String", StringValue });
  try {
    await callFor(place, ruleArn, undefined)("sqs", "SendMessage", {
      QueueUrl: queueUrl(cloud.endpoint, queue),
      MessageBody: JSON.stringify(event),
      MessageAttributes: {
        ERROR_CODE: text(why.code),
        ERROR_MESSAGE: text(why.message.slice(0, 1_024)),
        ...(exhausted !== undefined && { EXHAUSTED_RETRY_CONDITION: text(exhausted) }),
        RETRY_ATTEMPTS: { DataType: "Number", StringValue: String(attempts - 1) },
        RULE_ARN: text(ruleArn),
        TARGET_ARN: text(target.Arn ?? ""),
      },
    });
    count(cloud, region, { bus, name: rule }, "InvocationsSentToDlq");
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    count(cloud, region, { bus, name: rule }, "InvocationsFailedToBeSentToDlq");
  }
}
