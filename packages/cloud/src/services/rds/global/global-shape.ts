/** A global cluster as RDS describes it. */
import type { Output } from "../../../aws.ts";
import type { OperationContext } from "../../../service.ts";
import { arnOf } from "../names.ts";
import { clusterOf } from "../work.ts";
import type { GlobalCluster, Place } from "./global-cluster.ts";

export type GlobalClusterShape = NonNullable<NonNullable<Output<"rds", "DescribeGlobalClusters">["GlobalClusters"]>[number]>;

export function globalShape({ cloud, account }: Pick<OperationContext, "cloud" | "account">, global: GlobalCluster): GlobalClusterShape {
  const arn = ({ region, resourceId }: Place) =>
    arnOf({ region, account }, "cluster", clusterOf(cloud, region, resourceId)?.identifier ?? resourceId);
  const { change, members, endpoint } = global;
  const primary = members.find(({ writer }) => writer);
  const secondaries = members.filter(({ writer }) => !writer);
  return {
    GlobalClusterIdentifier: global.identifier,
    GlobalClusterResourceId: global.resourceId,
    GlobalClusterArn: arnOf({ region: "", account }, "global-cluster", global.identifier),
    Status: change ? (change.status === "pending" ? "modifying" : change.status) : "available",
    Engine: "aurora-postgresql",
    EngineVersion: global.engineVersion,
    EngineLifecycleSupport: global.engineLifecycleSupport,
    ...(global.databaseName && { DatabaseName: global.databaseName }),
    StorageEncrypted: global.storageEncrypted,
    ...(global.storageEncrypted && { StorageEncryptionType: "sse-kms" as const }),
    DeletionProtection: global.deletionProtection,
    GlobalClusterMembers: members.map((member) => ({
      DBClusterArn: arn(member),
      Readers: member.writer ? secondaries.map(arn) : [],
      IsWriter: member.writer,
      // Of the primary it is what its secondaries may do; of none of them is a write handed on.
      ...(!member.writer && primary && { GlobalWriteForwardingStatus: "disabled" as const }),
      SynchronizationStatus: "connected" as const,
    })),
    ...(endpoint && { Endpoint: endpoint.address }),
    FailoverState: change && {
      // AWS documents `switching-over`, and its clients' types do not have it.
      Status: change.status as "failing-over",
      FromDbClusterArn: arn(change.from),
      ToDbClusterArn: arn(change.to),
      IsDataLossAllowed: change.kind === "failover",
    },
    TagList: global.tags,
  };
}
