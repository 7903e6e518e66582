/** Databases that AWS refuses to delete until their protection is lifted. */
import type { Template } from "@plinth/cloudformation";
import { isAwsError, type Aws } from "./aws.ts";
import type { DeployedStack } from "./stacks/stack-state.ts";

/** Asked live: somebody may have switched protection on or off by hand. */
export async function findProtected(
  aws: Aws,
  stack: Pick<DeployedStack, "name">,
  template: Pick<Template, "Resources"> | undefined,
): Promise<string[]> {
  const databases = Object.entries(template?.Resources ?? {}).filter(([, { Type }]) => Type === "AWS::RDS::DBInstance");
  const found = await Promise.all(
    databases.map(async ([LogicalResourceId]) => {
      const { StackResources = [] } = await aws.call("cloudformation", "DescribeStackResources", {
        StackName: stack.name,
        LogicalResourceId,
      });
      const DBInstanceIdentifier = StackResources[0]?.PhysicalResourceId;
      if (!DBInstanceIdentifier || StackResources[0]?.ResourceStatus === "DELETE_COMPLETE") return undefined;
      try {
        const { DBInstances = [] } = await aws.call("rds", "DescribeDBInstances", { DBInstanceIdentifier });
        return DBInstances[0]?.DeletionProtection ? DBInstanceIdentifier : undefined;
      } catch (error) {
        if (isAwsError(error, "DBInstanceNotFoundFault", "DBInstanceNotFound")) return undefined;
        throw error;
      }
    }),
  );
  return found.filter((id) => id !== undefined);
}

/** Switches their protection off. */
export async function liftProtection(aws: Aws, identifiers: readonly string[]): Promise<void> {
  for (const DBInstanceIdentifier of identifiers) {
    await aws.call("rds", "ModifyDBInstance", { DBInstanceIdentifier, DeletionProtection: false, ApplyImmediately: true });
  }
}
