/** What can be backed up: databases by RDS's snapshots, file systems and buckets by copies that AWS Backup keeps. One way to each act on any of them. */
import type { Cloud } from "../../cloud.ts";
import { backupSource, type KeptKind } from "../../runtime/backup-sources.ts";
import type { Call } from "../../service.ts";
import * as databases from "./databases.ts";
import { invalidValue, notServed } from "./errors.ts";
import type { RecoveryPoint, ResourceKind, RestoreJob } from "./job.ts";
import * as kept from "./kept-copies.ts";

const isDatabase = (kind: ResourceKind): kind is databases.DatabaseKind => kind === "RDS" || kind === "Aurora";

export interface Protected {
  arn: string;
  kind: ResourceKind;
  tags: Record<string, string>;
}

/** Where something is done: AWS Backup in its own name, in a region. */
export interface Place {
  cloud: Cloud;
  region: string;
  call: Call;
}

/** All of a region. */
export async function protectable({ cloud, region, call }: Place): Promise<Protected[]> {
  const keptKinds: KeptKind[] = ["EFS", "S3"];
  const found: Protected[] = await databases.protectable(call);
  for (const kind of keptKinds) found.push(...(await backupSource(cloud, kind)).list(region).map((one) => ({ ...one, kind })));
  return found;
}

export function kindOf(arn: string): ResourceKind {
  const found = databases.databaseKindOf(arn) ?? kept.keptKindOf(arn);
  if (found) return found;
  if (!/^arn:aws:[a-z0-9-]+:/.test(arn)) throw invalidValue(`Invalid resource ARN: ${arn}`);
  throw notServed(`AWS Backup of ${arn.split(":")[2]} (RDS instances, Aurora clusters, EFS file systems and S3 buckets are backed up)`);
}

interface Making {
  id: string;
  kind: ResourceKind;
  resourceArn: string;
  createdMs: number;
}

/** What the recovery point of a job will be called. */
export function pointArn(region: string, account: string, job: Making): string {
  if (!isDatabase(job.kind)) return kept.keptArn(region, account, { ...job, kind: job.kind });
  return databases.snapshotArn(region, account, job.kind, `awsbackup:job-${job.id}`);
}

export type Taken = Pick<RecoveryPoint, "arn" | "encrypted" | "sizeBytes" | "metadata">;

/** Safe to repeat. */
export async function take(place: Place, job: Making): Promise<Taken> {
  const { cloud, region, call } = place;
  const { kind, resourceArn } = job;
  const arn = pointArn(region, cloud.account, job);
  if (!isDatabase(kind)) return { arn, ...(await kept.take(cloud, region, kind, resourceArn, arn)) };
  const name = `awsbackup:job-${job.id}`;
  return await databases.completeSnapshot(place, kind, name, () => databases.takeSnapshot(call, kind, resourceArn, name));
}

/** Safe to repeat. @param place of the copy. */
export async function copy(place: Place, from: { region: string; point: RecoveryPoint }, jobId: string): Promise<Taken> {
  const { cloud, region, call } = place;
  const { kind, arn: sourceArn, sizeBytes, metadata, encrypted, createdMs, resourceArn } = from.point;
  if (!isDatabase(kind)) {
    const arn = kept.keptArn(region, cloud.account, { id: jobId, kind, resourceArn, createdMs });
    await kept.copyAway(cloud, { region: from.region, arn: sourceArn }, { region, arn });
    return { arn, encrypted, ...(sizeBytes !== undefined && { sizeBytes }), ...(metadata && { metadata }) };
  }
  const name = `awsbackup:copyjob-${jobId.toLowerCase()}`;
  return await databases.completeSnapshot(place, kind, name, () => databases.copySnapshot(call, kind, sourceArn, name));
}

export async function remove({ cloud, region, call }: Place, { kind, arn }: RecoveryPoint): Promise<void> {
  await (isDatabase(kind) ? databases.deleteSnapshot(call, { kind, arn }) : kept.remove(cloud, region, arn));
}

export async function restoreMetadata(call: Call, { kind, arn, metadata = {} }: RecoveryPoint): Promise<Record<string, string>> {
  return isDatabase(kind) ? await databases.restoreMetadata(call, { kind, arn }) : metadata;
}

/** @throws InvalidParameterValueException for what a restore cannot be told. */
export async function checkMetadata(cloud: Cloud, kind: ResourceKind, metadata: Record<string, string>): Promise<void> {
  const fault = isDatabase(kind) ? databases.metadataFault(kind, metadata) : (await backupSource(cloud, kind)).fault(metadata);
  if (fault !== undefined) throw invalidValue(fault);
}

/** Safe to repeat. @param begun is told what is being made as soon as that is known. @returns the ARN of what was brought back. */
export async function restore(place: Place, job: RestoreJob, begun: (createdArn: string) => void): Promise<string> {
  const { cloud, region, call } = place;
  const { kind, recoveryPointArn: arn, metadata } = job;
  if (!isDatabase(kind)) return await kept.restoreKept(cloud, region, kind, arn, job);
  let { createdArn } = job;
  if (createdArn === undefined) begun((createdArn = await databases.beginRestore(call, { kind, arn }, metadata)));
  await databases.databaseAvailable(place, createdArn);
  return createdArn;
}
