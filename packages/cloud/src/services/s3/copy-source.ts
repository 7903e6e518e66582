/** The source of a copy, as its header names it: `/bucket/key?versionId=…`, percent-encoded. */
import type { OperationContext } from "../../service.ts";
import { findBucket } from "./buckets.ts";
import { checkSource } from "./conditions.ts";
import { invalidArgument, invalidRequest } from "./errors.ts";
import { checkReader } from "./object-keys.ts";
import { findObject, type ObjectVersion } from "./objects.ts";

export interface CopyConditions {
  CopySource?: string | undefined;
  CopySourceIfMatch?: string | undefined;
  CopySourceIfNoneMatch?: string | undefined;
  CopySourceIfModifiedSince?: Date | undefined;
  CopySourceIfUnmodifiedSince?: Date | undefined;
  ExpectedSourceBucketOwner?: string | undefined;
}

export interface Source {
  bucket: string;
  versioned: boolean;
  object: ObjectVersion;
}

export function findSource(context: OperationContext, input: CopyConditions): Source {
  const { bucket, key, version } = parseSource(input.CopySource!);
  const found = findBucket(context, bucket, input.ExpectedSourceBucketOwner);
  const object = findObject(context.cloud, bucket, key, version);
  if (object.marker) throw invalidRequest("The source of a copy request may not specifically refer to a delete marker by version id.");
  checkSource(
    object,
    {
      IfMatch: input.CopySourceIfMatch,
      IfNoneMatch: input.CopySourceIfNoneMatch,
      IfModifiedSince: input.CopySourceIfModifiedSince,
      IfUnmodifiedSince: input.CopySourceIfUnmodifiedSince,
    },
    context.cloud.world.clock.nowMs(),
  );
  checkReader(context, object.content, found, key);
  return { bucket, versioned: found.versioning !== undefined, object };
}

export function parseSource(header: string): { bucket: string; key: string; version?: string } {
  const [path, version] = header.split("?versionId=") as [string, string | undefined];
  let decoded: string;
  try {
    decoded = decodeURIComponent(path).replace(/^\//u, "");
  } catch {
    throw invalidArgument("Invalid copy source encoding.", "x-amz-copy-source", header);
  }
  const [, bucket, key] = /^([^/]+)\/([^]+)$/u.exec(decoded) ?? [];
  if (bucket === undefined || key === undefined)
    throw invalidArgument("Invalid copy source object key", "x-amz-copy-source", "x-amz-copy-source");
  return { bucket, key, ...(version !== undefined && { version }) };
}
