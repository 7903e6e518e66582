/** The conditions that a read or a write can carry (RFC 9110, 13), as S3 answers them. */
import { conditionConflict, headerNotImplemented, noSuchKey, notModified, preconditionFailed } from "./errors.ts";
import { type ObjectVersion, wholeSeconds } from "./objects.ts";

export interface ReadConditions {
  IfMatch?: string | undefined;
  IfNoneMatch?: string | undefined;
  IfModifiedSince?: Date | undefined;
  IfUnmodifiedSince?: Date | undefined;
}

export function checkRead(
  { content, modifiedMs }: ObjectVersion,
  { IfMatch, IfNoneMatch, IfModifiedSince, IfUnmodifiedSince }: ReadConditions,
): void {
  if (IfMatch !== undefined && !names(IfMatch, content.etag)) throw preconditionFailed("If-Match");
  // A match by tag goes before one by time.
  if (IfMatch === undefined && IfUnmodifiedSince && modifiedMs > wholeSeconds(IfUnmodifiedSince.getTime()))
    throw preconditionFailed("If-Unmodified-Since");
  if (IfNoneMatch !== undefined) {
    if (names(IfNoneMatch, content.etag)) throw notModified(content.etag, modifiedMs);
  } else if (IfModifiedSince && modifiedMs <= wholeSeconds(IfModifiedSince.getTime())) throw notModified(content.etag, modifiedMs);
}

/** Of the source of a copy: what does not hold is always 412. A time to come is no condition. */
export function checkSource(
  { content, modifiedMs }: ObjectVersion,
  { IfMatch, IfNoneMatch, IfModifiedSince, IfUnmodifiedSince }: ReadConditions,
  nowMs: number,
): void {
  const failed = (condition: string) => preconditionFailed(`x-amz-copy-source-${condition}`);
  if (IfMatch !== undefined) {
    if (!names(IfMatch, content.etag)) throw failed("If-Match");
  } else if (IfUnmodifiedSince && modifiedMs > wholeSeconds(IfUnmodifiedSince.getTime())) throw failed("If-Unmodified-Since");
  if (IfNoneMatch !== undefined && names(IfNoneMatch, content.etag)) throw failed("If-None-Match");
  const sinceMs = wholeSeconds(IfModifiedSince?.getTime() ?? Number.POSITIVE_INFINITY);
  if (modifiedMs <= sinceMs && sinceMs <= nowMs) throw failed("If-Modified-Since");
}

/**
 * Of a write: `If-None-Match: *` where nothing may stand there, `If-Match` where just this may. The check is made when the write begins
 * and once more when it is put in place; what was deleted in between is a conflict.
 */
export function checkWrite(key: string, { IfMatch, IfNoneMatch }: ReadConditions): (before: ObjectVersion | undefined) => void {
  const unserved = (header: string) => headerNotImplemented(header, `We don't accept the provided value of ${header} header for this API`);
  if (IfMatch !== undefined && IfNoneMatch !== undefined) {
    throw headerNotImplemented("If-Match,If-None-Match", "Multiple conditional request headers present in the request");
  }
  if (IfNoneMatch !== undefined && IfNoneMatch !== "*") throw unserved("If-None-Match");
  if (IfMatch === "*") throw unserved("If-Match");
  let held = false;
  return (before) => {
    if (IfNoneMatch !== undefined && before) throw preconditionFailed("If-None-Match");
    if (IfMatch === undefined) return;
    if (!before) throw held ? conditionConflict("If-Match", key) : noSuchKey(key);
    if (!names(IfMatch, before.content.etag)) throw preconditionFailed("If-Match");
    held = true;
  };
}

/** Of an upload in parts, which has to find the same object at its end as at its beginning. */
export function checkUploadWrite(
  upload: { key: string; stood?: string },
  conditions: ReadConditions,
): (before: ObjectVersion | undefined) => void {
  const check = checkWrite(upload.key, conditions);
  return (before) => {
    check(before);
    const changed = upload.stood !== before?.content.files[0]?.id;
    if (conditions.IfMatch !== undefined && changed) throw conditionConflict("If-Match", upload.key);
    if (conditions.IfNoneMatch !== undefined && changed) throw conditionConflict("If-None-Match", upload.key);
  };
}

function names(list: string, etag: string): boolean {
  return list.split(",").some((each) => each.trim() === "*" || each.trim().replace(/^W\//u, "").replace(/^"|"$/gu, "") === etag);
}
