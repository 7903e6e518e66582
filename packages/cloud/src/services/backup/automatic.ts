/**
 * The backups that EFS asks for by itself, of each file system whose backup policy says so: each day, for 35 days, by a plan and into a vault
 * that AWS makes. Source: Amazon EFS User Guide, "Backing up EFS file systems"; re:Post, "Insufficient privileges … Amazon EFS restore".
 */
import type { Cloud } from "../../cloud.ts";
import { backupSource } from "../../runtime/backup-sources.ts";
import type { Call } from "../../service.ts";
import { AwsError } from "../../aws-error.ts";
import { type Plan, plans, selections } from "./plan.ts";
import { vaults } from "./vault.ts";

export const automaticVault = "aws/efs/automatic-backup-vault";
const automaticPlan = "aws/efs/automatic-backup-plan";
const [tag, value] = ["aws:elasticfilesystem:default-backup", "enabled"];

/** What nobody may do to what it holds, until its policy is changed. */
const policy = JSON.stringify({
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Deny",
      Principal: { AWS: "*" },
      Action: [
        "backup:DeleteBackupVault",
        "backup:DeleteBackupVaultAccessPolicy",
        "backup:DeleteRecoveryPoint",
        "backup:StartCopyJob",
        "backup:StartRestoreJob",
        "backup:UpdateRecoveryPointLifecycle",
      ],
      Resource: "*",
    },
  ],
});

/** Makes plan, vault and role of a region, at the first file system there that wants it. */
export async function keepAutomaticPlan(cloud: Cloud, region: string, call: Call): Promise<void> {
  if (
    plans(cloud)
      .list(region)
      .some(({ name }) => name === automaticPlan)
  )
    return;
  const fileSystems = (await backupSource(cloud, "EFS")).list(region);
  if (!fileSystems.some(({ tags }) => tags[tag] === value)) return;
  await call("iam", "CreateServiceLinkedRole", { AWSServiceName: "backup.amazonaws.com" }).catch((error: unknown) => {
    if (!(error instanceof AwsError && /has been taken/.test(error.message))) throw error;
  });
  const { clock, random } = cloud.world;
  const nowMs = clock.nowMs();
  const plan: Plan = {
    id: random.uuid(),
    versionId: random.uuid(),
    name: automaticPlan,
    rules: [
      {
        RuleId: random.uuid(),
        RuleName: "automatic-backup-rule",
        TargetBackupVaultName: automaticVault,
        ScheduleExpression: "cron(0 5 ? * * *)",
        Lifecycle: { DeleteAfterDays: 35 },
        anchorMs: nowMs,
      },
    ],
    createdMs: nowMs,
    tags: {},
  };
  const IamRoleArn = `arn:aws:iam::${cloud.account}:role/aws-service-role/backup.amazonaws.com/AWSServiceRoleForBackup`;
  const ListOfTags = [{ ConditionType: "STRINGEQUALS" as const, ConditionKey: tag, ConditionValue: value }];
  const selection = { SelectionName: "automatic-backup-selection", IamRoleArn, ListOfTags };
  const id = random.uuid();
  cloud.store.transaction(() => {
    vaults(cloud).put(region, automaticVault, { name: automaticVault, createdMs: nowMs, tags: {}, policy });
    plans(cloud).put(region, plan.id, plan);
    selections(cloud).put(region, id, { id, planId: plan.id, createdMs: nowMs, selection });
  });
}
