/** CreateBackupVault, DescribeBackupVault, ListBackupVaults, DeleteBackupVault. */
import { operation, type OperationContext } from "../../../service.ts";
import { alreadyExists, invalidRequest } from "../errors.ts";
import { recoveryPoints } from "../job.ts";
import { page } from "../pages.ts";
import { checkVaultName, findVault, type Vault, vaultArn, vaults } from "../vault.ts";

export const createBackupVault = operation("backup", "CreateBackupVault", (input, { cloud, region, account }) => {
  const name = checkVaultName(input.BackupVaultName ?? "");
  const BackupVaultArn = vaultArn(region, account, name);
  if (vaults(cloud).has(region, name)) {
    const members = { Arn: BackupVaultArn, CreatorRequestId: input.CreatorRequestId };
    throw alreadyExists(`Backup vault with the same name already exists: ${name}`, members);
  }
  const vault: Vault = {
    name,
    createdMs: cloud.world.clock.nowMs(),
    tags: { ...input.BackupVaultTags },
    ...(input.EncryptionKeyArn !== undefined && { kmsKeyArn: input.EncryptionKeyArn }),
  };
  vaults(cloud).put(region, name, vault);
  return { BackupVaultName: name, BackupVaultArn, CreationDate: new Date(vault.createdMs) };
});

export const describeBackupVault = operation("backup", "DescribeBackupVault", (input, context) =>
  shape(context, findVault(context.cloud, context.region, input.BackupVaultName ?? "")),
);

export const listBackupVaults = operation("backup", "ListBackupVaults", (input, context) => {
  const { items, ...more } = page(vaults(context.cloud).list(context.region), input, ({ name }) => name, "vaults");
  return { BackupVaultList: items.map((vault) => shape(context, vault)), ...more };
});

export const deleteBackupVault = operation("backup", "DeleteBackupVault", (input, { cloud, region }) => {
  const { name } = findVault(cloud, region, input.BackupVaultName ?? "");
  const held = recoveryPoints(cloud)
    .list(region)
    .some(({ vault }) => vault === name);
  if (held) throw invalidRequest(`Backup vault ${name} cannot be deleted because it contains recovery points.`);
  vaults(cloud).delete(region, name);
  return {};
});

function shape({ cloud, region, account }: OperationContext, vault: Vault) {
  return {
    BackupVaultName: vault.name,
    BackupVaultArn: vaultArn(region, account, vault.name),
    VaultType: "BACKUP_VAULT" as const,
    VaultState: "AVAILABLE" as const,
    EncryptionKeyArn: vault.kmsKeyArn ?? `arn:aws:kms:${region}:${account}:alias/aws/backup`,
    CreationDate: new Date(vault.createdMs),
    NumberOfRecoveryPoints: recoveryPoints(cloud)
      .list(region)
      .filter((point) => point.vault === vault.name).length,
    Locked: false,
  };
}
