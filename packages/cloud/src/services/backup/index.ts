/** AWS Backup in the embedded cloud. README.md says what is real, recorded and refused. */
import { type Authorization, defineService, type OperationContext } from "../../service.ts";
import { resetBackup, startBackup, stopBackup } from "./life.ts";
import * as jobs from "./operations/jobs.ts";
import * as plans from "./operations/plans.ts";
import * as protectedResources from "./operations/protected-resources.ts";
import * as points from "./operations/recovery-points.ts";
import * as tags from "./operations/tags.ts";
import * as vaultOperations from "./operations/vaults.ts";
import { planArn } from "./plan.ts";
import { backupPlan } from "./resources/BackupPlan.ts";
import { backupSelection } from "./resources/BackupSelection.ts";
import { backupVault } from "./resources/BackupVault.ts";
import { readers } from "./resources/readers.ts";
import { recoveryPoints } from "./job.ts";
import { vaultArn, vaults } from "./vault.ts";

const passed = (role: string | undefined): Authorization[] =>
  role === undefined ? [] : [{ action: "iam:PassRole", resource: role, conditions: { "iam:PassedToService": "backup.amazonaws.com" } }];

const onVault =
  (action: string) =>
  (input: { BackupVaultName?: string | undefined; IamRoleArn?: string | undefined }, { cloud, region, account }: OperationContext) => [
    {
      action: `backup:${action}`,
      resource: vaultArn(region, account, input.BackupVaultName ?? ""),
      resourcePolicy: vaults(cloud).get(region, input.BackupVaultName ?? "")?.policy,
    },
    ...passed(input.IamRoleArn),
  ];

const onPlan =
  (action: string) =>
  (
    input: { BackupPlanId?: string | undefined; BackupSelection?: { IamRoleArn?: string | undefined } | undefined },
    { region, account }: OperationContext,
  ) => [
    { action: `backup:${action}`, resource: planArn(region, account, input.BackupPlanId ?? "*") },
    ...passed(input.BackupSelection?.IamRoleArn),
  ];

/** The policy is that of the vault which holds it. */
const onPoint =
  (action: string) =>
  (input: { RecoveryPointArn?: string | undefined; IamRoleArn?: string | undefined }, { cloud, region }: OperationContext) => {
    const resource = input.RecoveryPointArn ?? "*";
    const vault = recoveryPoints(cloud).get(region, resource)?.vault;
    const resourcePolicy = vault === undefined ? undefined : vaults(cloud).get(region, vault)?.policy;
    return [{ action: `backup:${action}`, resource, resourcePolicy }, ...passed(input.IamRoleArn)];
  };

const onArn = (action: string) => (input: { ResourceArn?: string | undefined }) => [
  { action: `backup:${action}`, resource: input.ResourceArn ?? "*" },
];

