/** What a new cluster has from the global cluster that it joins, with the checks of that. */
import type { Input } from "../../../aws.ts";
import type { Cloud } from "../../../cloud.ts";
import type { Cluster } from "../aurora/cluster.ts";
import { invalidCombination, invalidGlobalState } from "../errors.ts";
import { clusterOf } from "../work.ts";
import { changeGlobal, type GlobalCluster, primaryOfGlobal } from "./global-cluster.ts";

type Request = Input<"rds", "CreateDBCluster">;

const maxSecondaries = 10;

/** The primary that the new cluster would follow; nothing where it would be the primary itself. */
export function checkJoining(cloud: Cloud, region: string, global: GlobalCluster, input: Partial<Request>): Cluster | undefined {
  if (global.change) throw invalidGlobalState(`The global cluster ${global.identifier} is not in available state.`);
  if (input.EngineVersion && input.EngineVersion !== global.engineVersion)
    throw invalidCombination(
      `The engine version ${input.EngineVersion} isn't that of the global cluster ${global.identifier}: ${global.engineVersion}.`,
    );
  const place = primaryOfGlobal(global);
  const primary = place && clusterOf(cloud, place.region, place.resourceId);
  if (!primary) {
    if (input.ManageMasterUserPassword)
      throw invalidCombination("ManageMasterUserPassword isn't supported for DB clusters of a global cluster.");
    return undefined;
  }
  for (const [name, words] of [
    ["MasterUsername", "user name"],
    ["MasterUserPassword", "password"],
    ["ManageMasterUserPassword", "password"],
    ["DatabaseName", "database name"],
  ] as const) {
    if (input[name]) throw invalidCombination(`Cannot specify ${words} for cross region replication cluster`);
  }
  if (global.members.some((each) => each.region === region))
    throw invalidGlobalState(`The global cluster ${global.identifier} has a DB cluster in ${region} already.`);
  if (global.members.length > maxSecondaries)
    throw invalidGlobalState(`A global cluster has at most ${maxSecondaries} secondary DB clusters.`);
  if (primary.storageEncrypted && !input.KmsKeyId)
    throw invalidCombination("For encrypted cross-region replica, kmsKeyId should be explicitly specified");
  if (primary.status !== "available")
    throw invalidGlobalState(`The primary DB cluster ${primary.identifier} of the global cluster ${global.identifier} is not available.`);
  return primary;
}

export function join(cloud: Cloud, region: string, global: GlobalCluster, { resourceId }: Pick<Cluster, "resourceId">): void {
  changeGlobal(cloud, global.resourceId, (each) => {
    each.members.push({ region, resourceId, writer: each.members.length === 0 });
  });
}
