/** What each operation asks of policies: the action, on the queue, by its own policy too. */
import type { Authorization, OperationContext } from "../../service.ts";
import { parseQueueUrl, queueArn } from "./queue-address.ts";
import { type Queue, queueByArn, queueByName } from "./queue.ts";

const tagConditions = (prefix: string, tags: Readonly<Record<string, string>> = {}) =>
  Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:${prefix}/${key}`, value]));

const ask = (
  action: string,
  resource: string,
  queue: Queue | undefined,
  conditions: Record<string, string | string[]> = {},
): Authorization => ({
  action: `sqs:${action}`,
  resource,
  conditions: { ...conditions, ...tagConditions("ResourceTag", queue?.tags) },
  resourcePolicy: queue?.settings.policy,
});

interface Input {
  QueueUrl: string;
  Tags?: Record<string, string | undefined> | undefined;
  TagKeys?: string[] | undefined;
}

export const onQueue =
  (action: string) =>
  (input: Input, context: OperationContext): Authorization[] => {
    const { account, name } = parseQueueUrl(input.QueueUrl);
    const queue = account === context.account ? queueByName(context.cloud, context.region, name) : undefined;
    // A service is told that there is no queue, rather than that no policy lets it in.
    if (!queue && context.principal.kind === "service") return [];
    const tags = input.Tags as Record<string, string> | undefined;
    const keys = [...Object.keys(tags ?? {}), ...(input.TagKeys ?? [])];
    const conditions = { ...(keys.length > 0 && { "aws:TagKeys": keys }), ...tagConditions("RequestTag", tags) };
    return [ask(action, queueArn(context.region, account, name), queue, conditions)];
  };

export function onName(action: string, name: string, { cloud, region, account }: OperationContext, owner = account): Authorization {
  return ask(action, queueArn(region, owner, name), owner === account ? queueByName(cloud, region, name) : undefined);
}

export const onArn = (actions: readonly string[], arn: string, { cloud }: OperationContext): Authorization[] =>
  actions.map((action) => ask(action, arn, queueByArn(cloud, arn)));

/** Making a queue with tags is also tagging it. */
export function onCreate(
  input: { QueueName: string; tags?: Record<string, string> | undefined },
  context: OperationContext,
): Authorization[] {
  const keys = Object.keys(input.tags ?? {});
  const conditions = keys.length > 0 ? { "aws:TagKeys": keys, ...tagConditions("RequestTag", input.tags) } : {};
  const arn = queueArn(context.region, context.account, input.QueueName);
  return (keys.length > 0 ? ["CreateQueue", "TagQueue"] : ["CreateQueue"]).map((action) => ask(action, arn, undefined, conditions));
}

/** The source of a move task, as its handle tells it. */
export function sourceInHandle(handle: string): string {
  try {
    const { sourceArn } = JSON.parse(Buffer.from(handle, "base64").toString("utf8")) as { sourceArn?: unknown };
    return typeof sourceArn === "string" ? sourceArn : "*";
  } catch {
    return "*";
  }
}
