/** What a take-out holds, with checksums; by it an interrupted one goes on, and anybody can check what they have. */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Manifest {
  app: string;
  stage: string;
  region: string;
  startedAt: string;
  /** Absent of one that was interrupted. */
  finishedAt?: string;
  databases: DatabasePart[];
  buckets: BucketPart[];
  fileSystems: FileSystemPart[];
  /** How many secrets and settings `secrets.json` names, and whether it has their values. */
  secrets?: { count: number; values: boolean };
  /** What is not in it, and how one gets it, one sentence each. */
  notTaken: string[];
}

export interface DatabasePart {
  name: string;
  file: string;
  sizeBytes: number;
  sha256: string;
  /** Of the server. */
  major: string;
  /** What wrote it. */
  by: string;
  takenAt: string;
}

export interface BucketPart {
  name: string;
  bucket: string;
  folder: string;
  objects: number;
  sizeBytes: number;
  allVersions: boolean;
  /** Of `objects.jsonl`, which has each object's. */
  sha256: string;
}

export interface FileSystemPart {
  name: string;
  /** What EFS calls it. */
  id: string;
  folder: string;
  files: number;
  sizeBytes: number;
  /** Of `files.jsonl`, which has each file's, its owner and its permissions. */
  sha256: string;
}

const name = "manifest.json";

/** Of a take-out of the same stage that was begun in this folder. */
export function readManifest(folder: string): Manifest | undefined {
  const file = join(folder, name);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Manifest) : undefined;
}

export function writeManifest(folder: string, manifest: Manifest): void {
  const file = join(folder, name);
  writeFileSync(`${file}.part`, `${JSON.stringify(manifest, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.part`, file);
}
