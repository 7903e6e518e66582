/** Operations that ElastiCache has and this cloud refuses by name. */
import type { OperationName } from "../../aws.ts";
import type { Operation } from "../../service.ts";
import { notEmulated } from "./errors.ts";

const reasons = {
  CreateCacheCluster: "cache clusters outside a replication group",
  CreateGlobalReplicationGroup: "global datastores",
  CreateServerlessCache: "serverless caches",
  ModifyReplicationGroupShardConfiguration: "cluster mode (more than one node group)",
  TestFailover: "failover to a replica (replicas are recorded)",
} satisfies { [O in OperationName<"elasticache">]?: string };

export const refused = Object.fromEntries(
  Object.entries(reasons).map(([operation, what]) => [
    operation,
    () => {
      throw notEmulated(what);
    },
  ]),
) as unknown as { [O in keyof typeof reasons]: Operation<"elasticache", O> };
