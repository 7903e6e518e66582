/** Jobs as they are done. Each step can be repeated, so that what a kill interrupted is taken up at the next start. */
import { AwsError } from "../../aws-error.ts";
import type { Cloud } from "../../cloud.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import type { Collection } from "../../store.ts";
import {
  type BackupJob,
  backupJobs,
  type CopyJob,
  copyJobs,
  findRecoveryPoint,
  type RecoveryPoint,
  recoveryPoints,
  type RestoreJob,
  restoreJobs,
} from "./job.ts";
import * as resources from "./protected-resources.ts";
import { checkRetention } from "./vault-lock.ts";
import { findVault, vaultArn, vaultAt } from "./vault.ts";

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
        state: error instanceof StartWindowOver ? "EXPIRED" : "FAILED",
        message: error instanceof Error ? error.message : String(error),
        completedMs: cloud.world.clock.nowMs(),
      } as Partial<J>);
    },
  );
  underWay(cloud).add(done);
  void done.finally(() => underWay(cloud).delete(done));
}

export const placeIn = (cloud: Cloud, region: string): resources.Place => ({ cloud, region, call: asBackup(cloud, region) });

/** What every recovery point has, of whichever kind. */
function keepPoint(
  cloud: Cloud,
  region: string,
  job: BackupJob | CopyJob,
  vault: string,
  taken: resources.Taken,
  more: Partial<RecoveryPoint>,
) {
  recoveryPoints(cloud).put(region, taken.arn, {
    ...taken,
    vault,
    resourceArn: job.resourceArn,
    kind: job.kind,
    status: "COMPLETED",
    createdMs: job.createdMs,
    completedMs: cloud.world.clock.nowMs(),
    roleArn: job.roleArn,
    lifecycle: job.lifecycle,
    tags: {},
    ...(job.createdBy && { createdBy: job.createdBy }),
    ...more,
  });
}

/** For so long a backup may wait for its beginning, in AWS's default; it is tried again at least every ten minutes (API_BackupRule, StartWindowMinutes). */
const startWindowMs = 8 * 60 * 60_000;
const tryAgainMs = 60_000;

class StartWindowOver extends Error {}

/** A database that is being backed up or changed just now takes no snapshot: then it is tried again, and the job has not begun. */
async function begun<T>(cloud: Cloud, region: string, { id, createdMs }: BackupJob, take: () => Promise<T>): Promise<T> {
  const mark = (state: BackupJob["state"]) => backupJobs(cloud).put(region, id, { ...backupJobs(cloud).get(region, id)!, state });
  for (;;) {
    try {
      return await take();
    } catch (error) {
      if (!(error instanceof AwsError) || !/^InvalidDB(Instance|Cluster)State/.test(error.code)) throw error;
      if (cloud.world.clock.nowMs() - createdMs > startWindowMs) throw new StartWindowOver(error.message, { cause: error });
      mark("CREATED");
      await cloud.world.clock.sleep(tryAgainMs, cloud.stopping);
      mark("RUNNING");
    }
  }
}

export function doBackup(cloud: Cloud, region: string, job: BackupJob): void {
  begin(cloud, backupJobs(cloud), region, job, async () => {
    checkRetention(findVault(cloud, region, job.vault), job.lifecycle);
    const taken = await begun(cloud, region, job, () => resources.take(placeIn(cloud, region), job));
    keepPoint(cloud, region, job, job.vault, taken, { tags: job.tags });
    for (const { vaultArn: destinationVaultArn, lifecycle } of job.copies) {
      const copy: CopyJob = {
        // The same at every attempt, so that there is one copy.
        id: `${job.id.slice(0, 24)}${Buffer.from(destinationVaultArn).toString("hex").slice(-12)}`.toUpperCase(),
        state: "CREATED",
        createdMs: cloud.world.clock.nowMs(),
        roleArn: job.roleArn,
        sourceVaultArn: vaultArn(region, cloud.account, job.vault),
        sourceArn: taken.arn,
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
    return { recoveryPointArn: taken.arn };
  });
}

export function doCopy(cloud: Cloud, region: string, job: CopyJob): void {
  begin(cloud, copyJobs(cloud), region, job, async () => {
    const { region: target, vault } = vaultAt(cloud, job.destinationVaultArn);
    checkRetention(vault, job.lifecycle);
    const point = findRecoveryPoint(cloud, region, undefined, job.sourceArn);
    const taken = await resources.copy(placeIn(cloud, target), { region, point }, job.id);
    keepPoint(cloud, target, job, vault.name, taken, { sourceVaultArn: job.sourceVaultArn, tags: point.tags });
    return { destinationArn: taken.arn };
  });
}

export function doRestore(cloud: Cloud, region: string, job: RestoreJob): void {
  begin(cloud, restoreJobs(cloud), region, job, async () => {
    const createdArn = await resources.restore(placeIn(cloud, region), job, (arn) =>
      restoreJobs(cloud).put(region, job.id, { ...restoreJobs(cloud).get(region, job.id)!, createdArn: arn }),
    );
    return { createdArn };
  });
}

/** What the last life of the cloud left unfinished. */
export function resumeJobs(cloud: Cloud): void {
  const unfinished = ({ value }: { value: { state: string } }) => value.state === "CREATED" || value.state === "RUNNING";
  for (const { scope, value } of backupJobs(cloud).all().filter(unfinished)) doBackup(cloud, scope, value);
  for (const { scope, value } of copyJobs(cloud).all().filter(unfinished)) doCopy(cloud, scope, value);
  for (const { scope, value } of restoreJobs(cloud).all().filter(unfinished)) doRestore(cloud, scope, value);
}
