/**
 * The life of an instance, as work that goes on after a call was answered. Each step is written to the store before it begins,
 * so `resume` finds after a kill where each instance stands and does the rest:
 *
 *     creating → backing-up → available ⇄ modifying, rebooting, backing-up;  available → stopping → stopped → starting → available;  any → deleting → gone
 *
 * A step that fails leaves `failed` with the reason in StatusInfos.
 */
import type { Cloud } from "../../cloud.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import { releaseAddress } from "../../runtime/addresses.ts";
import { copyFolder, makeDataFolder } from "../../runtime/postgres/data-folder.ts";
import { makePgliteFolder } from "../../runtime/postgres/pglite.ts";
import { changeMasterPassword, makeMasterUser } from "../../runtime/postgres/roles.ts";
import { serverUser } from "../../runtime/postgres/server-user.ts";
import { archiveFolder, isArchived } from "./backup/archive.ts";
import { forgetBackups, restoresFrom, takeAutomatedSnapshot } from "./backup/automated-snapshots.ts";
import { retainedBackups } from "./backup/retained.ts";
import { archiveFinished } from "../../runtime/postgres/log-archive.ts";
import { majorOf } from "./engine-versions.ts";
import { note } from "./event.ts";
import { changeInstance, findInstance, instanceFolder, instances, type Instance, type PendingChanges } from "./instance.ts";
import { reloadServer, runningServer, startServer, stopServer } from "./servers.ts";
import { findSnapshot, snapshots } from "./snapshot.ts";
import { snapshotFolder } from "./backup/kept-snapshot.ts";
import { takeSnapshot } from "./take-snapshot.ts";
import { failOver, removeStandby, settleFolders, startStandby, stopStandby } from "./standby.ts";
import { pending, work } from "./work.ts";

export async function create(cloud: Cloud, region: string, identifier: string): Promise<void> {
  const { files } = cloud.world.disk;
  const instance = findInstance(cloud, region, identifier);
  const folder = instanceFolder(cloud, region, instance.resourceId);
  await files.mkdir(folder, { recursive: true, mode: 0o711 });
  const begun = await files.access(`${folder}/data`).then(
    () => true,
    () => false,
  );
  if (!begun) {
    const data = `${folder}/data`;
    if (instance.recovery) await layBase(cloud, region, instance.recovery.base, folder);
    else if (instance.source) {
      await copyFolder(cloud, `${snapshotFolder(cloud, region, findSnapshot(cloud, region, instance.source).folder)}/data`, data);
      await (await serverUser(cloud)).own(data);
    } else if (instance.server === "pglite") await makePgliteFolder(cloud, data);
    else await makeDataFolder(cloud, majorOf(instance.settings.engineVersion), data);
  }
  const server = runningServer(cloud, instance) ?? (await startServer(cloud, region, identifier));
  if (instance.masterVerifier) {
    if (instance.source || instance.recovery) await changeMasterPassword(server, instance.masterUsername, instance.masterVerifier);
    else await makeMasterUser(server, { ...instance, masterVerifier: instance.masterVerifier });
  }
  await startStandby(cloud, region, identifier);
  const backsUp = instance.settings.backupRetentionDays > 0;
  changeInstance(cloud, region, identifier, (made) => {
    made.masterVerifier = undefined;
    made.recovery = undefined;
    made.createdMs = cloud.world.clock.nowMs();
    made.status = backsUp ? "backing-up" : "available";
  });
  if (instance.recovery) note(cloud, region, identifier, `Restored to ${instance.recovery.targetTime}`, "restoration");
  else if (instance.source) note(cloud, region, identifier, `Restored from snapshot ${instance.source}`, "restoration");
  else note(cloud, region, identifier, "DB instance created", "creation");
  if (!backsUp) return;
  await takeAutomatedSnapshot(cloud, region, identifier);
  changeInstance(cloud, region, identifier, (made) => (made.status = "available"));
}

/** A backup as the data of a server that is to replay a log over it; whole, with the file that tells it so, or not there. */
async function layBase(cloud: Cloud, region: string, base: string, folder: string): Promise<void> {
  const { disk } = cloud.world;
  await copyFolder(cloud, `${snapshotFolder(cloud, region, base)}/data`, `${folder}/base`);
  await disk.replaceFile(`${folder}/base/recovery.signal`, "");
  await (await serverUser(cloud)).own(`${folder}/base`);
  await disk.files.rename(`${folder}/base`, `${folder}/data`);
}

