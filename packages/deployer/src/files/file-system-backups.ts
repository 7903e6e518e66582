/** Copies that AWS Backup keeps of a stage's file systems: listed, made at once, and brought back beside what is there. */
import type { FileSystem } from "@plinth/compiler";
import type { Aws, Output } from "../aws.ts";
import { DeployError } from "../deploy-error.ts";
import { pollingDelaysMs, step, throwIfInterrupted, type Deployment } from "../deployment.ts";
import { outputOf } from "../parameters.ts";
import { describeStage, type DeployedStack } from "../stacks/stack-state.ts";

export interface FileSystemPoint {
  /** What tells it from the others: the end of its ARN. */
  id: string;
  arn: string;
  at: string;
  sizeBytes: number;
  vault: string;
}

export interface StageFileSystem {
  name: string;
  /** What EFS calls it. */
  id: string;
  arn: string;
  described: FileSystem;
  stacks: ReadonlyMap<string, DeployedStack>;
}

/** The one of that name; `undefined` where the app has no such, or no program mounts it. */
export async function stageFileSystem(
  { aws, assembly }: Pick<Deployment, "aws" | "assembly">,
  name: string,
): Promise<StageFileSystem | undefined> {
  const described = assembly.fileSystems?.find((one) => one.name === name);
  if (!described) return undefined;
  const stacks = await describeStage(aws, assembly);
  const arn = stacks.get(described.arn.stack)?.outputs[described.arn.output];
  if (arn === undefined)
    throw new DeployError("not-found", `The file system ${name} is not deployed.`, { remedy: "plinth deploy makes it." });
  return { name, id: arn.slice(arn.lastIndexOf("/") + 1), arn, described, stacks };
}

/** Newest first; those that are complete. */
export async function fileSystemPoints(aws: Aws, { arn }: StageFileSystem): Promise<FileSystemPoint[]> {
  const found: FileSystemPoint[] = [];
  let page: Output<"backup", "ListRecoveryPointsByResource"> | undefined;
  do {
    page = await aws.call("backup", "ListRecoveryPointsByResource", { ResourceArn: arn, NextToken: page?.NextToken });
    for (const each of page.RecoveryPoints ?? []) {
      if (each.Status !== "COMPLETED") continue;
      const pointArn = each.RecoveryPointArn ?? "";
      found.push({
        id: pointArn.slice(pointArn.lastIndexOf(":") + 1),
        arn: pointArn,
        at: each.CreationDate?.toISOString() ?? "",
        sizeBytes: each.BackupSizeBytes ?? 0,
        vault: each.BackupVaultName ?? "",
      });
    }
  } while (page.NextToken !== undefined);
  return found.sort((a, b) => b.at.localeCompare(a.at));
}

function backupOf({ name, described }: StageFileSystem): NonNullable<FileSystem["backup"]> {
  if (described.backup) return described.backup;
  throw new DeployError("not-found", `The file system ${name} has no backups in this stage.`, {
    remedy: "Declare backup: true and deploy; a copy is made each day from then on.",
  });
}

/** A copy of now, kept as long as those of each day. @throws DeployError */
export async function backUpFileSystem(deployment: Deployment, fileSystem: StageFileSystem): Promise<FileSystemPoint> {
  const { aws } = deployment;
  const backup = backupOf(fileSystem);
  return step(deployment, "snapshot", fileSystem.name, async () => {
    const { BackupJobId } = await aws.call("backup", "StartBackupJob", {
      BackupVaultName: outputOf(fileSystem.stacks, backup.vault, fileSystem.name),
      ResourceArn: fileSystem.arn,
      IamRoleArn: outputOf(fileSystem.stacks, backup.role, fileSystem.name),
      Lifecycle: { DeleteAfterDays: 35 },
    });
    const job = await ended(deployment, `The backup of ${fileSystem.name}`, async () => {
      const found = await aws.call("backup", "DescribeBackupJob", { BackupJobId });
      return { state: found.State, message: found.StatusMessage, value: found };
    });
    const value = (await fileSystemPoints(aws, fileSystem)).find(({ arn }) => arn === job.RecoveryPointArn);
    if (!value) throw new DeployError("stack-failed", `The backup of ${fileSystem.name} is gone already.`);
    return { value, detail: `${value.sizeBytes} bytes` };
  });
}

/**
 * Has AWS Backup put it into a directory of its own on the file system, outside of what programs see.
 * @param path on the file system; absent: all of it.
 */
export async function bringBeside(
  deployment: Deployment,
  fileSystem: StageFileSystem,
  point: FileSystemPoint,
  path?: string,
): Promise<void> {
  const { aws } = deployment;
  const role = outputOf(fileSystem.stacks, backupOf(fileSystem).role, fileSystem.name);
  const { RestoreMetadata = {} } = await aws.call("backup", "GetRecoveryPointRestoreMetadata", {
    BackupVaultName: point.vault,
    RecoveryPointArn: point.arn,
  });
  const { RestoreJobId } = await aws.call("backup", "StartRestoreJob", {
    RecoveryPointArn: point.arn,
    IamRoleArn: role,
    Metadata: {
      ...RestoreMetadata,
      "file-system-id": fileSystem.id,
      newFileSystem: "false",
      ...(path !== undefined && { ItemsToRestore: JSON.stringify([path]) }),
    },
  });
  await ended(deployment, `The restore of ${fileSystem.name}`, async () => {
    const found = await aws.call("backup", "DescribeRestoreJob", { RestoreJobId });
    return { state: found.Status, message: found.StatusMessage, value: found };
  });
}

async function ended<T>(
  { aws, time, signal }: Deployment,
  what: string,
  ask: () => Promise<{ state: string | undefined; message: string | undefined; value: T }>,
): Promise<T> {
  for (const delayMs of pollingDelaysMs(aws)) {
    throwIfInterrupted(signal);
    const { state = "", message, value } = await ask();
    if (state === "COMPLETED") return value;
    if (/FAILED|ABORTED|EXPIRED|PARTIAL/.test(state)) {
      throw new DeployError("stack-failed", `${what} ${state.toLowerCase()}${message === undefined ? "" : `: ${message}`}`, {
        remedy: "aws backup describes the job; the copy itself is untouched.",
      });
    }
    await time.sleep(delayMs, signal);
  }
  throw new Error("unreachable");
}
