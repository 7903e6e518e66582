/** AWS::Backup::BackupSelection. Every change is another selection. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { resource } from "../../../resource.ts";
import { unlessGone } from "../../../stack-tags.ts";
import type { SelectionInput } from "../plan.ts";

type Properties = ResourceProperties["AWS::Backup::BackupSelection"];

/** `Ref` gives the plan's and the selection's id, as CloudFormation does. */
const physicalIdOf = (planId: string, id: string) => `${planId}_${id}`;

export const backupSelection = resource("AWS::Backup::BackupSelection", {
  coverage: {
    real: ["BackupPlanId", "BackupSelection"],
    recorded: ["BackupSelection.IamRoleArn"],
    note: "By ARN, with wildcards, and by tags, of RDS instances, Aurora clusters, EFS file systems and S3 buckets; other kinds are not found.",
  },
  /** Safe to repeat: the token is that of the act. */
  async create({ call, properties, token }) {
    const { BackupPlanId, BackupSelection } = properties satisfies Properties;
    const { SelectionId = "" } = await call("backup", "CreateBackupSelection", {
      BackupPlanId,
      BackupSelection: BackupSelection as SelectionInput,
      CreatorRequestId: token,
    });
    return {
      physicalId: physicalIdOf(BackupPlanId, SelectionId),
      attributes: { Id: physicalIdOf(BackupPlanId, SelectionId), SelectionId, BackupPlanId },
    };
  },
  async delete({ call, physicalId }) {
    const [BackupPlanId = "", SelectionId = ""] = physicalId.split("_");
    await call("backup", "DeleteBackupSelection", { BackupPlanId, SelectionId }).catch(unlessGone);
  },
});
