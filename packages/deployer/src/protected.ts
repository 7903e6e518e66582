/** Databases, clusters and load balancers that AWS refuses to delete until their protection is lifted. */
import type { Template } from "@plinth/cloudformation";
import { isAwsError, type Aws } from "./aws.ts";
import { physicalIds } from "./stacks/physical-ids.ts";
import type { DeployedStack } from "./stacks/stack-state.ts";

interface Kind {
  /** In plain words. */
  word: string;
  isProtected(aws: Aws, id: string): Promise<boolean>;
  lift(aws: Aws, id: string): Promise<void>;
}

const kinds = {
  "AWS::RDS::GlobalCluster": { word: "global database", isProtected: isProtectedGlobal, lift: liftGlobal },
  "AWS::RDS::DBCluster": { word: "database cluster", isProtected: isProtectedCluster, lift: liftCluster },
  "AWS::RDS::DBInstance": { word: "database", isProtected: isProtectedDatabase, lift: liftDatabase },
  "AWS::ElasticLoadBalancingV2::LoadBalancer": { word: "load balancer", isProtected: isProtectedLoadBalancer, lift: liftLoadBalancer },
} as const satisfies Record<string, Kind>;

export interface Protected {
  type: keyof typeof kinds;
  /** What AWS calls it: a name, of load balancers the ARN. */
  id: string;
  region: string;
}

const protectionOfLoadBalancer = "deletion_protection.enabled";

/** Asked live: somebody may have switched protection on or off by hand. */
export async function findProtected(
  aws: Aws,
  stack: Pick<DeployedStack, "name">,
  template: Pick<Template, "Resources"> | undefined,
): Promise<Protected[]> {
  const found = await Promise.all(
    (Object.keys(kinds) as Protected["type"][]).map(async (type) => {
      const ids = await physicalIds(aws, stack, template, type);
      const states = await Promise.all(ids.map((id) => kinds[type].isProtected(aws, id)));
      return ids.filter((_, index) => states[index]).map((id) => ({ type, id, region: aws.region }));
    }),
  );
  return found.flat();
}

/** `the load balancer shop-prod`: by its name, where AWS's own is an ARN. */
export function protectedText({ type, id }: Pick<Protected, "type" | "id">): string {
  return `the ${kinds[type].word} ${id.startsWith("arn:") ? (id.split("/").at(-2) ?? id) : id}`;
}

/** Switches their protection off. */
export async function liftProtection(aws: Aws, all: readonly Protected[]): Promise<void> {
  for (const { type, id, region } of all) await kinds[type].lift(aws.in(region), id);
}

async function isProtectedDatabase(aws: Aws, DBInstanceIdentifier: string): Promise<boolean> {
  try {
    const { DBInstances = [] } = await aws.call("rds", "DescribeDBInstances", { DBInstanceIdentifier });
    // An instance of a cluster has no protection of its own.
    return DBInstances[0]?.DeletionProtection === true && DBInstances[0].DBClusterIdentifier === undefined;
  } catch (error) {
    if (isAwsError(error, "DBInstanceNotFoundFault", "DBInstanceNotFound")) return false;
    throw error;
  }
}

async function isProtectedCluster(aws: Aws, DBClusterIdentifier: string): Promise<boolean> {
  try {
    const { DBClusters = [] } = await aws.call("rds", "DescribeDBClusters", { DBClusterIdentifier });
    return DBClusters[0]?.DeletionProtection === true;
  } catch (error) {
    if (isAwsError(error, "DBClusterNotFoundFault")) return false;
    throw error;
  }
}

async function isProtectedGlobal(aws: Aws, GlobalClusterIdentifier: string): Promise<boolean> {
  try {
    const { GlobalClusters = [] } = await aws.call("rds", "DescribeGlobalClusters", { GlobalClusterIdentifier });
    return GlobalClusters[0]?.DeletionProtection === true;
  } catch (error) {
    if (isAwsError(error, "GlobalClusterNotFoundFault")) return false;
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

async function liftCluster(aws: Aws, DBClusterIdentifier: string): Promise<void> {
  await aws.call("rds", "ModifyDBCluster", { DBClusterIdentifier, DeletionProtection: false, ApplyImmediately: true });
}

async function liftGlobal(aws: Aws, GlobalClusterIdentifier: string): Promise<void> {
  await aws.call("rds", "ModifyGlobalCluster", { GlobalClusterIdentifier, DeletionProtection: false });
}

async function liftLoadBalancer(aws: Aws, LoadBalancerArn: string): Promise<void> {
  await aws.call("elbv2", "ModifyLoadBalancerAttributes", {
    LoadBalancerArn,
    Attributes: [{ Key: protectionOfLoadBalancer, Value: "false" }],
  });
}
