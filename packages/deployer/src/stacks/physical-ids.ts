/** What AWS calls the resources of a stack. */
import type { Template } from "@plinth/cloudformation";
import { isAwsError, type Aws } from "../aws.ts";
import type { DeployedStack } from "./stack-state.ts";

/** The physical ids of a template's resources of one type that stand. */
export async function physicalIds(
  aws: Aws,
  stack: Pick<DeployedStack, "name">,
  template: Pick<Template, "Resources"> | undefined,
  type: string,
): Promise<string[]> {
  const logicalIds = Object.entries(template?.Resources ?? {}).flatMap(([id, { Type }]) => (Type === type ? [id] : []));
  const found = await Promise.all(
    logicalIds.map(async (LogicalResourceId) => {
      const { StackResources = [] } = await aws.call("cloudformation", "DescribeStackResources", {
        StackName: stack.name,
        LogicalResourceId,
      });
      const [resource] = StackResources;
      return resource?.ResourceStatus === "DELETE_COMPLETE" ? undefined : resource?.PhysicalResourceId;
    }),
  );
  return found.flatMap((id) => (id ? [id] : []));
}

/** `undefined` where the stack has no such resource. */
export async function physicalId(aws: Aws, { name: StackName }: Pick<DeployedStack, "name">, id: string): Promise<string | undefined> {
  try {
    const { StackResources = [] } = await aws.call("cloudformation", "DescribeStackResources", { StackName, LogicalResourceId: id });
    return StackResources[0]?.PhysicalResourceId;
  } catch (error) {
    if (isAwsError(error, "ValidationError")) return undefined;
    throw error;
  }
}

/** All of a stack that stand, by their logical ids. */
export async function resourceIds(aws: Aws, StackName: string): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  let NextToken: string | undefined;
  do {
    const page = await aws.call("cloudformation", "ListStackResources", { StackName, NextToken });
    for (const { LogicalResourceId, PhysicalResourceId, ResourceStatus } of page.StackResourceSummaries ?? []) {
      if (LogicalResourceId && PhysicalResourceId && ResourceStatus !== "DELETE_COMPLETE") ids.set(LogicalResourceId, PhysicalResourceId);
    }
    NextToken = page.NextToken;
  } while (NextToken);
  return ids;
}