/** Writes pending changes into the settings; restarts the server where a change asks for it. */
export async function modify(cloud: Cloud, region: string, identifier: string): Promise<void> {
  const instance = findInstance(cloud, region, identifier);
  const { masterVerifier, identifier: newIdentifier, ...settings } = instance.pending;
  const server = runningServer(cloud, instance);
  if (masterVerifier && server) {
    await changeMasterPassword(server, instance.masterUsername, masterVerifier);
    note(cloud, region, identifier, "Reset master credentials", "configuration change");
  }
  const restart = needsRestart(settings);
  if (restart) {
    await stopStandby(cloud, instance);
    await stopServer(cloud, instance);
  }
  if (settings.port !== undefined) releaseAddresses(cloud, region, instance);
  cloud.store.transaction(() => {
    const changed = changeInstance(cloud, region, identifier, (each) => {
      Object.assign(each.settings, settings);
      each.pending = {};
      if (newIdentifier) each.identifier = newIdentifier;
    })!;
    if (newIdentifier) {
      instances(cloud).delete(region, identifier);
      instances(cloud).put(region, newIdentifier, changed);
    }
  });
  const name = newIdentifier ?? identifier;
  if (newIdentifier) note(cloud, region, name, `Renamed instance from ${identifier} to ${newIdentifier}`, "configuration change");
  if (restart) await startServer(cloud, region, name);
  if (settings.multiAz === false) await removeStandby(cloud, region, instance);
  if (settings.multiAz) note(cloud, region, name, "Applying modification to convert to a Multi-AZ DB instance", "availability");
  await startStandby(cloud, region, name);
  if (settings.multiAz !== undefined) {
    const words = settings.multiAz ? "convert to a Multi-AZ DB instance" : "convert to a standard (Single-AZ) DB instance";
    note(cloud, region, name, `Finished applying modification to ${words}`, "availability");
  }
  if (settings.backupRetentionDays !== undefined) await changeBackups(cloud, region, name);
  changeInstance(cloud, region, name, (each) => (each.status = "available"));
  if (restart) note(cloud, region, name, "Finished applying modification to DB instance", "configuration change");
}

/** Begins with automated backups, or ends with them and removes those that there are. */
async function changeBackups(cloud: Cloud, region: string, identifier: string): Promise<void> {
  const instance = findInstance(cloud, region, identifier);
  await reloadServer(cloud, region, instance);
  if (instance.settings.backupRetentionDays > 0) await takeAutomatedSnapshot(cloud, region, identifier);
  else await forgetBackups(cloud, region, instance.resourceId);
}

/** A class has another number of connections, a version or a port another server; with logins by token it listens behind an entrance. */
function needsRestart(changes: PendingChanges): boolean {
  return (["instanceClass", "engineVersion", "port", "iamAuthentication"] as const).some((name) => changes[name] !== undefined);
}

function releaseAddresses(cloud: Cloud, region: string, { resourceId }: Instance): void {
  for (const kind of ["rds", "rds-server"]) releaseAddress(cloud, `${kind}/${region}/${resourceId}`);
}

export async function reboot(cloud: Cloud, region: string, identifier: string): Promise<void> {
  await stopServer(cloud, findInstance(cloud, region, identifier));
  note(cloud, region, identifier, "DB instance shutdown", "availability");
  await startServer(cloud, region, identifier);
  note(cloud, region, identifier, "DB instance restarted", "availability");
  changeInstance(cloud, region, identifier, (each) => (each.status = "available"));
}

/** A reboot that the standby takes over in; then there is a new standby. */
export async function rebootWithFailover(cloud: Cloud, region: string, identifier: string): Promise<void> {
  const { resourceId } = findInstance(cloud, region, identifier);
  await startStandby(cloud, region, identifier);
  note(cloud, region, identifier, "DB instance shutdown", "availability");
  await failOver(cloud, region, identifier);
  note(cloud, region, identifier, "DB instance restarted", "availability");
  changeInstance(cloud, region, identifier, (each) => (each.status = "available"));
  void work(cloud, region, resourceId, (name) => startStandby(cloud, region, name));
}

export async function stop(cloud: Cloud, region: string, identifier: string): Promise<void> {
  await stopStandby(cloud, findInstance(cloud, region, identifier));
  await stopServer(cloud, findInstance(cloud, region, identifier));
  changeInstance(cloud, region, identifier, (each) => (each.status = "stopped"));
  note(cloud, region, identifier, "DB instance stopped", "notification");
}