export const backup = defineService({
  id: "backup",
  operations: {
    CreateBackupPlan: plans.createBackupPlan,
    CreateBackupSelection: plans.createBackupSelection,
    CreateBackupVault: vaultOperations.createBackupVault,
    DeleteBackupPlan: plans.deleteBackupPlan,
    DeleteBackupSelection: plans.deleteBackupSelection,
    DeleteBackupVault: vaultOperations.deleteBackupVault,
    DeleteBackupVaultAccessPolicy: vaultOperations.deleteBackupVaultAccessPolicy,
    DeleteBackupVaultLockConfiguration: vaultOperations.deleteBackupVaultLockConfiguration,
    DeleteRecoveryPoint: points.deleteRecoveryPoint,
    DescribeBackupJob: jobs.describeBackupJob,
    DescribeBackupVault: vaultOperations.describeBackupVault,
    DescribeCopyJob: jobs.describeCopyJob,
    DescribeProtectedResource: protectedResources.describeProtectedResource,
    DescribeRecoveryPoint: points.describeRecoveryPoint,
    DescribeRestoreJob: jobs.describeRestoreJob,
    GetBackupPlan: plans.getBackupPlan,
    GetBackupSelection: plans.getBackupSelection,
    GetBackupVaultAccessPolicy: vaultOperations.getBackupVaultAccessPolicy,
    GetRecoveryPointRestoreMetadata: points.getRecoveryPointRestoreMetadata,
    ListBackupJobs: jobs.listBackupJobs,
    ListBackupPlans: plans.listBackupPlans,
    ListBackupSelections: plans.listBackupSelections,
    ListBackupVaults: vaultOperations.listBackupVaults,
    ListCopyJobs: jobs.listCopyJobs,
    ListProtectedResources: protectedResources.listProtectedResources,
    ListRecoveryPointsByBackupVault: points.listRecoveryPointsByBackupVault,
    ListRecoveryPointsByResource: points.listRecoveryPointsByResource,
    ListRestoreJobs: jobs.listRestoreJobs,
    ListTags: tags.listTags,
    PutBackupVaultAccessPolicy: vaultOperations.putBackupVaultAccessPolicy,
    PutBackupVaultLockConfiguration: vaultOperations.putBackupVaultLockConfiguration,
    StartBackupJob: jobs.startBackupJob,
    StartCopyJob: jobs.startCopyJob,
    StartRestoreJob: jobs.startRestoreJob,
    TagResource: tags.tagResource,
    UntagResource: tags.untagResource,
    UpdateBackupPlan: plans.updateBackupPlan,
    UpdateRecoveryPointLifecycle: points.updateRecoveryPointLifecycle,
  },
  // Lists and descriptions of jobs have no resource level: they ask for `*`.
  authorize: {
    CreateBackupPlan: (_input, { region, account }) => [{ action: "backup:CreateBackupPlan", resource: planArn(region, account, "*") }],
    CreateBackupSelection: onPlan("CreateBackupSelection"),
    CreateBackupVault: onVault("CreateBackupVault"),
    DeleteBackupPlan: onPlan("DeleteBackupPlan"),
    DeleteBackupSelection: onPlan("DeleteBackupSelection"),
    DeleteBackupVault: onVault("DeleteBackupVault"),
    DeleteBackupVaultAccessPolicy: onVault("DeleteBackupVaultAccessPolicy"),
    DeleteBackupVaultLockConfiguration: onVault("DeleteBackupVaultLockConfiguration"),
    DeleteRecoveryPoint: onPoint("DeleteRecoveryPoint"),
    DescribeBackupVault: onVault("DescribeBackupVault"),
    DescribeRecoveryPoint: onPoint("DescribeRecoveryPoint"),
    GetBackupPlan: onPlan("GetBackupPlan"),
    GetBackupSelection: onPlan("GetBackupSelection"),
    GetBackupVaultAccessPolicy: onVault("GetBackupVaultAccessPolicy"),
    GetRecoveryPointRestoreMetadata: onPoint("GetRecoveryPointRestoreMetadata"),
    ListBackupSelections: onPlan("ListBackupSelections"),
    ListRecoveryPointsByBackupVault: onVault("ListRecoveryPointsByBackupVault"),
    ListTags: onArn("ListTags"),
    PutBackupVaultAccessPolicy: onVault("PutBackupVaultAccessPolicy"),
    PutBackupVaultLockConfiguration: onVault("PutBackupVaultLockConfiguration"),
    StartBackupJob: onVault("StartBackupJob"),
    StartCopyJob: onPoint("StartCopyJob"),
    StartRestoreJob: onPoint("StartRestoreJob"),
    TagResource: onArn("TagResource"),
    UntagResource: onArn("UntagResource"),
    UpdateBackupPlan: onPlan("UpdateBackupPlan"),
    UpdateRecoveryPointLifecycle: onPoint("UpdateRecoveryPointLifecycle"),
  },
  readers,
  resources: {
    "AWS::Backup::BackupPlan": backupPlan,
    "AWS::Backup::BackupSelection": backupSelection,
    "AWS::Backup::BackupVault": backupVault,
  },
  start: startBackup,
  stop: stopBackup,
  reset: resetBackup,
});
