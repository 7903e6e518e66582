/** Databases and load balancers that AWS refuses to delete until their protection is lifted. */
import type { Template } from "@plinth/cloudformation";
import { isAwsError, type Aws } from "./aws.ts";
import { physicalIds } from "./stacks/physical-ids.ts";
import type { DeployedStack } from "./stacks/stack-state.ts";

const kinds = {
  "AWS::RDS::DBInstance": { isProtected: isProtectedDatabase, lift: liftDatabase },
  "AWS::ElasticLoadBalancingV2::LoadBalancer": { isProtected: isProtectedLoadBalancer, lift: liftLoadBalancer },
} as const;

const protectionOfLoadBalancer = "deletion_protection.enabled";

/** Asked live: somebody may have switched protection on or off by hand. Answers the names of databases and the ARNs of load balancers. */
export async function findProtected(
  aws: Aws,
  stack: Pick<DeployedStack, "name">,
  template: Pick<Template, "Resources"> | undefined,
): Promise<string[]> {
  const found = await Promise.all(
    Object.entries(kinds).map(async ([type, { isProtected }]) => {
      const ids = await physicalIds(aws, stack, template, type);
      const states = await Promise.all(ids.map((id) => isProtected(aws, id)));
      return ids.filter((_, index) => states[index]);
    }),
  );
  return found.flat();
}

/** Switches their protection off. */
export async function liftProtection(aws: Aws, identifiers: readonly string[]): Promise<void> {
  for (const id of identifiers) {
    const type = id.startsWith("arn:") ? "AWS::ElasticLoadBalancingV2::LoadBalancer" : "AWS::RDS::DBInstance";
    await kinds[type].lift(aws, id);
  }
}

async function isProtectedDatabase(aws: Aws, DBInstanceIdentifier: string): Promise<boolean> {
  try {
    const { DBInstances = [] } = await aws.call("rds", "DescribeDBInstances", { DBInstanceIdentifier });
    return DBInstances[0]?.DeletionProtection === true;
  } catch (error) {
    if (isAwsError(error, "DBInstanceNotFoundFault", "DBInstanceNotFound")) return false;
    throw error;
  }
}

async function isProtectedLoadBalancer(aws: Aws, LoadBalancerArn: string): Promise<boolean> {
  try {
    const { Attributes = [] } = await aws.call("elbv2", "DescribeLoadBalancerAttributes", { LoadBalancerArn });
    return Attributes.some(({ Key, Value }) => Key === protectionOfLoadBalancer && Value === "true");
  } catch (error) {
    if (isAwsError(error, "LoadBalancerNotFoundException", "LoadBalancerNotFound")) return false;
    throw error;
  }
}

async function liftDatabase(aws: Aws, DBInstanceIdentifier: string): Promise<void> {
  await aws.call("rds", "ModifyDBInstance", { DBInstanceIdentifier, DeletionProtection: false, ApplyImmediately: true });
}

async function liftLoadBalancer(aws: Aws, LoadBalancerArn: string): Promise<void> {
  await aws.call("elbv2", "ModifyLoadBalancerAttributes", {
    LoadBalancerArn,
    Attributes: [{ Key: protectionOfLoadBalancer, Value: "false" }],
  });
}
