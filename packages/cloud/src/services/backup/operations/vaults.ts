/** Vaults: made, described, listed, deleted; their access policies and locks. */
import { operation, type OperationContext } from "../../../service.ts";
import { parsePolicy } from "../../../identity/policy.ts";
import { alreadyExists, invalidRequest, invalidValue, notFound } from "../errors.ts";
import { recoveryPoints } from "../job.ts";
import { page } from "../pages.ts";
import { checkChangeable, lockOf } from "../vault-lock.ts";
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
    Locked: vault.lock !== undefined,
    ...(vault.lock?.minDays !== undefined && { MinRetentionDays: vault.lock.minDays }),
    ...(vault.lock?.maxDays !== undefined && { MaxRetentionDays: vault.lock.maxDays }),
    ...(vault.lock?.forGoodAtMs !== undefined && { LockDate: new Date(vault.lock.forGoodAtMs) }),
  };
}

/** One that was made: `Default` has neither policy nor lock until then. */
function change({ cloud, region }: OperationContext, given: string | undefined, changed: (vault: Vault) => Vault): Record<string, never> {
  const vault = findVault(cloud, region, given ?? "");
  vaults(cloud).put(region, vault.name, changed(vault));
  return {};
}

const longestPolicy = 10_240;

export const putBackupVaultAccessPolicy = operation("backup", "PutBackupVaultAccessPolicy", (input, context) => {
  const policy = input.Policy ?? "";
  if (policy.length > longestPolicy) throw invalidValue(`The policy has more than ${longestPolicy} characters.`);
  checkPolicy(policy);
  return change(context, input.BackupVaultName, (vault) => ({ ...vault, policy }));
});

/** Such a policy has no wildcards in its actions (AWS Backup Developer Guide, "Vault access policies"). */
function checkPolicy(text: string): void {
  let statements;
  try {
    ({ statements } = parsePolicy(text));
  } catch {
    throw invalidValue("Policy is not a valid JSON policy document.");
  }
  for (const { principal, actions } of statements) {
    if (principal === undefined) throw invalidValue("Each statement of the policy needs a Principal.");
    const strange = actions.find((action) => !/^backup:[A-Za-z]+$/.test(action));
    if (strange !== undefined) throw invalidValue(`The policy has an action that vaults do not take: ${strange}`);
  }
}

export const getBackupVaultAccessPolicy = operation("backup", "GetBackupVaultAccessPolicy", (input, { cloud, region, account }) => {
  const { name, policy } = findVault(cloud, region, input.BackupVaultName ?? "");
  if (policy === undefined) throw notFound(`Backup vault ${name} has no associated policy.`);
  return { BackupVaultName: name, BackupVaultArn: vaultArn(region, account, name), Policy: policy };
});

export const deleteBackupVaultAccessPolicy = operation("backup", "DeleteBackupVaultAccessPolicy", (input, context) =>
  change(context, input.BackupVaultName, ({ policy: _removed, ...vault }) => vault),
);

export const putBackupVaultLockConfiguration = operation("backup", "PutBackupVaultLockConfiguration", (input, context) => {
  const lock = lockOf(input, context.cloud.world.clock.nowMs());
  return change(context, input.BackupVaultName, (vault) => {
    checkChangeable(context.cloud, vault);
    return { ...vault, lock };
  });
});

export const deleteBackupVaultLockConfiguration = operation("backup", "DeleteBackupVaultLockConfiguration", (input, context) =>
  change(context, input.BackupVaultName, (vault) => {
    checkChangeable(context.cloud, vault);
    const { lock: _removed, ...unlocked } = vault;
    return unlocked;
  }),
);
