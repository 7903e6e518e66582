/** AWS::Backup::BackupPlan. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { type Made, resource, type ResourceRequest } from "../../../resource.ts";
import { unlessGone } from "../../../stack-tags.ts";
import type { PlanInput } from "../plan.ts";

type Properties = ResourceProperties["AWS::Backup::BackupPlan"];

/** As the API has it, where two members are called otherwise. */
function planOf({ BackupPlan: plan }: Properties): PlanInput {
  return {
    BackupPlanName: plan.BackupPlanName,
    Rules: plan.BackupPlanRule.map(({ TargetBackupVault, CopyActions, Lifecycle, ...rule }) => ({
      ...(rule as object),
      RuleName: rule.RuleName,
      TargetBackupVaultName: TargetBackupVault,
      ...(Lifecycle && { Lifecycle }),
      ...(CopyActions && { CopyActions }),
    })),
  } as PlanInput;
}

const made = (answer: { BackupPlanId?: string | undefined; BackupPlanArn?: string | undefined; VersionId?: string | undefined }): Made => ({
  physicalId: answer.BackupPlanId!,
  attributes: { BackupPlanId: answer.BackupPlanId!, BackupPlanArn: answer.BackupPlanArn!, VersionId: answer.VersionId! },
});

const tagsOf = ({ tags, properties }: Pick<ResourceRequest<Properties>, "tags" | "properties">) => ({
  ...tags,
  ...properties.BackupPlanTags,
});

export const backupPlan = resource("AWS::Backup::BackupPlan", {
  coverage: {
    real: ["BackupPlan", "BackupPlanTags"],
    recorded: ["BackupPlan.BackupPlanRule.StartWindowMinutes", "BackupPlan.BackupPlanRule.CompletionWindowMinutes"],
    refused: {
      "BackupPlan.AdvancedBackupSettings": "Windows VSS belongs to EC2 instances, which are not backed up",
      "BackupPlan.ScanSettings": "scans for malware are not served",
      "BackupPlan.BackupPlanRule.EnableContinuousBackup":
        "databases keep any second by their own retention; buckets are backed up at the times of the plan",
      "BackupPlan.BackupPlanRule.IndexActions": "indexes of backups are not served",
      "BackupPlan.BackupPlanRule.ScanActions": "scans for malware are not served",
      "BackupPlan.BackupPlanRule.TargetLogicallyAirGappedBackupVaultArn": "logically air-gapped vaults are not served",
    },
    note: "Backs up databases, file systems and buckets at its times, copies to vaults of other regions, and deletes by its lifecycle.",
  },
  /** Safe to repeat: the token is that of the act. */
  async create(request) {
    const { call, properties, token } = request;
    return made(
      await call("backup", "CreateBackupPlan", {
        BackupPlan: planOf(properties),
        BackupPlanTags: tagsOf(request),
        CreatorRequestId: token,
      }),
    );
  },
  async update(request) {
    const { call, physicalId, properties, previous } = request;
    const answer = await call("backup", "UpdateBackupPlan", { BackupPlanId: physicalId, BackupPlan: planOf(properties) });
    const wanted = tagsOf(request);
    const ResourceArn = answer.BackupPlanArn!;
    const TagKeyList = Object.keys(previous.BackupPlanTags ?? {}).filter((key) => !(key in wanted));
    if (TagKeyList.length > 0) await call("backup", "UntagResource", { ResourceArn, TagKeyList });
    await call("backup", "TagResource", { ResourceArn, Tags: wanted });
    return made(answer);
  },
  async delete({ call, physicalId }) {
    await call("backup", "DeleteBackupPlan", { BackupPlanId: physicalId }).catch(unlessGone);
  },
});
