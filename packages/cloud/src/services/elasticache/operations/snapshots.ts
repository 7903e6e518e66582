/** CreateSnapshot, CopySnapshot, DescribeSnapshots, DeleteSnapshot. */
import { AwsError } from "../../../aws-error.ts";
import { storageKeyFault } from "../../../runtime/encryption-keys.ts";
import { copyTree } from "../../../runtime/copied-folder.ts";
import { markerPage } from "../../../marker-pages.ts";
import { operation } from "../../../service.ts";
import { clusterNotFound, groupNotFound, invalidCombination, notEmulated } from "../errors.ts";
import { snapshotWork, work } from "../life.ts";
import { checkedTags, checkIdentifier } from "../names.ts";
import { changeReplicationGroup, memberIds, replicationGroups } from "../replication-group.ts";
import { beginSnapshot, findSnapshot, removeSnapshot, snapshotExists, snapshotFolder, snapshots, snapshotShape } from "../snapshot.ts";

export const createSnapshot = operation("elasticache", "CreateSnapshot", (input, context) => {
  const { cloud, region } = context;
  const name = checkIdentifier("SnapshotName", input.SnapshotName!, 255);
  if ((input.ReplicationGroupId === undefined) === (input.CacheClusterId === undefined))
    throw invalidCombination("Exactly one of ReplicationGroupId and CacheClusterId must be specified.");
  const group = replicationGroups(cloud)
    .list(region)
    .find((each) =>
      input.ReplicationGroupId
        ? each.id === input.ReplicationGroupId.toLowerCase()
        : memberIds(each).includes(input.CacheClusterId!.toLowerCase()),
    );
  if (!group) throw input.ReplicationGroupId ? groupNotFound(input.ReplicationGroupId) : clusterNotFound(input.CacheClusterId!);
  if (group.status !== "available")
    throw new AwsError("InvalidReplicationGroupState", `Replication group ${group.id} is not in available state.`);
  const fault = storageKeyFault(cloud, { region, principal: context.principal, service: "elasticache" }, input.KmsKeyId);
  if (fault) throw new AwsError("InvalidKMSKeyFault", `The KMS key ${input.KmsKeyId} cannot be used: ${fault.message}`);
  const snapshot = cloud.store.transaction(() => {
    const made = beginSnapshot(cloud, region, name, group, { source: "manual", tags: checkedTags(input.Tags), kmsKeyId: input.KmsKeyId });
    changeReplicationGroup(cloud, region, group.id, (each) => (each.status = "snapshotting"));
    return made;
  });
  work(cloud, region, group.id, snapshotWork(name));
  return { Snapshot: snapshotShape(context, snapshot) };
});

export const describeSnapshots = operation("elasticache", "DescribeSnapshots", (input, context) => {
  const { cloud, region } = context;
  const all = input.SnapshotName ? [findSnapshot(cloud, region, input.SnapshotName)] : snapshots(cloud).list(region);
  const source = input.SnapshotSource === "user" ? "manual" : input.SnapshotSource === "system" ? "automated" : input.SnapshotSource;
  const chosen = all.filter(
    (each) =>
      (!input.ReplicationGroupId || each.group.id === input.ReplicationGroupId.toLowerCase()) &&
      (!input.CacheClusterId || memberIds({ ...each.group, memberCount: 1 }).includes(input.CacheClusterId.toLowerCase())) &&
      (!source || each.source === source),
  );
  const { items, Marker } = markerPage(chosen, input, ({ name }) => name, "Snapshots");
  return { Snapshots: items.map((each) => snapshotShape(context, each)), ...(Marker && { Marker }) };
});

export const copySnapshot = operation("elasticache", "CopySnapshot", async (input, context) => {
  const { cloud, region } = context;
  if (input.TargetBucket) throw notEmulated("the export of snapshots to S3");
  const source = findSnapshot(cloud, region, input.SourceSnapshotName!);
  if (source.status !== "available")
    throw new AwsError("InvalidSnapshotState", `Snapshot ${source.name} is in ${source.status} state; it must be available.`);
  const name = checkIdentifier("TargetSnapshotName", input.TargetSnapshotName!, 255);
  if (snapshots(cloud).has(region, name)) throw snapshotExists(name);
  await copyTree(cloud, snapshotFolder(cloud, region, source.name), snapshotFolder(cloud, region, name));
  const copy = { ...source, name, source: "manual" as const, createdMs: cloud.world.clock.nowMs(), tags: checkedTags(input.Tags) };
  snapshots(cloud).put(region, name, copy);
  return { Snapshot: snapshotShape(context, copy) };
});

export const deleteSnapshot = operation("elasticache", "DeleteSnapshot", async (input, context) => {
  const { cloud, region } = context;
  const snapshot = findSnapshot(cloud, region, input.SnapshotName!);
  if (snapshot.status === "creating")
    throw new AwsError("InvalidSnapshotState", `Snapshot ${snapshot.name} is in creating state and cannot be deleted.`);
  snapshots(cloud).delete(region, snapshot.name);
  await removeSnapshot(cloud, region, snapshot.name);
  return { Snapshot: { ...snapshotShape(context, snapshot), SnapshotStatus: "deleting" } };
});
