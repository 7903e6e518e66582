/** How vaults, plans and selections are read again. */
import type { Readers } from "../../../resource.ts";

export const readers: Readers = {
  "AWS::Backup::BackupVault": async ({ call, physicalId }) => ({
    ...(await call("backup", "DescribeBackupVault", { BackupVaultName: physicalId })),
  }),
  "AWS::Backup::BackupPlan": async ({ call, physicalId }) => {
    const { BackupPlan } = await call("backup", "GetBackupPlan", { BackupPlanId: physicalId });
    const rules = (BackupPlan?.Rules ?? []).map((rule) => ({ ...rule, TargetBackupVault: rule.TargetBackupVaultName }));
    return { BackupPlan: { BackupPlanName: BackupPlan?.BackupPlanName, BackupPlanRule: rules } };
  },
  "AWS::Backup::BackupSelection": async ({ call, physicalId }) => {
    const [BackupPlanId = "", SelectionId = ""] = physicalId.split("_");
    const { BackupSelection } = await call("backup", "GetBackupSelection", { BackupPlanId, SelectionId });
    return { BackupPlanId, BackupSelection };
  },
};