export async function startAgain(cloud: Cloud, region: string, identifier: string): Promise<void> {
  const instance = findInstance(cloud, region, identifier);
  await settleFolders(cloud, region, instance);
  if (!runningServer(cloud, instance)) await startServer(cloud, region, identifier);
  await startStandby(cloud, region, identifier);
  changeInstance(cloud, region, identifier, (each) => (each.status = "available"));
  note(cloud, region, identifier, "DB instance started", "notification");
}

export async function remove(cloud: Cloud, region: string, identifier: string): Promise<void> {
  const instance = findInstance(cloud, region, identifier);
  if (instance.finalSnapshot && snapshots(cloud).get(region, instance.finalSnapshot)?.status === "creating") {
    await takeSnapshot(cloud, region, instance.finalSnapshot);
  }
  await removeStandby(cloud, region, instance);
  await stopServer(cloud, instance);
  await leaveBackups(cloud, region, instance);
  await cloud.world.disk.files.rm(instanceFolder(cloud, region, instance.resourceId), { recursive: true, force: true });
  releaseAddresses(cloud, region, instance);
  if (instance.masterSecret) {
    const call = cloud.as(servicePrincipal(cloud.account, "rds.amazonaws.com"), region);
    await call("secretsmanager", "DeleteSecret", { SecretId: instance.masterSecret.arn, ForceDeleteWithoutRecovery: true });
  }
  instances(cloud).delete(region, identifier);
  note(cloud, region, identifier, "DB instance deleted", "deletion");
}

/** Keeps the automated backups of an instance that goes, with the last of its log, or removes them when nobody is being made of them. */
async function leaveBackups(cloud: Cloud, region: string, instance: Instance): Promise<void> {
  const { resourceId } = instance;
  if (instance.keepsBackups && isArchived(instance)) {
    await archiveFinished(cloud, `${instanceFolder(cloud, region, resourceId)}/data`, archiveFolder(cloud, region, resourceId));
    retainedBackups(cloud).put(region, resourceId, { instance, deletedMs: cloud.world.clock.nowMs() });
    return;
  }
  await Promise.all(restoresFrom(cloud, region, resourceId).map((each) => pending(cloud, region, each.resourceId)));
  await forgetBackups(cloud, region, resourceId);
}

/** Continues every instance where the last life of the cloud left it; resolves when those that were up are up again. */
export async function resume(cloud: Cloud): Promise<void> {
  const rest: Promise<void>[] = [];
  for (const { scope: region, value: instance } of instances(cloud).all()) {
    const next = instance.member ? undefined : nextStep(instance); // Those of clusters: aurora/revive.ts
    if (next) rest.push(work(cloud, region, instance.resourceId, (identifier) => next(cloud, region, identifier)));
  }
  for (const { scope: region, value: snapshot } of snapshots(cloud).all()) {
    if (snapshot.status !== "creating") continue;
    const instance = instances(cloud).get(region, snapshot.instance);
    if (instance?.finalSnapshot === snapshot.identifier) continue; // its deletion takes it
    if (instance) rest.push(work(cloud, region, instance.resourceId, () => takeSnapshot(cloud, region, snapshot.identifier)));
    else snapshots(cloud).put(region, snapshot.identifier, { ...snapshot, status: "failed" });
  }
  await Promise.all(rest);
}

function nextStep({ status, createdMs }: Instance): ((cloud: Cloud, region: string, identifier: string) => Promise<void>) | undefined {
  switch (status) {
    case "creating":
      return create;
    case "deleting":
      return remove;
    case "stopping":
      return stop;
    case "stopped":
    case "incompatible-restore":
      return undefined;
    case "failed":
      return createdMs === undefined ? undefined : startAgain;
    case "modifying":
      return async (cloud, region, identifier) => {
        await bringBack(cloud, region, identifier);
        await modify(cloud, region, identifier);
      };
    case "available":
      return bringBack;
    case "backing-up":
    case "rebooting":
    case "starting":
      return startAgain;
  }
}

async function bringBack(cloud: Cloud, region: string, identifier: string): Promise<void> {
  await settleFolders(cloud, region, findInstance(cloud, region, identifier));
  await startServer(cloud, region, identifier);
  await startStandby(cloud, region, identifier);
}
