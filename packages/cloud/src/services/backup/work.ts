/** Jobs as they are done. Each step can be repeated, so that what a kill interrupted is taken up at the next start. */
import type { Cloud } from "../../cloud.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import type { Collection } from "../../store.ts";
import * as databases from "./databases.ts";
import { type BackupJob, backupJobs, type CopyJob, copyJobs, recoveryPoints, type RestoreJob, restoreJobs } from "./job.ts";
import { vaultArn, vaultAt } from "./vault.ts";

const pollMs = 100;
const memory = Symbol("backup work");
const underWay = (cloud: Cloud) => cloud.memory(memory, () => new Set<Promise<void>>());

/** AWS Backup in its own name: it may make snapshots that nobody else may. */
export const asBackup = (cloud: Cloud, region: string) => cloud.as(servicePrincipal(cloud.account, "backup.amazonaws.com"), region);

export async function settledJobs(cloud: Cloud): Promise<void> {
  while (underWay(cloud).size > 0) await Promise.all(underWay(cloud));
}

function begin<J extends BackupJob | CopyJob | RestoreJob>(
  cloud: Cloud,
  shelf: Collection<J>,
  region: string,
  job: J,
  run: () => Promise<Partial<J>>,
): void {
  const put = (changes: Partial<J>) => shelf.put(region, job.id, { ...shelf.get(region, job.id)!, ...changes });
  put({ state: "RUNNING" } as Partial<J>);
  const done = run().then(
    (changes) => put({ ...changes, state: "COMPLETED", completedMs: cloud.world.clock.nowMs() }),
    (error: unknown) => {
      // A cloud that stops takes it up at its next start.
      if (cloud.stopping.aborted) return;
      put({
        state: "FAILED",
        message: error instanceof Error ? error.message : String(error),
        completedMs: cloud.world.clock.nowMs(),
      } as Partial<J>);
    },
  );
  underWay(cloud).add(done);
  void done.finally(() => underWay(cloud).delete(done));
}

/** The snapshot is begun where it is not, and waited for. */
async function snapshotOf(cloud: Cloud, region: string, kind: BackupJob["kind"], name: string, make: () => Promise<void>) {
  const call = asBackup(cloud, region);
  if (!(await databases.snapshotState(call, kind, name))) await make();
  for (;;) {
    const state = await databases.snapshotState(call, kind, name);
    if (state?.status === "available") return state;
    if (!state || state.status === "failed") throw new Error(`The snapshot ${name} failed.`);
    await cloud.world.clock.sleep(pollMs, cloud.stopping);
  }
}

export function doBackup(cloud: Cloud, region: string, job: BackupJob): void {
  begin(cloud, backupJobs(cloud), region, job, async () => {
    const call = asBackup(cloud, region);
    const name = `awsbackup:job-${job.id}`;
    const { arn, encrypted } = await snapshotOf(cloud, region, job.kind, name, () =>
      databases.takeSnapshot(call, job.kind, job.resourceArn, name),
    );
    recoveryPoints(cloud).put(region, arn, {
      arn,
      vault: job.vault,
      resourceArn: job.resourceArn,
      kind: job.kind,
      status: "COMPLETED",
      createdMs: job.createdMs,
      completedMs: cloud.world.clock.nowMs(),
      roleArn: job.roleArn,
      lifecycle: job.lifecycle,
      encrypted,
      tags: job.tags,
      ...(job.createdBy && { createdBy: job.createdBy }),
    });
    for (const { vaultArn: destinationVaultArn, lifecycle } of job.copies) {
      const copy: CopyJob = {
        // The same at every attempt, so that there is one copy.
        id: `${job.id.slice(0, 24)}${Buffer.from(destinationVaultArn).toString("hex").slice(-12)}`.toUpperCase(),
        state: "CREATED",
        createdMs: cloud.world.clock.nowMs(),
        roleArn: job.roleArn,
        sourceVaultArn: vaultArn(region, cloud.account, job.vault),
        sourceArn: arn,
        destinationVaultArn,
        resourceArn: job.resourceArn,
        kind: job.kind,
        lifecycle,
        ...(job.createdBy && { createdBy: job.createdBy }),
      };
      if (copyJobs(cloud).has(region, copy.id)) continue;
      copyJobs(cloud).put(region, copy.id, copy);
      doCopy(cloud, region, copy);
    }
    return { recoveryPointArn: arn };
  });
}

export function doCopy(cloud: Cloud, region: string, job: CopyJob): void {
  begin(cloud, copyJobs(cloud), region, job, async () => {
    const { region: target, vault } = vaultAt(cloud, job.destinationVaultArn);
    const name = `awsbackup:copyjob-${job.id.toLowerCase()}`;
    const source = recoveryPoints(cloud).get(region, job.sourceArn);
    const { arn, encrypted } = await snapshotOf(cloud, target, job.kind, name, () =>
      databases.copySnapshot(asBackup(cloud, target), job.kind, job.sourceArn, name),
    );
    recoveryPoints(cloud).put(target, arn, {
      arn,
      vault: vault.name,
      resourceArn: job.resourceArn,
      kind: job.kind,
      status: "COMPLETED",
      createdMs: job.createdMs,
      completedMs: cloud.world.clock.nowMs(),
      roleArn: job.roleArn,
      lifecycle: job.lifecycle,
      sourceVaultArn: job.sourceVaultArn,
      encrypted,
      tags: source?.tags ?? {},
      ...(job.createdBy && { createdBy: job.createdBy }),
    });
    return { destinationArn: arn };
  });
}

export function doRestore(cloud: Cloud, region: string, job: RestoreJob): void {
  begin(cloud, restoreJobs(cloud), region, job, async () => {
    const call = asBackup(cloud, region);
    let createdArn = job.createdArn;
    if (createdArn === undefined) {
      createdArn = await databases.beginRestore(call, { kind: job.kind, arn: job.recoveryPointArn }, job.metadata);
      restoreJobs(cloud).put(region, job.id, { ...restoreJobs(cloud).get(region, job.id)!, createdArn });
    }
    for (;;) {
      const status = await databases.databaseStatus(call, createdArn);
      if (status === "available") return { createdArn };
      if (status === "failed") throw new Error(`The database ${createdArn} failed.`);
      await cloud.world.clock.sleep(pollMs, cloud.stopping);
    }
  });
}

/** What the last life of the cloud left unfinished. */
export function resumeJobs(cloud: Cloud): void {
  const unfinished = ({ value }: { value: { state: string } }) => value.state === "CREATED" || value.state === "RUNNING";
  for (const { scope, value } of backupJobs(cloud).all().filter(unfinished)) doBackup(cloud, scope, value);
  for (const { scope, value } of copyJobs(cloud).all().filter(unfinished)) doCopy(cloud, scope, value);
  for (const { scope, value } of restoreJobs(cloud).all().filter(unfinished)) doRestore(cloud, scope, value);
}
