/** The record of a cluster that is now being created, with the checks of the request; restores make theirs through it too. */
import type { Input } from "../../../aws.ts";
import { hasSystemVector } from "../../../runtime/postgres/installation.ts";
import { encryptionKeys } from "../../../runtime/encryption-keys.ts";
import type { OperationContext } from "../../../service.ts";
import { familyOf, majorOf } from "../engine-versions.ts";
import { clusterExists, invalidCombination, tooFewZones } from "../errors.ts";
import { defaultSecurityGroup } from "../network.ts";
import { checkPort, extensionsTag } from "../new-instance.ts";
import { defaultGroup, findClusterParameterGroup, type ParameterGroup } from "../parameter-group.ts";
import { findSubnetGroup } from "../subnet-group.ts";
import { checkedTags } from "../tags.ts";
import { chosenWindows } from "../windows.ts";
import { checkCapacity } from "./capacity.ts";
import { type Cluster, clusters, newClusterResourceId } from "./cluster.ts";
import { checkClusterSettings, refuseWhatClustersDoNotHave } from "./cluster-settings.ts";

type Request = Input<"rds", "CreateDBCluster">;

export interface NewCluster {
  identifier: string;
  engineVersion: string;
  masterUsername: string;
  databaseName?: string | undefined;
}

/** Not yet written. Every fault of the request is found here. */
export async function newCluster(context: OperationContext, input: Partial<Request>, fixed: NewCluster): Promise<Cluster> {
  const { cloud, region } = context;
  if (clusters(cloud).has(region, fixed.identifier)) throw clusterExists();
  refuseWhatClustersDoNotHave(input);
  const major = majorOf(fixed.engineVersion);
  const named = input.DBClusterParameterGroupName;
  const group = named ? findClusterParameterGroup(cloud, region, named) : defaultGroup(familyOf(major, "aurora-postgresql"));
  checkClusterFamily(group, fixed.engineVersion);
  const { tags: _, ...subnetGroup } = await findSubnetGroup(context, input.DBSubnetGroupName ?? "default");
  const zones = [...new Set(subnetGroup.subnets.map(({ zone }) => zone))].sort();
  const strange = input.AvailabilityZones?.filter((zone) => !zones.includes(zone)) ?? [];
  if (strange.length > 0) throw tooFewZones(zones);
  const tags = checkedTags(input.Tags);
  const wantsVector = tags.some(({ Key, Value }) => Key === extensionsTag && Value.split(/[\s,:]+/).includes("vector"));
  return {
    identifier: fixed.identifier,
    resourceId: newClusterResourceId(cloud),
    status: "creating",
    settings: {
      ...checkClusterSettings(input),
      ...chosenWindows(cloud.world.random, { backup: input.PreferredBackupWindow, maintenance: input.PreferredMaintenanceWindow }),
      engineVersion: fixed.engineVersion,
      port: checkPort(input.Port ?? 5432),
      ...(input.ServerlessV2ScalingConfiguration && {
        capacity: checkCapacity(input.ServerlessV2ScalingConfiguration, fixed.engineVersion),
      }),
      parameterGroup: group.name,
      securityGroups: input.VpcSecurityGroupIds ?? (await defaultSecurityGroup(context, subnetGroup.subnets[0]!.vpc)),
    },
    pending: {},
    deferred: {},
    masterUsername: fixed.masterUsername,
    databaseName: fixed.databaseName,
    subnetGroup,
    zones: input.AvailabilityZones?.length ? [...new Set(input.AvailabilityZones)].sort() : zones.slice(0, 3),
    storageEncrypted: input.StorageEncrypted ?? input.KmsKeyId !== undefined,
    kmsKeyId: input.KmsKeyId ?? (input.StorageEncrypted ? encryptionKeys(context.cloud).arnOf(region, "alias/aws/rds") : undefined),
    engineLifecycleSupport: input.EngineLifecycleSupport ?? "open-source-rds-extended-support",
    server: wantsVector && !hasSystemVector(major) ? "pglite" : "native",
    tags,
  };
}

export function checkClusterFamily(group: ParameterGroup, engineVersion: string): void {
  const family = familyOf(majorOf(engineVersion), "aurora-postgresql");
  if (group.family === family) return;
  throw invalidCombination(
    `The Parameter Group ${group.name} with DBParameterGroupFamily ${group.family} cannot be used for this cluster. Please use a Parameter Group with DBParameterGroupFamily ${family}`,
  );
}
