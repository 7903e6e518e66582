/**
 * Invocations: what fell due is written down before it is tried, tried again as the retry policy says, and at last put into the
 * dead-letter queue. Retries wait 1, 2, 4 … seconds, 15 minutes at most; AWS does not publish its own waits.
 */
import type { Target } from "@aws-sdk/client-scheduler";
import { AwsError } from "../../aws-error.ts";
import type { Cloud } from "../../cloud.ts";
import { callAs } from "./role.ts";
import type { Place } from "./place.ts";
import { queueUrl } from "../../task-target.ts";
import { inputFor, invoke } from "./target.ts";

export interface Invocation {
  /** 16 hexadecimal digits. */
  id: string;
  region: string;
  group: string;
  name: string;
  scheduleArn: string;
  scheduledMs: number;
  /** As the schedule had it then. */
  target: Target;
  /** How often it was tried. */
  attempts: number;
  tryMs: number;
  /** Whether the schedule goes with its last invocation. */
  last: boolean;
}

export const invocations = (cloud: Cloud) => cloud.store.collection<Invocation>("scheduler.invocation");
export const invocationKey = ({ group, name, id }: Pick<Invocation, "group" | "name" | "id">) => `${group}/${name}/${id}`;

const firstWaitMs = 1_000;
const longestWaitMs = 900_000;

/** Tries once. `again`: it is to be tried later; it then stands there with its next time. */
export async function attempt(cloud: Cloud, invocation: Invocation): Promise<"done" | "again"> {
  const place: Place = { cloud, account: cloud.account, region: invocation.region };
  const tried = { ...invocation, attempts: invocation.attempts + 1 };
  const occasion = {
    scheduleArn: invocation.scheduleArn,
    scheduledMs: invocation.scheduledMs,
    executionId: invocation.id,
    attempt: tried.attempts,
  };
  const input = inputFor(invocation.target, occasion, place, cloud.world.random.uuid());
  try {
    const call = callAs(place, invocation.target.RoleArn ?? "", invocation.group, invocation.id);
    await invoke(call, cloud.endpoint, invocation.target, input, occasion);
    forget(cloud, invocation);
    return "done";
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const nowMs = cloud.world.clock.nowMs();
    const { MaximumEventAgeInSeconds = 86_400, MaximumRetryAttempts = 185 } = invocation.target.RetryPolicy ?? {};
    const tryMs = nowMs + Math.min(longestWaitMs, firstWaitMs * 2 ** invocation.attempts);
    const tooOld = tryMs - invocation.scheduledMs > MaximumEventAgeInSeconds * 1000;
    if (tried.attempts <= MaximumRetryAttempts && !tooOld) {
      // Taken away meanwhile with its schedule, it stays away.
      if (invocations(cloud).has(invocation.region, invocationKey(invocation))) {
        invocations(cloud).put(invocation.region, invocationKey(invocation), { ...tried, tryMs });
      }
      return "again";
    }
    await giveUp(place, tried, input, error, tried.attempts > MaximumRetryAttempts ? "MaximumRetryAttempts" : "MaximumEventAgeInSeconds");
    forget(cloud, invocation);
    return "done";
  }
}

/** Into the dead-letter queue, as the role. Where that cannot be reached either, it is lost, as on AWS. */
async function giveUp(place: Place, invocation: Invocation, input: string, error: AwsError, condition: string): Promise<void> {
  const { target, group, id } = invocation;
  const queue = target.DeadLetterConfig?.Arn;
  if (queue === undefined) return;
  const text = (StringValue: string) => ({ DataType: "String", StringValue });
  try {
    await callAs(
      place,
      target.RoleArn ?? "",
      group,
      id,
    )("sqs", "SendMessage", {
      QueueUrl: queueUrl(place.cloud.endpoint, queue),
      MessageBody: input,
      MessageAttributes: {
        ERROR_CODE: text(error.code),
        ERROR_MESSAGE: text(error.message),
        EXECUTION_ID: text(id),
        EXHAUSTED_RETRY_CONDITION: text(condition),
        IS_PAYLOAD_TRUNCATED: text("false"),
        RETRY_ATTEMPTS: text(String(invocation.attempts - 1)),
        SCHEDULED_TIME: text(new Date(invocation.scheduledMs).toISOString().replace(/\.\d+Z$/u, "Z")),
        SCHEDULE_ARN: text(invocation.scheduleArn),
        TARGET_ARN: text(target.Arn ?? ""),
      },
    });
  } catch (fault) {
    if (!(fault instanceof AwsError)) throw fault;
  }
}

function forget(cloud: Cloud, invocation: Invocation): void {
  invocations(cloud).delete(invocation.region, invocationKey(invocation));
}
