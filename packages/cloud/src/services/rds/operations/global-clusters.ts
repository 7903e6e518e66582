/** The operations on global clusters: CreateGlobalCluster, DescribeGlobalClusters, and those that change the primary, rename, take out and delete. */
import { markerPage } from "../../../marker-pages.ts";
import { operation, type OperationContext } from "../../../service.ts";
import { changeCluster, findCluster } from "../aurora/cluster.ts";
import { membersOf, readersOf } from "../aurora/members.ts";
import { checkEngine, resolveVersion } from "../engine-versions.ts";
import {
  clusterNotFound,
  globalClusterExists,
  invalidClusterState,
  invalidCombination,
  invalidGlobalState,
  invalidValue,
  notEmulated,
} from "../errors.ts";
import { applyFilters } from "../filters.ts";
import {
  changeGlobal,
  everywhere,
  findGlobalCluster,
  type GlobalCluster,
  globalByResource,
  globalClusters,
  globalOf,
  type GlobalMember,
  samePlace,
} from "../global/global-cluster.ts";
import { globalShape } from "../global/global-shape.ts";
import { beginLeaving, forgetMember, joinAsPrimary, leave } from "../global/membership.ts";
import { changePrimary } from "../global/primary-change.ts";
import { closeGlobalEndpoint, openGlobalEndpoint } from "../global/writer-endpoint.ts";
import { arnOf, checkDatabaseName, checkIdentifier } from "../names.ts";
import { checkedTags } from "../tags.ts";
import { clusterOf } from "../work.ts";

export const createGlobalCluster = operation("rds", "CreateGlobalCluster", async (input, context) => {
  const { cloud } = context;
  const identifier = checkIdentifier("GlobalClusterIdentifier", input.GlobalClusterIdentifier!, 63);
  if (globalClusters(cloud).has(everywhere, identifier)) throw globalClusterExists(identifier);
  const { SourceDBClusterIdentifier: source } = input;
  const common = {
    identifier,
    resourceId: `cluster-${cloud.world.random.hex(16)}`,
    deletionProtection: input.DeletionProtection ?? false,
    tags: checkedTags(input.Tags),
  };
  const made = source ? ofCluster(context, input, source, common) : empty(input, common);
  globalClusters(cloud).put(everywhere, identifier, made);
  await openGlobalEndpoint(cloud, made.resourceId);
  const [primary] = made.members;
  if (primary) await joinAsPrimary(cloud, primary.region, clusterOf(cloud, primary.region, primary.resourceId)!);
  return { GlobalCluster: globalShape(context, globalByResource(cloud, made.resourceId)!) };
});

type Common = Pick<GlobalCluster, "identifier" | "resourceId" | "deletionProtection" | "tags">;
interface Asked {
  Engine?: string | undefined;
  EngineVersion?: string | undefined;
  DatabaseName?: string | undefined;
  StorageEncrypted?: boolean | undefined;
  EngineLifecycleSupport?: string | undefined;
}

function empty(input: Asked, common: Common): GlobalCluster {
  if (!input.Engine) throw invalidValue("When creating standalone global cluster, value for engineName should be specified");
  checkEngine(input.Engine);
  if (input.Engine !== "aurora-postgresql") throw invalidValue(`Engine ${input.Engine} isn't supported for global clusters.`);
  if (input.DatabaseName) checkDatabaseName(input.DatabaseName);
  return {
    ...common,
    engineVersion: resolveVersion(input.EngineVersion, input.Engine).version,
    databaseName: input.DatabaseName,
    storageEncrypted: input.StorageEncrypted ?? false,
    engineLifecycleSupport: input.EngineLifecycleSupport ?? "open-source-rds-extended-support",
    members: [],
  };
}

