/** Copies of each day by AWS Backup: a vault here, and where that is asked for one in another region, and a plan that fills them. */
import type { BackupCopy } from "@plinth/language";
import { sub, type Compilation } from "./compilation.ts";
import type { Named, NamedDatabase } from "./inventory.ts";
import { logicalId } from "./names.ts";
import type { Made, Value } from "./value.ts";

/** Of what can be brought back by the second anyway: only until it is there, and a few days more, in case that region is gone in turn. */
const daysOnTheWay = 7;
const usualRetain = "35 days";

/** What of a file system is kept, and for how long; `undefined`: nothing. */
export function fileSystemBackup(
  { production }: Pick<Compilation, "production">,
  { declared }: Named<"fileSystem">,
): { retain: string; copy: BackupCopy | undefined } | undefined {
  const { backup = production } = declared.options;
  if (backup === false) return undefined;
  const { retain = usualRetain, copy } = backup === true ? {} : backup;
  return { retain, copy };
}

/** @param arn the database's */
export function buildDatabaseCopies(compilation: Compilation, named: NamedDatabase, arn: Value): void {
  const { copy } = named.declared.options.backup ?? {};
  if (copy) buildBackupPlan(compilation, named, "database", arn, { daysHere: daysOnTheWay, copy });
}

/**
 * A plan of the app's own: into the vault that EFS would have filled by itself nobody may look, its policy denies restores.
 * @returns its vault, and the role by which AWS Backup also brings back.
 */
export function buildFileSystemBackups(
  compilation: Compilation,
  named: Named<"fileSystem">,
  arn: Value,
): { vault: Made; role: Made } | undefined {
  const backup = fileSystemBackup(compilation, named);
  return backup && buildBackupPlan(compilation, named, "storage", arn, { daysHere: Number.parseInt(backup.retain, 10), copy: backup.copy });
}

function buildBackupPlan(
  compilation: Compilation,
  named: NamedDatabase | Named<"fileSystem">,
  layer: "database" | "storage",
  arn: Value,
  { daysHere, copy }: { daysHere: number; copy: BackupCopy | undefined },
): { vault: Made; role: Made } {
  const { draft, stem } = compilation;
  const { id, key, kebab } = named;
  const { override: _, ...origin } = compilation.origin(named);
  // In another region in a stack that waits for none: of the database a copy may stand there that follows this one.
  const vault = (region?: string): Made =>
    draft.add(region ? { layer: "storage", region } : layer, `${id}Vault${region ? logicalId(region) : ""}`, origin, () => ({
      Type: "AWS::Backup::BackupVault",
      // What it holds goes when its days are over; a vault that holds something cannot be deleted.
      DeletionPolicy: "Retain",
      UpdateReplacePolicy: "Retain",
      // It stays, so the next stack of that name needs another: with the beginning of the stack's own id.
      Properties: { BackupVaultName: vaultName(`${stem}-${kebab}`) as string },
    }));
  const here = vault();
  const there = copy && vault(copy.region);
  const policies = ["AWSBackupServiceRolePolicyForBackup", ...(layer === "storage" ? ["AWSBackupServiceRolePolicyForRestores"] : [])];
  const role = draft.add(layer, `${id}BackupRole`, origin, () => ({
    Type: "AWS::IAM::Role",
    Properties: {
      AssumeRolePolicyDocument: {
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: { Service: "backup.amazonaws.com" }, Action: "sts:AssumeRole" }],
      },
      ManagedPolicyArns: policies.map((name) => ({ "Fn::Sub": `arn:\${AWS::Partition}:iam::aws:policy/service-role/${name}` })),
    },
  }));
  const plan = draft.add(layer, `${id}BackupPlan`, origin, (at) => ({
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
            ...(there && {
              CopyActions: [
                {
                  DestinationBackupVaultArn: at.take(there.attribute("BackupVaultArn")),
                  Lifecycle: { DeleteAfterDays: Number.parseInt(copy.retain ?? usualRetain, 10) },
                },
              ],
            }),
          },
        ],
      },
    },
  }));
  draft.add(layer, `${id}BackupSelection`, origin, (at) => ({
    Type: "AWS::Backup::BackupSelection",
    Properties: {
      BackupPlanId: at.take(plan.ref()),
      BackupSelection: { SelectionName: key.slice(0, 50), IamRoleArn: at.take(role.attribute("Arn")), Resources: [at.take(arn)] },
    },
  }));
  return { vault: here, role };
}

/** At most 50 characters. */
function vaultName(name: string): unknown {
  const unique = { "Fn::Select": [0, { "Fn::Split": ["-", { "Fn::Select": [2, { "Fn::Split": ["/", { Ref: "AWS::StackId" }] }] }] }] };
  return sub(`${name.slice(0, 41)}-\${Unique}`, { Unique: unique });
}

/** What stays when a stage is destroyed. */
export function backupRemains(compilation: Compilation, databases: readonly NamedDatabase[]): string[] {
  const until = "until what they hold is past its days: delete them then";
  const vaults = (key: string, copy: BackupCopy | undefined) =>
    copy
      ? `the backup vaults of ${key}, here and in ${copy.region}, ${until}`
      : `the backup vault of ${key}, ${until.replace("they hold", "it holds").replace("them", "it")}`;
  return [
    ...databases.flatMap(({ key, declared }) => (declared.options.backup?.copy ? [vaults(key, declared.options.backup.copy)] : [])),
    ...compilation.inventory.of("fileSystem").flatMap((named) => {
      const backup = fileSystemBackup(compilation, named);
      return backup ? [vaults(named.key, backup.copy)] : [];
    }),
  ];
}
