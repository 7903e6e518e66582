/** Objects and their versions, in a table of their own: one row a version or delete marker, the newest of a key marked as such. */
import { AwsError } from "../../aws-error.ts";
import type { Cloud } from "../../cloud.ts";
import type { Bucket } from "./buckets.ts";
import { type StoredFile, removeContent } from "./content.ts";
import type { Grant } from "./acl.ts";
import { noSuchKey, noSuchVersion } from "./errors.ts";
import { checkVersionId, newVersionId } from "./version-id.ts";

export const schema = `
  create table if not exists s3_object (
    sequence integer primary key autoincrement,
    bucket text not null,
    key text not null,
    version text not null,
    latest integer not null,
    marker integer not null,
    modified integer not null,
    content text not null,
    unique (bucket, key, version));
  create unique index if not exists s3_object_latest on s3_object (bucket, key) where latest = 1;
  create index if not exists s3_object_by_key on s3_object (bucket, key, sequence);
  create table if not exists s3_upload (id text primary key, bucket text not null, key text not null, initiated integer not null, content text not null);
  create table if not exists s3_part (upload text not null, number integer not null, content text not null, primary key (upload, number)) without rowid;
`;

export interface ObjectVersion {
  /** Grows with each write: of two versions of a key the greater is the newer. */
  sequence: number;
  key: string;
  /** `null` for those written while versioning was off. */
  version: string;
  latest: boolean;
  /** A delete marker has no content. */
  marker: boolean;
  modifiedMs: number;
  content: Content;
}

export interface Content {
  sizeBytes: number;
  /** Without quotes. */
  etag: string;
  files: StoredFile[];
  /** User metadata, names in lower case. */
  metadata: Record<string, string>;
  /** `ContentType`, `CacheControl`, …, as they were given. */
  headers: Record<string, string>;
  tags: Record<string, string>;
  storageClass: string;
  checksum?: Checksum;
  /** Of a multipart upload. */
  parts?: Part[];
  /** Recorded: nothing is encrypted. */
  encryption: { ServerSideEncryption: string; SSEKMSKeyId?: string; BucketKeyEnabled?: boolean };
  /** Absent: the owner's alone. */
  grants?: Grant[];
  retention?: { mode: string; untilMs: number };
  legalHold?: "ON" | "OFF";
  /** Of an archived object: till when it can be read. */
  restoredUntilMs?: number;
}

export interface Checksum {
  /** As `CRC32`. */
  algorithm: string;
  /** Base64; of a composite one with the number of parts behind a hyphen. */
  value: string;
  type: "FULL_OBJECT" | "COMPOSITE";
}

export interface Part {
  number: number;
  sizeBytes: number;
  etag: string;
  file: StoredFile;
  modifiedMs: number;
  checksum?: { algorithm: string; value: string };
  /** Of an upload without a checksum of its own: for the one that the object gets. */
  crc?: string;
}

export interface Row {
  sequence: number;
  bucket: string;
  key: string;
  version: string;
  latest: number;
  marker: number;
  modified: number;
  content: string;
}

export function fromRow(row: Row): ObjectVersion {
  const { sequence, key, version, latest, marker, modified, content } = row;
  return {
    sequence,
    key,
    version,
    latest: latest === 1,
    marker: marker === 1,
    modifiedMs: modified,
    content: JSON.parse(content) as Content,
  };
}

const empty: Content = {
  sizeBytes: 0,
  etag: "",
  files: [],
  metadata: {},
  headers: {},
  tags: {},
  storageClass: "STANDARD",
  encryption: { ServerSideEncryption: "AES256" },
};

/** Keys are 1–1,024 bytes. */
export function checkKey(key: string): void {
  const size = Buffer.byteLength(key);
  if (size > 1024) throw new AwsError("KeyTooLongError", "Your key is too long", 400, { Size: size, MaxSizeAllowed: 1024 });
}

/** What stands under a key now; also a delete marker. */
export function latestOf(cloud: Cloud, bucket: string, key: string): ObjectVersion | undefined {
  const row = cloud.store.statement("state", "select * from s3_object where bucket = ? and key = ? and latest = 1").get(bucket, key);
  return row && fromRow(row as unknown as Row);
}

export function versionOf(cloud: Cloud, bucket: string, key: string, version: string): ObjectVersion | undefined {
  const row = cloud.store
    .statement("state", "select * from s3_object where bucket = ? and key = ? and version = ?")
    .get(bucket, key, version);
  return row && fromRow(row as unknown as Row);
}

/** All versions and delete markers of a key, the newest first. */
export function versionsOf(cloud: Cloud, bucket: string, key: string): ObjectVersion[] {
  const rows = cloud.store
    .statement("state", "select * from s3_object where bucket = ? and key = ? order by sequence desc")
    .all(bucket, key);
  return (rows as unknown as Row[]).map(fromRow);
}