/** The name of a cluster of the caller's region, or the ARN of one of any region. */
function ofCluster(context: OperationContext, input: Asked, source: string, common: Common): GlobalCluster {
  const inherited = (name: string) =>
    invalidCombination(
      `When creating global cluster from existing db cluster, value for ${name} should not be specified since it will be inherited from source cluster`,
    );
  if (input.Engine) throw inherited("engineName");
  if (input.EngineVersion) throw inherited("engineVersion");
  if (input.DatabaseName) throw inherited("databaseName");
  if (input.StorageEncrypted) throw inherited("storageEncrypted");
  const { cloud } = context;
  const region = regionOf(source) ?? context.region;
  const cluster = findCluster(cloud, region, source);
  if (cluster.status !== "available") throw invalidClusterState(`DB cluster ${cluster.identifier} is not in available state.`);
  if (globalOf(cloud, region, cluster)) throw invalidClusterState(`DB cluster ${cluster.identifier} is already in a global cluster.`);
  if (cluster.masterSecret)
    throw invalidClusterState(
      `DB cluster ${cluster.identifier} has a master user password that RDS manages, which isn't supported for global clusters.`,
    );
  if (cluster.server === "pglite") throw notEmulated("global clusters of a cluster that PGlite serves for want of pgvector");
  return {
    ...common,
    engineVersion: cluster.settings.engineVersion,
    databaseName: cluster.databaseName,
    storageEncrypted: cluster.storageEncrypted,
    engineLifecycleSupport: cluster.engineLifecycleSupport,
    members: [{ region, resourceId: cluster.resourceId, writer: true }],
  };
}

const regionOf = (arn: string) => /^arn:[^:]*:rds:([^:]+):/.exec(arn)?.[1];

export const describeGlobalClusters = operation("rds", "DescribeGlobalClusters", (input, context) => {
  const { cloud, account } = context;
  const all = input.GlobalClusterIdentifier
    ? [findGlobalCluster(cloud, input.GlobalClusterIdentifier)]
    : globalClusters(cloud).list(everywhere);
  const filtered = applyFilters(all, input.Filters, {
    "db-cluster-id": ({ members }: GlobalCluster) =>
      members.flatMap(({ region, resourceId }) => {
        const name = clusterOf(cloud, region, resourceId)?.identifier ?? resourceId;
        return [name, arnOf({ region, account }, "cluster", name)];
      }),
    region: ({ members }: GlobalCluster) => members.map(({ region }) => region),
  });
  const { items, Marker } = markerPage(filtered, input, ({ identifier }) => identifier, "GlobalClusters");
  return { GlobalClusters: items.map((global) => globalShape(context, global)), ...(Marker && { Marker }) };
});

export const modifyGlobalCluster = operation("rds", "ModifyGlobalCluster", (input, context) => {
  const { cloud } = context;
  const global = available(findGlobalCluster(cloud, input.GlobalClusterIdentifier!));
  const { NewGlobalClusterIdentifier: renamed } = input;
  const identifier = renamed ? checkIdentifier("NewGlobalClusterIdentifier", renamed, 63) : global.identifier;
  if (identifier !== global.identifier && globalClusters(cloud).has(everywhere, identifier)) throw globalClusterExists(identifier);
  if (input.EngineVersion && input.EngineVersion !== global.engineVersion)
    throw notEmulated("upgrades of a whole global cluster: take the secondaries out, upgrade, and make them anew. ModifyGlobalCluster");
  const changed = changeGlobal(cloud, global.resourceId, (each) => {
    each.identifier = identifier;
    each.deletionProtection = input.DeletionProtection ?? each.deletionProtection;
  })!;
  return { GlobalCluster: globalShape(context, changed) };
});

export const deleteGlobalCluster = operation("rds", "DeleteGlobalCluster", async (input, context) => {
  const { cloud, account } = context;
  const global = available(findGlobalCluster(cloud, input.GlobalClusterIdentifier!));
  if (global.deletionProtection)
    throw invalidCombination("Cannot delete protected Global Cluster, please disable deletion protection and try again.");
  if (global.members.length > 0)
    throw invalidGlobalState(`Global Cluster ${arnOf({ region: "", account }, "global-cluster", global.identifier)} is not empty`);
  globalClusters(cloud).delete(everywhere, global.identifier);
  await closeGlobalEndpoint(cloud, global);
  return { GlobalCluster: { ...globalShape(context, global), Status: "deleting" } };
});

