/** A database's copies in another region, by AWS Backup: a vault here and there, and a plan that fills both each day. */
import { sub, type Compilation } from "./compilation.ts";
import type { NamedDatabase } from "./inventory.ts";
import { logicalId } from "./names.ts";
import type { Made, Value } from "./value.ts";

/** Here only until it is there, and a few days more, in case that region is gone in turn. */
const daysHere = 7;
const daysThere = "35 days";

/** @param arn the database's */
export function buildBackupCopy(compilation: Compilation, named: NamedDatabase, arn: Value): void {
  const { draft, stem } = compilation;
  const { id, key, kebab, declared } = named;
  const { copy } = declared.options.backup ?? {};
  if (!copy) return;
  const { override: _, ...origin } = compilation.origin(named);
  const vault = (region?: string): Made =>
    draft.add(region ? { layer: "database", region } : "database", `${id}Vault${region ? logicalId(region) : ""}`, origin, () => ({
      Type: "AWS::Backup::BackupVault",
      // What it holds goes when its days are over; a vault that holds something cannot be deleted.
      DeletionPolicy: "Retain",
      UpdateReplacePolicy: "Retain",
      // It stays, so the next stack of that name needs another: with the beginning of the stack's own id.
      Properties: { BackupVaultName: vaultName(`${stem}-${kebab}`) as string },
    }));
  const [here, there] = [vault(), vault(copy.region)];
  const role = draft.add("database", `${id}BackupRole`, origin, () => ({
    Type: "AWS::IAM::Role",
    Properties: {
      AssumeRolePolicyDocument: {
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: { Service: "backup.amazonaws.com" }, Action: "sts:AssumeRole" }],
      },
      ManagedPolicyArns: [{ "Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup" }],
    },
  }));
  const plan = draft.add("database", `${id}BackupPlan`, origin, (at) => ({
    Type: "AWS::Backup::BackupPlan",
    Properties: {
      BackupPlan: {
        BackupPlanName: `${stem}-${kebab}`.slice(0, 50),
        BackupPlanRule: [
          {
            RuleName: "daily",
            TargetBackupVault: at.take(here.ref()),
            ScheduleExpression: "cron(0 5 ? * * *)",
            Lifecycle: { DeleteAfterDays: daysHere },
            CopyActions: [
              {
                DestinationBackupVaultArn: at.take(there.attribute("BackupVaultArn")),
                Lifecycle: { DeleteAfterDays: Number.parseInt(copy.retain ?? daysThere, 10) },
              },
            ],
          },
        ],
      },
    },
  }));
  draft.add("database", `${id}BackupSelection`, origin, (at) => ({
    Type: "AWS::Backup::BackupSelection",
    Properties: {
      BackupPlanId: at.take(plan.ref()),
      BackupSelection: { SelectionName: key.slice(0, 50), IamRoleArn: at.take(role.attribute("Arn")), Resources: [at.take(arn)] },
    },
  }));
}

/** At most 50 characters. */
function vaultName(name: string): unknown {
  const unique = { "Fn::Select": [0, { "Fn::Split": ["-", { "Fn::Select": [2, { "Fn::Split": ["/", { Ref: "AWS::StackId" }] }] }] }] };
  return sub(`${name.slice(0, 41)}-\${Unique}`, { Unique: unique });
}

/** What stays when a stage is destroyed. */
export function backupRemains(databases: readonly NamedDatabase[]): string[] {
  return databases.flatMap(({ key, declared }) => {
    const { copy } = declared.options.backup ?? {};
    return copy ? [`the backup vaults of ${key}, here and in ${copy.region}, until what they hold is past its days: delete them then`] : [];
  });
}