/** All versions and delete markers of a bucket, the oldest first, read page by page: they may change in between. */
export function* allVersions(cloud: Cloud, bucket: string): Generator<ObjectVersion> {
  const select = cloud.store.statement("state", "select * from s3_object where bucket = ? and sequence > ? order by sequence limit 500");
  for (let after = 0; ;) {
    const rows = select.all(bucket, after) as unknown as Row[];
    for (const row of rows) yield fromRow(row);
    if (rows.length < 500) return;
    after = rows.at(-1)!.sequence;
  }
}

/** The keys of a bucket, read page by page: they may change in between. */
export function* keysOf(cloud: Cloud, bucket: string): Generator<string> {
  const select = cloud.store.statement("state", "select distinct key from s3_object where bucket = ? and key > ? order by key limit 500");
  for (let after = ""; ;) {
    const rows = select.all(bucket, after) as unknown as { key: string }[];
    for (const { key } of rows) yield key;
    if (rows.length < 500) return;
    after = rows.at(-1)!.key;
  }
}

/** The object that a call names, which has to be there; a delete marker only by its version. */
export function findObject(cloud: Cloud, bucket: string, key: string, version?: string): ObjectVersion {
  checkKey(key);
  const found = version === undefined ? latestOf(cloud, bucket, key) : versionOf(cloud, bucket, key, version);
  if (version !== undefined && !found) {
    checkVersionId(version);
    throw noSuchVersion(key, version);
  }
  if (!found || (version === undefined && found.marker)) throw noSuchKey(key, found);
  return found;
}

/**
 * Puts content, or a delete marker, under a key: a new version where versioning is on, else in place of the one without a version.
 * `check` runs inside the transaction on what stood there; what it throws leaves all as it was. Gives the version and the files that
 * nothing refers to any more.
 */
export function place(
  cloud: Cloud,
  bucket: Bucket,
  key: string,
  content: Content | "marker",
  check: (before: ObjectVersion | undefined) => void = () => {},
): { version: ObjectVersion; dropped: StoredFile[] } {
  return cloud.store.transaction(() => {
    const { store, world } = cloud;
    const before = latestOf(cloud, bucket.name, key);
    check(before && !before.marker ? before : undefined);
    const version = bucket.versioning === "Enabled" ? newVersionId(cloud) : "null";
    const replaced = version === "null" ? versionOf(cloud, bucket.name, key, "null") : undefined;
    if (replaced) store.statement("state", "delete from s3_object where sequence = ?").run(replaced.sequence);
    store.statement("state", "update s3_object set latest = 0 where bucket = ? and key = ? and latest = 1").run(bucket.name, key);
    const marker = content === "marker";
    const row = store
      .statement(
        "state",
        "insert into s3_object (bucket, key, version, latest, marker, modified, content) values (?, ?, ?, 1, ?, ?, ?) returning *",
      )
      .get(bucket.name, key, version, Number(marker), wholeSeconds(world.clock.nowMs()), JSON.stringify(marker ? empty : content));
    return { version: fromRow(row as unknown as Row), dropped: replaced?.content.files ?? [] };
  });
}

/** Removes one version for good; the one before it is then the latest. */
export function removeVersion(cloud: Cloud, bucket: string, version: ObjectVersion): void {
  cloud.store.transaction(() => {
    cloud.store.statement("state", "delete from s3_object where sequence = ?").run(version.sequence);
    if (!version.latest) return;
    cloud.store
      .statement(
        "state",
        "update s3_object set latest = 1 where sequence = (select sequence from s3_object where bucket = ? and key = ? order by sequence desc limit 1)",
      )
      .run(bucket, version.key);
  });
}

export function changeContent(cloud: Cloud, version: ObjectVersion, content: Content): void {
  cloud.store.statement("state", "update s3_object set content = ? where sequence = ?").run(JSON.stringify(content), version.sequence);
}

/** Removes an object as a call without a version does: in a bucket with versions a delete marker comes to lie on it. */
export async function removeObject(cloud: Cloud, bucket: Bucket, key: string): Promise<ObjectVersion | undefined> {
  if (bucket.versioning !== undefined) {
    const { version, dropped } = place(cloud, bucket, key, "marker");
    await removeContent(cloud, dropped);
    return version;
  }
  const found = latestOf(cloud, bucket.name, key);
  if (found) {
    removeVersion(cloud, bucket.name, found);
    await removeContent(cloud, found.content.files);
  }
  return undefined;
}

/** Ids of all files that objects and parts are made of. */
export function filesInUse(cloud: Cloud): Set<string> {
  const ids = new Set<string>();
  for (const { content } of cloud.store.state.prepare("select content from s3_object").iterate() as Iterable<{ content: string }>) {
    for (const { id } of (JSON.parse(content) as Content).files) ids.add(id);
  }
  for (const { content } of cloud.store.state.prepare("select content from s3_part").iterate() as Iterable<{ content: string }>) {
    ids.add((JSON.parse(content) as Part).file.id);
  }
  return ids;
}

/** S3 keeps times to the second. */
export function wholeSeconds(timeMs: number): number {
  return Math.floor(timeMs / 1000) * 1000;
}