/** The primary only as the last one; a secondary goes on by itself, and takes writes. */
export const removeFromGlobalCluster = operation("rds", "RemoveFromGlobalCluster", (input, context) => {
  const { cloud } = context;
  const global = available(findGlobalCluster(cloud, input.GlobalClusterIdentifier ?? ""));
  const member = memberOf(context, global, input.DbClusterIdentifier ?? "");
  if (member.writer && global.members.length > 1)
    throw invalidGlobalState(
      `The DB cluster ${input.DbClusterIdentifier} is the primary of the global cluster ${global.identifier}: remove its secondary DB clusters first.`,
    );
  if (member.leaving) throw invalidClusterState(`DB cluster ${input.DbClusterIdentifier} is already being removed.`);
  if (member.writer) forgetMember(cloud, global.resourceId, member);
  else {
    beginLeaving(cloud, global.resourceId, member);
    void leave(cloud, global.resourceId, member);
  }
  return { GlobalCluster: globalShape(context, globalByResource(cloud, global.resourceId)!) };
});

export const switchoverGlobalCluster = operation("rds", "SwitchoverGlobalCluster", (input, context) =>
  change(context, input.GlobalClusterIdentifier!, input.TargetDbClusterIdentifier!, "switchover"),
);

export const failoverGlobalCluster = operation("rds", "FailoverGlobalCluster", (input, context) => {
  if (input.AllowDataLoss && input.Switchover)
    throw invalidCombination("You can't specify both AllowDataLoss and Switchover: a switchover loses no data.");
  return change(context, input.GlobalClusterIdentifier!, input.TargetDbClusterIdentifier!, input.AllowDataLoss ? "failover" : "switchover");
});

function change(context: OperationContext, name: string, target: string, kind: "switchover" | "failover") {
  const { cloud } = context;
  const global = available(findGlobalCluster(cloud, name));
  const to = memberOf(context, global, target);
  const from = global.members.find(({ writer }) => writer);
  if (to.writer || !from)
    throw invalidGlobalState(`The DB cluster ${target} isn't a secondary DB cluster of the global cluster ${global.identifier}.`);
  const secondary = clusterOf(cloud, to.region, to.resourceId)!;
  const primary = clusterOf(cloud, from.region, from.resourceId)!;
  for (const cluster of kind === "switchover" ? [primary, secondary] : [secondary]) {
    if (cluster.status !== "available") throw invalidClusterState(`DB cluster ${cluster.identifier} is not in available state.`);
  }
  if (readersOf(cloud, to.region, secondary).length === 0)
    throw invalidClusterState(`The DB cluster ${secondary.identifier} has no DB instance that could become the writer: add one first.`);
  if (kind === "switchover" && membersOf(cloud, from.region, primary).length === 0)
    throw invalidClusterState(
      `The DB cluster ${primary.identifier} has no DB instance, so that nothing can be switched over: use a failover.`,
    );
  const changed = cloud.store.transaction(() => {
    changeCluster(cloud, to.region, secondary.identifier, (each) => (each.status = "promoting"));
    return changeGlobal(
      cloud,
      global.resourceId,
      (each) => (each.change = { kind, status: "pending", from: placeOf(from), to: placeOf(to) }),
    )!;
  });
  void changePrimary(cloud, global.resourceId);
  return { GlobalCluster: globalShape(context, changed) };
}

const placeOf = ({ region, resourceId }: GlobalMember) => ({ region, resourceId });

function available(global: GlobalCluster): GlobalCluster {
  if (global.change) throw invalidGlobalState(`The global cluster ${global.identifier} is not in available state.`);
  return global;
}

function memberOf({ cloud, region }: OperationContext, global: GlobalCluster, name: string): GlobalMember {
  const place = regionOf(name) ?? region;
  const cluster = clusterByName({ cloud, region: place }, name);
  const member = cluster && global.members.find((each) => samePlace(each, { region: place, resourceId: cluster.resourceId }));
  if (!member) {
    if (!cluster) throw clusterNotFound(name);
    throw invalidValue(`Cluster ${name} is not found in global cluster ${global.identifier}`);
  }
  return member;
}

function clusterByName({ cloud, region }: Pick<OperationContext, "cloud" | "region">, name: string) {
  try {
    return findCluster(cloud, region, name);
  } catch {
    return undefined;
  }
}
