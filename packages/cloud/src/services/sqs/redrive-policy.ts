/** Where messages go that nobody could work on: RedrivePolicy of the source, RedriveAllowPolicy of the dead-letter queue. */
import { invalidAttributeValue, invalidParameter } from "./errors.ts";
import type { Asking } from "./attribute-rules.ts";
import { parseQueueArn } from "./queue-address.ts";
import { type Queue, queueByArn } from "./queue.ts";

/** Checks a RedrivePolicy for the queue that asks. As it is kept: `maxReceiveCount` is a number. */
export function normalRedrivePolicy(text: string, { cloud, region, arn, fifo }: Asking): string {
  const fail = (reason: string) => invalidParameter(text, "RedrivePolicy", reason);
  const policy = parsed(text);
  if (!policy) throw fail("Redrive policy is not a valid JSON map.");
  const { deadLetterTargetArn: target, maxReceiveCount: count } = policy;
  if (target === undefined) throw fail("Redrive policy does not contain mandatory attribute: deadLetterTargetArn.");
  if (count === undefined) throw fail("Redrive policy does not contain mandatory attribute: maxReceiveCount.");
  const times = Number(count);
  if (!/^\d+$/u.test(String(count)) || times < 1 || times > 1000) {
    throw fail(`Invalid value for maxReceiveCount: ${String(count)}, valid values are from 1 to 1000 both inclusive.`);
  }
  const parts = typeof target === "string" ? parseQueueArn(target) : undefined;
  if (!parts) throw fail("Invalid value for deadLetterTargetArn.");
  if (parts.region !== region || parts.account !== cloud.account) {
    throw fail("Dead-letter target owner should be same as the source.");
  }
  const queue = queueByArn(cloud, target as string);
  if (!queue) throw fail("Dead letter target does not exist.");
  if (queue.settings.fifo !== fifo) throw fail("Dead-letter queue must be same type of queue as the source.");
  if (!mayRedriveTo(queue, arn)) {
    throw fail("Queue does not have permission to use the dead-letter queue: its RedriveAllowPolicy does not allow this source queue.");
  }
  return typeof count === "number" ? text : JSON.stringify({ ...policy, maxReceiveCount: times });
}

/** Whether a dead-letter queue takes messages of this source. */
export function mayRedriveTo(target: Queue, sourceArn: string): boolean {
  const allow = parsed(target.attributes["RedriveAllowPolicy"] ?? "{}") as AllowPolicy;
  if (allow.redrivePermission === "denyAll") return false;
  return allow.redrivePermission !== "byQueue" || (allow.sourceQueueArns ?? []).includes(sourceArn);
}

interface AllowPolicy {
  redrivePermission?: "allowAll" | "denyAll" | "byQueue";
  sourceQueueArns?: string[];
}

export function checkRedriveAllowPolicy(text: string): void {
  const policy = parsed(text) as AllowPolicy | undefined;
  if (!policy) throw invalidAttributeValue("RedriveAllowPolicy");
  const fail = (reason: string) => invalidParameter(text, "RedriveAllowPolicy", reason);
  const { redrivePermission: permission = "allowAll", sourceQueueArns: sources } = policy;
  if (!["allowAll", "denyAll", "byQueue"].includes(permission)) {
    throw fail("Invalid value for redrivePermission, valid values are allowAll, denyAll and byQueue.");
  }
  if (permission !== "byQueue") {
    if (sources !== undefined) throw fail("sourceQueueArns can only be specified when redrivePermission is byQueue.");
    return;
  }
  if (!Array.isArray(sources) || sources.length === 0) throw fail("sourceQueueArns must be specified when redrivePermission is byQueue.");
  if (sources.length > 10) throw fail("sourceQueueArns can have at most 10 elements.");
  if (!sources.every((arn) => typeof arn === "string" && parseQueueArn(arn))) throw fail("Invalid value for sourceQueueArns.");
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
