/** Jobs asked for by hand, and what they are doing: backups, copies, restores. */
import type { Output } from "../../../aws.ts";
import { operation, type OperationContext } from "../../../service.ts";
import { automaticVault } from "../automatic.ts";
import { insufficientPrivileges, invalidValue, notFound } from "../errors.ts";
import {
  type BackupJob,
  backupJobs,
  type CopyJob,
  copyJobs,
  type CreatedBy,
  findRecoveryPoint,
  type RestoreJob,
  restoreJobs,
} from "../job.ts";
import { page } from "../pages.ts";
import { planArn } from "../plan.ts";
import { checkMetadata, kindOf, pointArn, protectable } from "../protected-resources.ts";
import { findVault, vaultArn, vaultAt } from "../vault.ts";
import { doBackup, doCopy, doRestore, placeIn } from "../work.ts";
import { requireRole } from "./plans.ts";

export const startBackupJob = operation("backup", "StartBackupJob", async (input, context) => {
  const { cloud, region, account, call } = context;
  const { name: vault } = findVault(cloud, region, input.BackupVaultName ?? "");
  if (vault === automaticVault) throw insufficientPrivileges();
  const resourceArn = input.ResourceArn ?? "";
  const kind = kindOf(resourceArn);
  await requireRole(call, input.IamRoleArn ?? "");
  const all = await protectable(placeIn(cloud, region));
  if (!all.some(({ arn }) => arn === resourceArn)) throw invalidValue(`Resource ${resourceArn} does not exist.`);
  const token = input.IdempotencyToken;
  const same =
    token === undefined
      ? undefined
      : backupJobs(cloud)
          .list(region)
          .find((each) => each.token === token);
  const job: BackupJob = same ?? {
    id: cloud.world.random.uuid(),
    state: "CREATED",
    createdMs: cloud.world.clock.nowMs(),
    roleArn: input.IamRoleArn!,
    vault,
    resourceArn,
    kind,
    lifecycle: { ...input.Lifecycle },
    tags: { ...input.RecoveryPointTags },
    copies: [],
    ...(token !== undefined && { token }),
  };
  if (!same) {
    backupJobs(cloud).put(region, job.id, job);
    doBackup(cloud, region, job);
  }
  return {
    BackupJobId: job.id,
    RecoveryPointArn: pointArn(region, account, job),
    CreationDate: new Date(job.createdMs),
    IsParent: false,
  };
});

type BackupShape = NonNullable<Output<"backup", "ListBackupJobs">["BackupJobs"]>[number];

function backupShape({ region, account }: OperationContext, job: BackupJob): BackupShape {
  return {
    AccountId: account,
    BackupJobId: job.id,
    BackupVaultName: job.vault,
    BackupVaultArn: vaultArn(region, account, job.vault),
    ...(job.recoveryPointArn !== undefined && { RecoveryPointArn: job.recoveryPointArn }),
    ResourceArn: job.resourceArn,
    ResourceType: job.kind,
    ResourceName: job.resourceArn.split(/[:/]/).at(-1)!,
    CreationDate: new Date(job.createdMs),
    ...(job.completedMs !== undefined && { CompletionDate: new Date(job.completedMs) }),
    State: job.state,
    ...(job.message !== undefined && { StatusMessage: job.message }),
    PercentDone: job.state === "COMPLETED" ? "100.0" : "0.0",
    IamRoleArn: job.roleArn,
    ...(job.createdBy && { CreatedBy: creator(region, account, job.createdBy) }),
    IsParent: false,
  };
}

export function creator(region: string, account: string, { planId, planVersion, ruleId }: CreatedBy) {
  return {
    BackupPlanId: planId,
    BackupPlanArn: planArn(region, account, planId),
    BackupPlanVersion: planVersion,
    BackupRuleId: ruleId,
  };
}

export const describeBackupJob = operation("backup", "DescribeBackupJob", (input, context) => {
  const job = backupJobs(context.cloud).get(context.region, input.BackupJobId ?? "");
  if (!job) throw notFound(`Backup job ${input.BackupJobId} not found.`);
  return backupShape(context, job);
});

/** Newest first, by their time of creation. */
const byAge = ({ createdMs, id }: { createdMs: number; id: string }) => `${String(9e15 - createdMs).padStart(16, "0")}${id}`;

export const listBackupJobs = operation("backup", "ListBackupJobs", (input, context) => {
  const all = backupJobs(context.cloud)
    .list(context.region)
    .filter(
      (job) =>
        (input.ByResourceArn === undefined || job.resourceArn === input.ByResourceArn) &&
        (input.ByState === undefined || job.state === input.ByState) &&
        (input.ByBackupVaultName === undefined || job.vault === input.ByBackupVaultName) &&
        (input.ByResourceType === undefined || job.kind === input.ByResourceType) &&
        (input.ByCreatedAfter === undefined || job.createdMs > input.ByCreatedAfter.getTime()) &&
        (input.ByCreatedBefore === undefined || job.createdMs < input.ByCreatedBefore.getTime()),
    );
  const { items, ...more } = page(all, input, byAge, "backup-jobs");
  return { BackupJobs: items.map((job) => backupShape(context, job)), ...more };
});

