/** DeleteDBInstance: with a last snapshot, unless that is skipped by name. */
import { operation } from "../../../service.ts";
import { invalidCombination, invalidInstanceState, snapshotExists } from "../errors.ts";
import { changeInstance, findInstance } from "../instance.ts";
import { instanceShape } from "../instance-shape.ts";
import { remove } from "../life.ts";
import { work } from "../work.ts";
import { removeMember } from "../aurora/member-life.ts";
import { checkIdentifier } from "../names.ts";
import { recordSnapshot, snapshots } from "../snapshot.ts";

export const deleteDBInstance = operation("rds", "DeleteDBInstance", (input, context) => {
  const { cloud, region } = context;
  const instance = findInstance(cloud, region, input.DBInstanceIdentifier!);
  if (instance.status === "deleting") throw invalidInstanceState(`Instance ${instance.identifier} is already being deleted.`);
  if (instance.settings.deletionProtection)
    throw invalidCombination("Cannot delete protected DB Instance, please disable deletion protection and try again.");
  const { FinalDBSnapshotIdentifier: final, SkipFinalSnapshot: skip } = input;
  if (instance.member) {
    // The data is the cluster's, and outlives its instances.
    if (final) throw invalidCombination("FinalDBSnapshotIdentifier can not be specified when deleting a cluster instance.");
    const going = changeInstance(cloud, region, instance.identifier, (each) => (each.status = "deleting"))!;
    void work(cloud, region, instance.resourceId, (name) => removeMember(cloud, region, name));
    return { DBInstance: instanceShape(context, going) };
  }
  if (!skip && !final) throw invalidCombination("FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.");
  if (skip && final)
    throw invalidCombination("FinalDBSnapshotIdentifier cannot be specified when deleting a DB instance with SkipFinalSnapshot enabled.");
  const snapshot = final && checkIdentifier("FinalDBSnapshotIdentifier", final, 255);
  if (snapshot && snapshots(cloud).has(region, snapshot)) throw snapshotExists(snapshot);
  if (snapshot && !["available", "stopped"].includes(instance.status)) {
    throw invalidInstanceState(
      `Cannot create a snapshot because the database instance ${instance.identifier} is not currently in the available state.`,
    );
  }
  const deleting = cloud.store.transaction(() => {
    if (snapshot) recordSnapshot(cloud, region, instance, snapshot);
    return changeInstance(cloud, region, instance.identifier, (each) => {
      each.status = "deleting";
      each.finalSnapshot = snapshot;
      each.keepsBackups = input.DeleteAutomatedBackups === false;
    })!;
  });
  void work(cloud, region, instance.resourceId, (name) => remove(cloud, region, name));
  return { DBInstance: instanceShape(context, deleting) };
});
