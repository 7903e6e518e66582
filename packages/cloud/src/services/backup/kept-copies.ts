/** Copies that AWS Backup keeps itself, of file systems and buckets: a folder each, below `backup/REGION` in the state folder. */
import type { Cloud } from "../../cloud.ts";
import { backupSource, type KeptCopy, type KeptKind } from "../../runtime/backup-sources.ts";
import { copyTree } from "../../runtime/copied-folder.ts";
import { recoveryPoints } from "./job.ts";

const isKept: Record<KeptKind, RegExp> = {
  EFS: /^arn:aws:elasticfilesystem:[^:]+:\d{12}:file-system\/fs-[0-9a-f]+$/,
  S3: /^arn:aws:s3:::[a-z0-9.-]+$/,
};

export function keptKindOf(arn: string): KeptKind | undefined {
  return (Object.keys(isKept) as KeptKind[]).find((kind) => isKept[kind].test(arn));
}

/** The ARN of the recovery point that a job will make: of a file system by its id, of a bucket by its name and the time. */
export function keptArn(
  region: string,
  account: string,
  job: { id: string; kind: KeptKind; resourceArn: string; createdMs: number },
): string {
  const at = new Date(job.createdMs).toISOString().replaceAll(/\D/g, "").slice(0, 14);
  const name =
    job.kind === "EFS"
      ? job.id
      : `${job.resourceArn.slice(job.resourceArn.lastIndexOf(":") + 1)}-${at}-${job.id.slice(0, 8).toLowerCase()}`;
  return `arn:aws:backup:${region}:${account}:recovery-point:${name}`;
}

/** By the recovery point's ARN. */
function folderOf(cloud: Cloud, region: string, arn: string): string {
  return cloud.world.disk.path("backup", region, arn.slice(arn.lastIndexOf(":") + 1));
}

export async function take(cloud: Cloud, region: string, kind: KeptKind, resourceArn: string, arn: string): Promise<KeptCopy> {
  return await (await backupSource(cloud, kind)).copy(region, resourceArn, folderOf(cloud, region, arn));
}

export async function copyAway(cloud: Cloud, from: { region: string; arn: string }, to: { region: string; arn: string }): Promise<void> {
  await copyTree(cloud, folderOf(cloud, from.region, from.arn), folderOf(cloud, to.region, to.arn));
}

export async function remove(cloud: Cloud, region: string, arn: string): Promise<void> {
  await cloud.world.disk.files.rm(folderOf(cloud, region, arn), { recursive: true, force: true });
}

export async function restoreKept(
  cloud: Cloud,
  region: string,
  kind: KeptKind,
  arn: string,
  { id, createdMs, metadata }: { id: string; createdMs: number; metadata: Record<string, string> },
): Promise<string> {
  return await (
    await backupSource(cloud, kind)
  ).restore(region, { folder: folderOf(cloud, region, arn), metadata, askedMs: createdMs, token: id });
}

/** Removes what no recovery point has: what a job left that a kill interrupted, and that begins anew. */
export async function sweepKept(cloud: Cloud): Promise<void> {
  const { files, path } = cloud.world.disk;
  const known = new Set(
    recoveryPoints(cloud)
      .all()
      .map(({ scope, value }) => folderOf(cloud, scope, value.arn)),
  );
  for (const region of await files.readdir(path("backup")).catch(() => [])) {
    for (const name of await files.readdir(path("backup", region))) {
      const folder = path("backup", region, name);
      if (!known.has(folder)) await files.rm(folder, { recursive: true, force: true });
    }
  }
}

export async function removeAllKept(cloud: Cloud): Promise<void> {
  await cloud.world.disk.files.rm(cloud.world.disk.path("backup"), { recursive: true, force: true });
}
