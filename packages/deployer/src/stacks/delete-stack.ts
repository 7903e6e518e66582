/** Deletes one stack and waits until it is gone. */
import type { Aws } from "../aws.ts";
import { DeployError } from "../deploy-error.ts";
import type { Deployment } from "../deployment.ts";
import { plainReason } from "./plain-reason.ts";
import { rootCauses } from "./root-cause.ts";
import { followStack, newStackEvents } from "./stack-events.ts";
import { isInProgress, type DeployedStack } from "./stack-state.ts";

/** @returns how many of its resources were deleted. @throws DeployError `stack-failed`, with what could not be deleted. */
export async function deleteStack(deployment: Deployment, aws: Aws, stack: DeployedStack): Promise<number> {
  const seen = new Set<string>();
  await newStackEvents(aws, stack.id, seen);
  if (isInProgress(stack.status) && stack.status !== "DELETE_IN_PROGRESS") await followStack(deployment, aws, stack.id, seen);
  await deployment.confirmLease?.();
  await aws.call("cloudformation", "DeleteStack", { StackName: stack.id });
  const { stack: left, events } = await followStack(deployment, aws, stack.id, seen);
  if (!left)
    return events.filter(({ status, resourceType }) => status === "DELETE_COMPLETE" && resourceType !== "AWS::CloudFormation::Stack")
      .length;
  const causes = rootCauses(events);
  const [cause] = causes;
  const reason = cause
    ? `${cause.logicalId} (${cause.resourceType}): ${plainReason(cause.reason ?? "")}`
    : (left.statusReason ?? left.status);
  throw new DeployError("stack-failed", `${stack.name} could not be deleted: ${reason}`, {
    remedy: "What is already deleted stays so; remove the obstacle and run the same command again.",
    evidence: causes.slice(1).map((event) => `${event.logicalId} (${event.resourceType}): ${plainReason(event.reason ?? "")}`),
  });
}
