/** Following a stack: its events as they come, until the stack is at rest. */
import type { Aws, Output } from "../aws.ts";
import { pollingDelaysMs, type Deployment } from "../deployment.ts";
import type { ResourceEvent } from "../event.ts";
import { originOf } from "../origin.ts";
import { plainReason } from "./plain-reason.ts";
import { describeStack, isInProgress, type DeployedStack } from "./stack-state.ts";

export interface StackEvent {
  id: string;
  at: Date;
  logicalId: string;
  physicalId: string;
  resourceType: string;
  status: string;
  reason?: string;
}

/** The events that `seen` does not know yet, oldest first; `seen` knows them from then on. */
export async function newStackEvents(aws: Aws, stackId: string, seen: Set<string>): Promise<StackEvent[]> {
  const fresh: StackEvent[] = [];
  let NextToken: string | undefined;
  do {
    const page: Output<"cloudformation", "DescribeStackEvents"> = await aws.call("cloudformation", "DescribeStackEvents", {
      StackName: stackId,
      NextToken,
    });
    NextToken = page.NextToken;
    for (const event of page.StackEvents ?? []) {
      const id = event.EventId ?? "";
      if (seen.has(id)) {
        NextToken = undefined;
        break;
      }
      seen.add(id);
      fresh.push({
        id,
        at: event.Timestamp ?? new Date(0),
        logicalId: event.LogicalResourceId ?? "",
        physicalId: event.PhysicalResourceId ?? "",
        resourceType: event.ResourceType ?? "",
        status: event.ResourceStatus ?? "",
        ...(event.ResourceStatusReason === undefined ? {} : { reason: event.ResourceStatusReason }),
      });
    }
  } while (NextToken);
  return fresh.toReversed();
}

/**
 * Waits until the stack is at rest and tells of its resources meanwhile.
 * @param stackId its ARN: a name no longer finds a stack that has been deleted.
 * @returns its last state (`undefined` when it is gone), and all events since `seen`.
 */
export async function followStack(
  deployment: Deployment,
  aws: Aws,
  stackId: string,
  seen: Set<string>,
): Promise<{ stack: DeployedStack | undefined; events: StackEvent[] }> {
  const events: StackEvent[] = [];
  for (const delayMs of pollingDelaysMs(aws)) {
    // The state first: what happened before it was read is then among the events.
    const stack = await describeStack(aws, stackId);
    const fresh = await newStackEvents(aws, stackId, seen);
    for (const event of fresh) deployment.emit(toResourceEvent(deployment, stack, stackId, event));
    events.push(...fresh);
    if (!stack || !isInProgress(stack.status)) return { stack, events };
    await deployment.time.sleep(delayMs, deployment.signal);
  }
  throw new Error("unreachable");
}

function toResourceEvent(deployment: Deployment, stack: DeployedStack | undefined, stackId: string, event: StackEvent): ResourceEvent {
  const name = stack?.name ?? stackId.split("/")[1] ?? stackId;
  const layer = stack?.layer ?? deployment.assembly.stacks.find((one) => one.name === name)?.layer;
  const origin = originOf(deployment.assembly, layer, event.logicalId);
  return {
    type: "resource",
    stack: name,
    layer,
    logicalId: event.logicalId,
    resourceType: event.resourceType,
    ...(origin ? { key: origin.key } : {}),
    status: event.status,
    ...(event.reason === undefined ? {} : { reason: plainReason(event.reason) }),
  };
}
