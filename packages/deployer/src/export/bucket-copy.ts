/**
 * A bucket as a folder: every object a file, and one line of JSON for each with its key and metadata. What an interrupted copy has is
 * not fetched again.
 */
import { createHash } from "node:crypto";
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
  appendFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { isAwsError, type Aws, type Output } from "../aws.ts";
import { throwIfInterrupted } from "../deployment.ts";
import { objectFiles } from "./object-file.ts";

/** A line of `objects.jsonl`. */
export interface ObjectRecord {
  key: string;
  /** Relative to the bucket's folder; absent of a delete marker. */
  file?: string;
  sizeBytes: number;
  etag: string;
  sha256?: string;
  lastModified: string;
  versionId?: string;
  /** Of several versions the one that is read. */
  latest?: boolean;
  deleteMarker?: boolean;
  contentType?: string;
  contentEncoding?: string;
  contentDisposition?: string;
  contentLanguage?: string;
  cacheControl?: string;
  metadata?: Record<string, string>;
  tags?: Record<string, string>;
}

export interface BucketCopy {
  objects: number;
  sizeBytes: number;
  /** How many of them had been fetched before. */
  kept: number;
}

export interface BucketRequest {
  bucket: string;
  folder: string;
  allVersions: boolean;
  signal: AbortSignal;
  told(objects: number, sizeBytes: number): void;
}

interface Listed {
  key: string;
  sizeBytes: number;
  etag: string;
  lastModified: Date;
  versionId?: string;
  latest?: boolean;
  deleteMarker?: boolean;
}

export async function copyBucket(aws: Aws, request: BucketRequest): Promise<BucketCopy> {
  const { bucket, folder, allVersions, signal, told } = request;
  mkdirSync(join(folder, "objects"), { recursive: true });
  const progressFile = join(folder, "objects.jsonl.part");
  const before = readRecords(progressFile, join(folder, "objects.jsonl"));
  writeFileSync(progressFile, "");
  const files = objectFiles();
  const copy: BucketCopy = { objects: 0, sizeBytes: 0, kept: 0 };
  for await (const listed of allVersions ? versionsOf(aws, bucket) : objectsOf(aws, bucket)) {
    throwIfInterrupted(signal);
    const file = listed.deleteMarker
      ? undefined
      : `objects/${files.fileFor(listed.key, listed.latest === false ? listed.versionId : undefined)}`;
    const known = before.get(nameOf(listed));
    const whole = known !== undefined && known.etag === listed.etag && known.file === file && isWhole(folder, known);
    const record = whole ? known : await fetchObject(aws, bucket, folder, listed, file);
    if (!record) continue; // deleted meanwhile
    appendFileSync(progressFile, `${JSON.stringify(record)}\n`);
    copy.objects++;
    copy.sizeBytes += record.sizeBytes;
    if (whole) copy.kept++;
    told(copy.objects, copy.sizeBytes);
  }
  renameSync(progressFile, join(folder, "objects.jsonl"));
  return copy;
}

const nameOf = ({ key, versionId }: { key: string; versionId?: string | undefined }) => `${key}\0${versionId ?? ""}`;

function readRecords(...paths: string[]): Map<string, ObjectRecord> {
  const records = new Map<string, ObjectRecord>();
  for (const path of paths) {
    if (!existsSync(path)) continue;
    for (const line of readFileSync(path, "utf8").split("\n")) {
      try {
        const record = JSON.parse(line) as ObjectRecord;
        records.set(nameOf(record), record);
      } catch {
        // the last line of a copy that was interrupted
      }
    }
  }
  return records;
}

function isWhole(folder: string, { file, sizeBytes, deleteMarker }: ObjectRecord): boolean {
  if (deleteMarker) return true;
  const path = join(folder, file!);
  return existsSync(path) && statSync(path).size === sizeBytes;
}

