/** Why a stack's last deployment failed, in a few lines. */
import type { Aws } from "../aws.ts";
import type { DeployedStack } from "../stacks/stack-state.ts";

export async function deploymentCauses(aws: Aws, stack: DeployedStack): Promise<string[]> {
  const { StackEvents = [] } = await aws.call("cloudformation", "DescribeStackEvents", { StackName: stack.id });
  const failed = StackEvents.filter(
    ({ ResourceStatus = "", ResourceStatusReason = "" }) =>
      ResourceStatus.endsWith("_FAILED") && !/^Resource (creation|update) cancelled/iu.test(ResourceStatusReason),
  );
  const lines = failed.map(
    ({ LogicalResourceId, ResourceType, ResourceStatusReason }) => `${LogicalResourceId} (${ResourceType}): ${ResourceStatusReason ?? ""}`,
  );
  return [...new Set(lines)].slice(0, 5);
}
