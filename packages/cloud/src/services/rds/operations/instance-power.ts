/** RebootDBInstance, StopDBInstance, StartDBInstance: the server ends and comes back with its data. */
import { operation } from "../../../service.ts";
import { invalidCombination, invalidInstanceState, snapshotExists } from "../errors.ts";
import { changeInstance, findInstance, type Instance, type InstanceStatus } from "../instance.ts";
import { instanceShape } from "../instance-shape.ts";
import { reboot, startAgain, stop } from "../life.ts";
import { work } from "../work.ts";
import { rebootMember } from "../aurora/member-life.ts";
import { checkIdentifier } from "../names.ts";
import { recordSnapshot, snapshots } from "../snapshot.ts";
import { takeSnapshot } from "../take-snapshot.ts";

export const rebootDBInstance = operation("rds", "RebootDBInstance", (input, context) => {
  const { cloud, region } = context;
  const instance = findInstance(cloud, region, input.DBInstanceIdentifier!);
  if (instance.status !== "available") throw invalidInstanceState(`Instance ${instance.identifier} is not in available state.`);
  if (input.ForceFailover && !instance.settings.multiAz) {
    throw invalidCombination("Reboot with failover cannot be done on the instance: it is not Multi-AZ.");
  }
  const changed = changeInstance(cloud, region, instance.identifier, (each) => (each.status = "rebooting" satisfies InstanceStatus))!;
  void work(cloud, region, instance.resourceId, (name) => (instance.member ? rebootMember : reboot)(cloud, region, name));
  return { DBInstance: instanceShape(context, changed) };
});

export const stopDBInstance = operation("rds", "StopDBInstance", (input, context) => {
  const { cloud, region } = context;
  const instance = findInstance(cloud, region, input.DBInstanceIdentifier!);
  checkAlone(instance);
  if (instance.status !== "available") throw invalidInstanceState(`Instance ${instance.identifier} is not in available state.`);
  const snapshot = input.DBSnapshotIdentifier && checkIdentifier("DBSnapshotIdentifier", input.DBSnapshotIdentifier, 255);
  if (snapshot && snapshots(cloud).has(region, snapshot)) throw snapshotExists(snapshot);
  if (snapshot) {
    recordSnapshot(cloud, region, instance, snapshot);
    void work(cloud, region, instance.resourceId, () => takeSnapshot(cloud, region, snapshot));
  }
  const changed = changeInstance(cloud, region, instance.identifier, (each) => (each.status = "stopping"))!;
  void work(cloud, region, instance.resourceId, (name) => stop(cloud, region, name));
  return { DBInstance: instanceShape(context, changed) };
});

export const startDBInstance = operation("rds", "StartDBInstance", (input, context) => {
  const { cloud, region } = context;
  const instance = findInstance(cloud, region, input.DBInstanceIdentifier!);
  checkAlone(instance);
  if (instance.status !== "stopped") throw invalidInstanceState(`Instance ${instance.identifier} is not stopped, it cannot be started.`);
  const changed = changeInstance(cloud, region, instance.identifier, (each) => (each.status = "starting"))!;
  void work(cloud, region, instance.resourceId, (name) => startAgain(cloud, region, name));
  return { DBInstance: instanceShape(context, changed) };
});

/** Instances of a cluster stop and start with it. */
function checkAlone(instance: Instance): void {
  if (instance.member) throw invalidCombination("aurora-postgresql DB instances are not eligible for stopping and starting.");
}
