/** Recovery points: listed, described, given another life, deleted; and what a restore of one has to be told. */
import { operation, type OperationContext } from "../../../service.ts";
import { deleteAtMs, findRecoveryPoint, type RecoveryPoint, recoveryPoints } from "../job.ts";
import { page } from "../pages.ts";
import { remove, restoreMetadata } from "../protected-resources.ts";
import { checkUnlocked } from "../vault-lock.ts";
import { findVault, vaultArn } from "../vault.ts";
import { asBackup, placeIn } from "../work.ts";
import { creator } from "./jobs.ts";

function shape({ region, account }: OperationContext, point: RecoveryPoint) {
  const gone = deleteAtMs(point);
  return {
    RecoveryPointArn: point.arn,
    BackupVaultName: point.vault,
    BackupVaultArn: vaultArn(region, account, point.vault),
    ...(point.sourceVaultArn !== undefined && { SourceBackupVaultArn: point.sourceVaultArn }),
    ResourceArn: point.resourceArn,
    ResourceType: point.kind,
    ...(point.createdBy && { CreatedBy: creator(region, account, point.createdBy) }),
    IamRoleArn: point.roleArn,
    Status: point.status,
    CreationDate: new Date(point.createdMs),
    CompletionDate: new Date(point.completedMs),
    ...(gone !== undefined && { CalculatedLifecycle: { DeleteAt: new Date(gone) } }),
    Lifecycle: point.lifecycle,
    StorageClass: "WARM" as const,
    ...(point.sizeBytes !== undefined && { BackupSizeInBytes: point.sizeBytes }),
    IsEncrypted: point.encrypted,
    IsParent: false,
  };
}

export const listRecoveryPointsByBackupVault = operation("backup", "ListRecoveryPointsByBackupVault", (input, context) => {
  const { cloud, region } = context;
  const { name } = findVault(cloud, region, input.BackupVaultName ?? "");
  const all = recoveryPoints(cloud)
    .list(region)
    .filter(
      (point) =>
        point.vault === name &&
        (input.ByResourceArn === undefined || point.resourceArn === input.ByResourceArn) &&
        (input.ByResourceType === undefined || point.kind === input.ByResourceType) &&
        (input.ByBackupPlanId === undefined || point.createdBy?.planId === input.ByBackupPlanId) &&
        (input.ByCreatedAfter === undefined || point.createdMs > input.ByCreatedAfter.getTime()) &&
        (input.ByCreatedBefore === undefined || point.createdMs < input.ByCreatedBefore.getTime()),
    );
  const { items, ...more } = page(all, input, ({ arn }) => arn, "recovery-points");
  return { RecoveryPoints: items.map((point) => shape(context, point)), ...more };
});

export const listRecoveryPointsByResource = operation("backup", "ListRecoveryPointsByResource", (input, context) => {
  const all = recoveryPoints(context.cloud)
    .list(context.region)
    .filter(({ resourceArn }) => resourceArn === input.ResourceArn);
  const { items, ...more } = page(all, input, ({ arn }) => arn, "recovery-points");
  return {
    RecoveryPoints: items.map((point) => ({
      RecoveryPointArn: point.arn,
      CreationDate: new Date(point.createdMs),
      Status: point.status,
      BackupVaultName: point.vault,
      ...(point.sizeBytes !== undefined && { BackupSizeBytes: point.sizeBytes }),
      IsParent: false,
    })),
    ...more,
  };
});

export const describeRecoveryPoint = operation("backup", "DescribeRecoveryPoint", (input, context) =>
  shape(context, findRecoveryPoint(context.cloud, context.region, input.BackupVaultName, input.RecoveryPointArn ?? "")),
);

export const updateRecoveryPointLifecycle = operation("backup", "UpdateRecoveryPointLifecycle", (input, context) => {
  const { cloud, region } = context;
  const point = findRecoveryPoint(cloud, region, input.BackupVaultName, input.RecoveryPointArn ?? "");
  checkUnlocked(findVault(cloud, region, point.vault));
  const changed = { ...point, lifecycle: { ...input.Lifecycle } };
  recoveryPoints(cloud).put(region, point.arn, changed);
  const { BackupVaultArn, RecoveryPointArn, Lifecycle, CalculatedLifecycle } = shape(context, changed);
  return { BackupVaultArn, RecoveryPointArn, Lifecycle, ...(CalculatedLifecycle && { CalculatedLifecycle }) };
});

export const deleteRecoveryPoint = operation("backup", "DeleteRecoveryPoint", async (input, { cloud, region }) => {
  const point = findRecoveryPoint(cloud, region, input.BackupVaultName, input.RecoveryPointArn ?? "");
  checkUnlocked(findVault(cloud, region, point.vault));
  await remove(placeIn(cloud, region), point);
  recoveryPoints(cloud).delete(region, point.arn);
  return {};
});

export const getRecoveryPointRestoreMetadata = operation("backup", "GetRecoveryPointRestoreMetadata", async (input, context) => {
  const { cloud, region, account } = context;
  const point = findRecoveryPoint(cloud, region, input.BackupVaultName, input.RecoveryPointArn ?? "");
  return {
    BackupVaultArn: vaultArn(region, account, point.vault),
    RecoveryPointArn: point.arn,
    RestoreMetadata: await restoreMetadata(asBackup(cloud, region), point),
    ResourceType: point.kind,
  };
});