async function fetchObject(
  aws: Aws,
  Bucket: string,
  folder: string,
  listed: Listed,
  file: string | undefined,
): Promise<ObjectRecord | undefined> {
  const { key, sizeBytes, etag, lastModified, versionId, latest, deleteMarker } = listed;
  const record: ObjectRecord = {
    key,
    sizeBytes,
    etag,
    lastModified: lastModified.toISOString(),
    ...(versionId !== undefined && { versionId }),
    ...(latest !== undefined && { latest }),
  };
  if (deleteMarker || file === undefined) return { ...record, deleteMarker: true };
  const which = { Bucket, Key: key, ...(versionId !== undefined && { VersionId: versionId }) };
  try {
    const got = await aws.call("s3", "GetObject", which);
    const path = join(folder, file);
    mkdirSync(dirname(path), { recursive: true });
    await pipeline(got.Body as Readable, createWriteStream(`${path}.part`));
    const sha256 = await digestOf(`${path}.part`);
    renameSync(`${path}.part`, path);
    const tags = got.TagCount ? await tagsOf(aws, which) : undefined;
    return {
      ...record,
      file,
      sizeBytes: statSync(path).size,
      etag: got.ETag ?? etag,
      sha256,
      ...(got.ContentType !== undefined && { contentType: got.ContentType }),
      ...(got.ContentEncoding !== undefined && { contentEncoding: got.ContentEncoding }),
      ...(got.ContentDisposition !== undefined && { contentDisposition: got.ContentDisposition }),
      ...(got.ContentLanguage !== undefined && { contentLanguage: got.ContentLanguage }),
      ...(got.CacheControl !== undefined && { cacheControl: got.CacheControl }),
      ...(got.Metadata && Object.keys(got.Metadata).length > 0 && { metadata: got.Metadata }),
      ...(tags && { tags }),
    };
  } catch (error) {
    if (isAwsError(error, "NoSuchKey", "NoSuchVersion")) return undefined;
    throw error;
  }
}

async function tagsOf(aws: Aws, which: { Bucket: string; Key: string; VersionId?: string }): Promise<Record<string, string>> {
  const { TagSet = [] } = await aws.call("s3", "GetObjectTagging", which);
  return Object.fromEntries(TagSet.map(({ Key, Value }) => [Key!, Value!]));
}

async function* objectsOf(aws: Aws, Bucket: string): AsyncGenerator<Listed> {
  let ContinuationToken: string | undefined;
  do {
    const page = await aws.call("s3", "ListObjectsV2", { Bucket, ContinuationToken });
    for (const { Key, Size = 0, ETag = "", LastModified } of page.Contents ?? [])
      yield { key: Key!, sizeBytes: Size, etag: ETag, lastModified: LastModified! };
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken);
}

async function* versionsOf(aws: Aws, Bucket: string): AsyncGenerator<Listed> {
  let [KeyMarker, VersionIdMarker]: (string | undefined)[] = [];
  for (;;) {
    const page: Output<"s3", "ListObjectVersions"> = await aws.call("s3", "ListObjectVersions", { Bucket, KeyMarker, VersionIdMarker });
    const latest = ({ IsLatest }: { IsLatest?: boolean | undefined }) => IsLatest === true;
    for (const one of page.Versions ?? [])
      yield {
        key: one.Key!,
        sizeBytes: one.Size ?? 0,
        etag: one.ETag ?? "",
        lastModified: one.LastModified!,
        versionId: one.VersionId!,
        latest: latest(one),
      };
    for (const one of page.DeleteMarkers ?? [])
      yield {
        key: one.Key!,
        sizeBytes: 0,
        etag: "",
        lastModified: one.LastModified!,
        versionId: one.VersionId!,
        latest: latest(one),
        deleteMarker: true,
      };
    if (!page.IsTruncated) return;
    [KeyMarker, VersionIdMarker] = [page.NextKeyMarker, page.NextVersionIdMarker];
  }
}

/** Of a file, in hexadecimal. */
export async function digestOf(file: string): Promise<string> {
  const digest = createHash("sha256");
  for await (const part of createReadStream(file)) digest.update(part as Buffer);
  return digest.digest("hex");
}
