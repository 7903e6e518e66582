/** File systems as AWS Backup copies them and brings them back: into a directory of its own below the root, never over what is there. */
import { dirname, join, posix } from "node:path";
import type { Cloud } from "../../cloud.ts";
import { AwsError } from "../../aws-error.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import { type BackupSource, chosenItems, hasBrokenItems, type RestoreRequest } from "../../runtime/backup-sources.ts";
import { copyTree } from "../../runtime/copied-folder.ts";
import { fileSystemFolder } from "../../runtime/file-mounts.ts";
import { allFileSystems, type FileSystemRecord, listFileSystems, peekFileSystem } from "./file-system.ts";
import { fileSystemArn, idOf, type Place } from "./names.ts";
import { allTags } from "./tags.ts";
import { usedBytes } from "./used-bytes.ts";

/** By this tag the plan of automatic backups chooses (Amazon EFS User Guide, "Backing up EFS file systems"). */
const automaticTag = { "aws:elasticfilesystem:default-backup": "enabled" };

/** AWS Backup looks each minute which file systems want automatic backups: from the first one on. */
export async function wakeBackups(cloud: Cloud): Promise<void> {
  await cloud.activate("backup");
}

export function fileSystemBackups(cloud: Cloud): BackupSource {
  const place = (region: string): Place => ({ cloud, region, account: cloud.account });
  return {
    list: (region) =>
      listFileSystems(place(region)).map((record) => ({
        arn: fileSystemArn(place(region), record.id),
        tags: { ...tagsOf(record), ...(record.backup === "ENABLED" && automaticTag) },
      })),
    regions: () => [...new Set(allFileSystems(cloud).map(({ region }) => region))],
    async copy(region, arn, folder) {
      const record = peekFileSystem(place(region), arn);
      if (!record) throw new Error(`File system ${idOf(arn)} does not exist.`);
      const from = fileSystemFolder(cloud, record.id);
      await cloud.world.disk.files.mkdir(from, { recursive: true, mode: 0o700 });
      const sizeBytes = await usedBytes(cloud, record.id);
      await copyTree(cloud, from, folder);
      return {
        sizeBytes,
        encrypted: record.encrypted,
        metadata: {
          "file-system-id": record.id,
          CreationToken: record.token,
          PerformanceMode: record.performanceMode,
          Encrypted: String(record.encrypted),
          ...(record.kmsKeyId !== undefined && { KmsKeyId: record.kmsKeyId }),
        },
      };
    },
    fault(metadata) {
      const { "file-system-id": id, newFileSystem, CreationToken } = metadata;
      if (id === undefined) return "Metadata must name the file system that was backed up: file-system-id.";
      if (newFileSystem !== "true" && newFileSystem !== "false") return "Metadata must say newFileSystem: true or false.";
      if (newFileSystem === "true" && CreationToken === undefined) return "Metadata must have a CreationToken for the new file system.";
      if (newFileSystem === "true" && metadata["Encrypted"] === undefined)
        return "Metadata must say whether the new file system is Encrypted.";
      if (hasBrokenItems(metadata)) return "ItemsToRestore must be a JSON list of paths.";
      const outside = chosenItems(metadata)?.find(
        (item) => /[*?]/.test(item) || posix.normalize(`/${item}`) !== `/${item.replace(/^\//, "")}`,
      );
      return outside === undefined ? undefined : `${outside} is no path from the root of the file system.`;
    },
    async restore(region, request) {
      const record =
        request.metadata["newFileSystem"] === "true"
          ? await newFileSystem(place(region), request)
          : peekFileSystem(place(region), request.metadata["file-system-id"] ?? "");
      if (!record) throw new Error(`File system ${request.metadata["file-system-id"]} does not exist: restore into a new one.`);
      await bringBack(cloud, record, request);
      return fileSystemArn(place(region), record.id);
    },
  };
}

const tagsOf = (record: FileSystemRecord) => Object.fromEntries(allTags(record).map(({ Key, Value }) => [Key, Value]));

/** Without mount targets, as on AWS: whoever wants to mount it makes them. */
async function newFileSystem(place: Place, { metadata, askedMs }: RestoreRequest): Promise<FileSystemRecord | undefined> {
  const { cloud, region } = place;
  const call = cloud.as(servicePrincipal(cloud.account, "backup.amazonaws.com"), region);
  const CreationToken = metadata["CreationToken"]!;
  try {
    const { FileSystemId } = await call("efs", "CreateFileSystem", {
      CreationToken,
      Encrypted: metadata["Encrypted"] === "true",
      ...(metadata["KmsKeyId"] !== undefined && { KmsKeyId: metadata["KmsKeyId"] }),
      PerformanceMode: (metadata["PerformanceMode"] ?? "generalPurpose") as "generalPurpose",
      Tags: [],
    });
    return peekFileSystem(place, FileSystemId!);
  } catch (error) {
    if (!(error instanceof AwsError && error.code === "FileSystemAlreadyExists")) throw error;
    // Made by an attempt that a kill interrupted, or by somebody else before.
    const found = listFileSystems(place).find(({ token }) => token === CreationToken);
    if (found && found.createdMs >= askedMs) return found;
    throw error;
  }
}

/** The hierarchy of what is wanted is kept, in a directory that is named by the time. */
async function bringBack(cloud: Cloud, record: FileSystemRecord, { folder, metadata, askedMs }: RestoreRequest): Promise<void> {
  const { files } = cloud.world.disk;
  const to = join(fileSystemFolder(cloud, record.id), recoveryDirectory(askedMs));
  await files.mkdir(dirname(to), { recursive: true, mode: 0o700 });
  const items = chosenItems(metadata);
  if (!items) return copyTree(cloud, folder, to);
  for (const item of items) {
    const from = join(folder, item);
    // Not through a link, which may lead anywhere.
    const parent = await files.realpath(dirname(from)).catch(() => undefined);
    const there = parent === (await files.realpath(folder)) + dirname(posix.normalize(`/${item}`)).replace(/\/$/, "");
    if (!there || !(await files.lstat(from).catch(() => undefined))) throw new Error(`${item} is not in the recovery point.`);
    await copyTree(cloud, from, join(to, item));
  }
}

/** `aws-backup-restore_2026-11-20T14-03-00-000Z`. */
const recoveryDirectory = (atMs: number) => `aws-backup-restore_${new Date(atMs).toISOString().replaceAll(/[:.]/g, "-")}`;
