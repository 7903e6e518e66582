/**
 * What stands between AWS Backup and the services whose things it keeps itself, file systems and buckets: each says here how all of a thing
 * is copied into a folder, and brought back out of one. Databases are not among them: RDS makes and keeps their snapshots.
 */
import type { Cloud } from "../cloud.ts";

/** As AWS Backup calls them. */
export type KeptKind = "EFS" | "S3";

export interface BackedUp {
  arn: string;
  tags: Record<string, string>;
}

export interface KeptCopy {
  sizeBytes: number;
  encrypted: boolean;
  /** What a restore can be told, with what the original had. */
  metadata: Record<string, string>;
}

export interface RestoreRequest {
  /** The copy. */
  folder: string;
  metadata: Readonly<Record<string, string>>;
  /** When it was asked for. */
  askedMs: number;
  /** The same at every attempt. */
  token: string;
}

export interface BackupSource {
  list(region: string): BackedUp[];
  /** Those in which there is something. */
  regions(): string[];
  /** Copies all of it, in the place of whatever is at `folder`. Throws where that cannot be. */
  copy(region: string, arn: string, folder: string): Promise<KeptCopy>;
  /** Says what is wrong with a restore before it is begun; `undefined` where nothing is. */
  fault(metadata: Readonly<Record<string, string>>): string | undefined;
  /** Safe to repeat. Gives the ARN of what holds the files then. */
  restore(region: string, request: RestoreRequest): Promise<string>;
}

const key = Symbol("backup sources");
const sources = (cloud: Cloud) => cloud.memory(key, () => new Map<KeptKind, BackupSource>());

export function serveBackups(cloud: Cloud, kind: KeptKind, source: BackupSource): void {
  sources(cloud).set(kind, source);
}

export async function backupSource(cloud: Cloud, kind: KeptKind): Promise<BackupSource> {
  await cloud.activate(kind === "EFS" ? "efs" : "s3");
  const found = sources(cloud).get(kind);
  if (!found) throw new Error(`this cloud has no service whose ${kind} could be backed up`);
  return found;
}

/** The paths or names of a restore that does not want everything: JSON of a list of texts. `undefined`: everything, or no such list. */
export function chosenItems(metadata: Readonly<Record<string, string>>): string[] | undefined {
  const text = metadata["ItemsToRestore"] ?? metadata["itemsToRestore"];
  if (text === undefined) return undefined;
  try {
    const items: unknown = JSON.parse(text);
    return Array.isArray(items) && items.length > 0 && items.every((item) => typeof item === "string") ? items : undefined;
  } catch {
    return undefined;
  }
}

/** Whether there is a list that is none. */
export const hasBrokenItems = (metadata: Readonly<Record<string, string>>): boolean =>
  (metadata["ItemsToRestore"] ?? metadata["itemsToRestore"]) !== undefined && chosenItems(metadata) === undefined;
