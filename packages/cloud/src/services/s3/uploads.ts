/** Multipart uploads: what is kept of each until it is completed or aborted. */
import { createHash } from "node:crypto";
import type { Cloud } from "../../cloud.ts";
import { checksumOf } from "../../wire/checksum.ts";
import { removeContent } from "./content.ts";
import { noSuchUpload } from "./errors.ts";
import { defaultChecksum, type Description } from "./content-members.ts";
import { combineCrcs } from "./crc-combine.ts";
import type { Checksum, ObjectVersion, Part } from "./objects.ts";

export interface Upload {
  id: string;
  bucket: string;
  key: string;
  initiatedMs: number;
  described: Description;
  /** The first file of what stood under the key when the upload began: whether conditions still mean the same object. */
  stood?: string;
  checksumAlgorithm?: string;
  checksumType?: "FULL_OBJECT" | "COMPOSITE";
}

export function stoodOf(before: ObjectVersion | undefined): Pick<Upload, "stood"> {
  const file = before && !before.marker ? before.content.files[0]?.id : undefined;
  return file === undefined ? {} : { stood: file };
}

interface UploadRow {
  id: string;
  bucket: string;
  key: string;
  initiated: number;
  content: string;
}

export function putUpload(cloud: Cloud, { id, bucket, key, initiatedMs, ...rest }: Upload): void {
  cloud.store
    .statement("state", "insert into s3_upload (id, bucket, key, initiated, content) values (?, ?, ?, ?, ?)")
    .run(id, bucket, key, initiatedMs, JSON.stringify(rest));
}

export function findUpload(cloud: Cloud, bucket: string, key: string, id: string): Upload {
  const row = cloud.store.statement("state", "select * from s3_upload where id = ? and bucket = ? and key = ?").get(id, bucket, key);
  if (!row) throw noSuchUpload(id);
  return fromRow(row as unknown as UploadRow);
}

/** In the order of keys, then of time. */
export function uploadsOf(cloud: Cloud, bucket: string): Upload[] {
  const rows = cloud.store.statement("state", "select * from s3_upload where bucket = ? order by key, initiated, id").all(bucket);
  return (rows as unknown as UploadRow[]).map(fromRow);
}

function fromRow({ id, bucket, key, initiated, content }: UploadRow): Upload {
  return { id, bucket, key, initiatedMs: initiated, ...(JSON.parse(content) as Omit<Upload, "id" | "bucket" | "key" | "initiatedMs">) };
}

/** Puts a part in place of one of the same number, which is given back. */
export function putPart(cloud: Cloud, upload: string, part: Part): Part | undefined {
  return cloud.store.transaction(() => {
    const before = partsOf(cloud, upload).find(({ number }) => number === part.number);
    cloud.store
      .statement("state", "insert or replace into s3_part (upload, number, content) values (?, ?, ?)")
      .run(upload, part.number, JSON.stringify(part));
    return before;
  });
}

export function partsOf(cloud: Cloud, upload: string): Part[] {
  const rows = cloud.store.statement("state", "select content from s3_part where upload = ? order by number").all(upload);
  return rows.map(({ content }) => JSON.parse(content as string) as Part);
}

export function forgetUpload(cloud: Cloud, upload: string): void {
  cloud.store.transaction(() => {
    cloud.store.statement("state", "delete from s3_part where upload = ?").run(upload);
    cloud.store.statement("state", "delete from s3_upload where id = ?").run(upload);
  });
}

/** Forgets an upload with all that was uploaded. */
export async function abandonUpload(cloud: Cloud, upload: string): Promise<void> {
  const parts = partsOf(cloud, upload);
  forgetUpload(cloud, upload);
  await removeContent(
    cloud,
    parts.map(({ file }) => file),
  );
}

/** The tag of a multipart object: the MD5 of its parts' MD5s, and their number. */
export function multipartTag(parts: readonly Part[]): string {
  const all = createHash("md5");
  for (const { etag } of parts) all.update(Buffer.from(etag, "hex"));
  return `${all.digest("hex")}-${parts.length}`;
}

/** Of the whole object, or of the parts' checksums, as the upload was begun; where it was begun without one, S3's own. */
export function multipartChecksum(upload: Upload, parts: readonly Part[]): Checksum | undefined {
  const { checksumAlgorithm: algorithm, checksumType: type = "COMPOSITE" } = upload;
  if (algorithm === undefined) {
    const crcs = parts.flatMap(({ crc, sizeBytes }) => (crc === undefined ? [] : [{ value: crc, sizeBytes }]));
    if (crcs.length < parts.length) return undefined;
    return { algorithm: defaultChecksum, value: combineCrcs(defaultChecksum, crcs), type: "FULL_OBJECT" };
  }
  const values = parts.flatMap(({ checksum, sizeBytes }) => (checksum ? [{ value: checksum.value, sizeBytes }] : []));
  if (values.length < parts.length) return undefined;
  if (type === "FULL_OBJECT") return { algorithm, value: combineCrcs(algorithm, values), type };
  const checksum = checksumOf(algorithm.toLowerCase());
  if (!checksum) return undefined;
  for (const { value } of values) checksum.update(Buffer.from(value, "base64"));
  return { algorithm, value: `${checksum.digest()}-${parts.length}`, type };
}
