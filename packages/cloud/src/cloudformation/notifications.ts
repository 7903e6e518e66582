/** A stack's events on their way to the topics of its NotificationARNs, in the form that CloudFormation publishes them in. */
import type { Cloud } from "../cloud.ts";
import type { Principal } from "../identity/principal.ts";
import { notificationTopics, type Stack } from "./stack.ts";
import type { StackEvent } from "./stack-event.ts";

const lastKey = Symbol("the last notification of each stack");

/** Publishes an event to the stack's topics, as whoever began its operation, one event after the other. What cannot be published is lost, as on AWS. */
export function notify(cloud: Cloud, stack: Stack, event: StackEvent): void {
  const topics = notificationTopics(cloud.store, stack);
  const principal = stack.operation?.principal;
  if (topics.length === 0 || !principal) return;
  const Message = messageOf(stack, event, principal);
  const last = cloud.memory(lastKey, () => new Map<string, Promise<void>>());
  const call = cloud.as(principal, stack.region);
  const publish = async () => {
    for (const TopicArn of topics) {
      await call("sns", "Publish", { TopicArn, Subject: "AWS CloudFormation Notification", Message }).catch(() => undefined);
    }
  };
  // After the commit that the event is part of: what SNS writes is none of it.
  const published = (last.get(stack.uuid) ?? Promise.resolve()).then(publish).finally(() => {
    if (last.get(stack.uuid) === published) last.delete(stack.uuid);
  });
  last.set(stack.uuid, published);
  cloud.inBackground("cloudformation: a notification", published);
}

function messageOf(stack: Stack, event: StackEvent, principal: Principal): string {
  const lines: [string, string][] = [
    ["StackId", stack.id],
    ["Timestamp", new Date(event.timeMs).toISOString()],
    ["EventId", event.id],
    ["LogicalResourceId", event.logicalId],
    ["Namespace", principal.account],
    ["PhysicalResourceId", event.physicalId],
    ["PrincipalId", principal.kind === "service" ? principal.service : principal.userId],
    ["ResourceProperties", event.properties ?? "null"],
    ["ResourceStatus", event.status],
    ["ResourceStatusReason", event.reason ?? ""],
    ["ResourceType", event.type],
    ["StackName", stack.name],
    ["ClientRequestToken", event.clientRequestToken ?? "null"],
  ];
  return lines.map(([name, value]) => `${name}='${value}'\n`).join("");
}