export const startCopyJob = operation("backup", "StartCopyJob", async (input, { cloud, region, account, call }) => {
  const { name } = findVault(cloud, region, input.SourceBackupVaultName ?? "");
  const point = findRecoveryPoint(cloud, region, name, input.RecoveryPointArn ?? "");
  vaultAt(cloud, input.DestinationBackupVaultArn ?? "");
  await requireRole(call, input.IamRoleArn ?? "");
  const token = input.IdempotencyToken;
  const same =
    token === undefined
      ? undefined
      : copyJobs(cloud)
          .list(region)
          .find((each) => each.token === token);
  if (same) return { CopyJobId: same.id, CreationDate: new Date(same.createdMs), IsParent: false };
  const job: CopyJob = {
    ...(token !== undefined && { token }),
    id: cloud.world.random.uuid().toUpperCase(),
    state: "CREATED",
    createdMs: cloud.world.clock.nowMs(),
    roleArn: input.IamRoleArn!,
    sourceVaultArn: vaultArn(region, account, name),
    sourceArn: point.arn,
    destinationVaultArn: input.DestinationBackupVaultArn!,
    resourceArn: point.resourceArn,
    kind: point.kind,
    lifecycle: { ...input.Lifecycle },
  };
  copyJobs(cloud).put(region, job.id, job);
  doCopy(cloud, region, job);
  return { CopyJobId: job.id, CreationDate: new Date(job.createdMs), IsParent: false };
});

type CopyShape = NonNullable<Output<"backup", "ListCopyJobs">["CopyJobs"]>[number];

function copyShape({ region, account }: OperationContext, job: CopyJob): CopyShape {
  return {
    AccountId: account,
    CopyJobId: job.id,
    SourceBackupVaultArn: job.sourceVaultArn,
    SourceRecoveryPointArn: job.sourceArn,
    DestinationBackupVaultArn: job.destinationVaultArn,
    ...(job.destinationArn !== undefined && { DestinationRecoveryPointArn: job.destinationArn }),
    ResourceArn: job.resourceArn,
    ResourceType: job.kind,
    CreationDate: new Date(job.createdMs),
    ...(job.completedMs !== undefined && { CompletionDate: new Date(job.completedMs) }),
    State: job.state,
    ...(job.message !== undefined && { StatusMessage: job.message }),
    IamRoleArn: job.roleArn,
    ...(job.createdBy && { CreatedBy: creator(region, account, job.createdBy) }),
    IsParent: false,
  };
}

export const describeCopyJob = operation("backup", "DescribeCopyJob", (input, context) => {
  const job = copyJobs(context.cloud).get(context.region, input.CopyJobId ?? "");
  if (!job) throw notFound(`Copy job ${input.CopyJobId} not found.`);
  return { CopyJob: copyShape(context, job) };
});

export const listCopyJobs = operation("backup", "ListCopyJobs", (input, context) => {
  const all = copyJobs(context.cloud)
    .list(context.region)
    .filter(
      (job) =>
        (input.ByResourceArn === undefined || job.resourceArn === input.ByResourceArn) &&
        (input.ByState === undefined || job.state === input.ByState) &&
        (input.ByDestinationVaultArn === undefined || job.destinationVaultArn === input.ByDestinationVaultArn),
    );
  const { items, ...more } = page(all, input, byAge, "copy-jobs");
  return { CopyJobs: items.map((job) => copyShape(context, job)), ...more };
});

export const startRestoreJob = operation("backup", "StartRestoreJob", async (input, { cloud, region, call }) => {
  const point = findRecoveryPoint(cloud, region, undefined, input.RecoveryPointArn ?? "");
  if (input.IamRoleArn !== undefined) await requireRole(call, input.IamRoleArn);
  const metadata = Object.fromEntries(Object.entries(input.Metadata ?? {}).map(([name, value]) => [name, value ?? ""]));
  await checkMetadata(cloud, point.kind, metadata);
  const job: RestoreJob = {
    id: cloud.world.random.uuid().toUpperCase(),
    state: "CREATED",
    createdMs: cloud.world.clock.nowMs(),
    roleArn: input.IamRoleArn ?? "",
    recoveryPointArn: point.arn,
    kind: point.kind,
    metadata,
  };
  restoreJobs(cloud).put(region, job.id, job);
  doRestore(cloud, region, job);
  return { RestoreJobId: job.id };
});

function restoreShape({ account }: OperationContext, job: RestoreJob) {
  return {
    AccountId: account,
    RestoreJobId: job.id,
    RecoveryPointArn: job.recoveryPointArn,
    CreationDate: new Date(job.createdMs),
    ...(job.completedMs !== undefined && { CompletionDate: new Date(job.completedMs) }),
    Status: job.state === "CREATED" ? ("PENDING" as const) : job.state,
    ...(job.message !== undefined && { StatusMessage: job.message }),
    PercentDone: job.state === "COMPLETED" ? "100.00%" : "0.00%",
    IamRoleArn: job.roleArn,
    ...(job.createdArn !== undefined && { CreatedResourceArn: job.createdArn }),
    ResourceType: job.kind,
  };
}

export const describeRestoreJob = operation("backup", "DescribeRestoreJob", (input, context) => {
  const job = restoreJobs(context.cloud).get(context.region, input.RestoreJobId ?? "");
  if (!job) throw notFound(`Restore job ${input.RestoreJobId} not found.`);
  return restoreShape(context, job);
});

export const listRestoreJobs = operation("backup", "ListRestoreJobs", (input, context) => {
  const all = restoreJobs(context.cloud)
    .list(context.region)
    .filter((job) => input.ByStatus === undefined || restoreShape(context, job).Status === input.ByStatus);
  const { items, ...more } = page(all, input, byAge, "restore-jobs");
  return { RestoreJobs: items.map((job) => restoreShape(context, job)), ...more };
});
