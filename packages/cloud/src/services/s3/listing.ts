/** Walks a bucket's keys in the order of their bytes, with keys below a delimiter rolled up into prefixes. */
import type { Cloud } from "../../cloud.ts";
import { fromRow, type ObjectVersion, type Row } from "./objects.ts";

export interface Walk {
  bucket: string;
  prefix: string;
  delimiter: string | undefined;
  most: number;
}

export interface Walked<T> {
  items: (T | { prefix: string })[];
  truncated: boolean;
}

/** Behind every key that begins so. */
const behind = (prefix: string) => `${prefix}\u{10ffff}`;
const chunk = 500;

/** The latest versions after `after`; delete markers do not show. */
export function walkObjects(cloud: Cloud, { bucket, prefix, delimiter, most }: Walk, after: string): Walked<ObjectVersion> {
  const items: Walked<ObjectVersion>["items"] = [];
  // Going on behind a rolled-up prefix means behind all its keys.
  let from = isRolledUp(after, prefix, delimiter) ? behind(after) : after;
  const select = cloud.store.statement(
    "state",
    "select * from s3_object where bucket = ? and latest = 1 and marker = 0 and key > ? and key >= ? order by key limit ?",
  );
  if (most === 0) return { items, truncated: false };
  for (;;) {
    const rows = select.all(bucket, from, prefix, chunk) as unknown as Row[];
    let jumped = false;
    for (const row of rows) {
      if (!row.key.startsWith(prefix)) return { items, truncated: false };
      if (items.length === most) return { items, truncated: true };
      const rolled = rolledUp(row.key, prefix, delimiter);
      if (rolled !== undefined) {
        items.push({ prefix: rolled });
        from = behind(rolled);
        jumped = true;
        break;
      }
      items.push(fromRow(row));
      from = row.key;
    }
    if (!jumped && rows.length < chunk) return { items, truncated: false };
  }
}

/** All versions and delete markers, the newest of a key first, after a key, or after a version of it. */
export function walkVersions(
  cloud: Cloud,
  { bucket, prefix, delimiter, most }: Walk,
  afterKey: string,
  afterSequence: number | undefined,
): Walked<ObjectVersion> {
  const items: Walked<ObjectVersion>["items"] = [];
  let key = afterSequence === undefined && isRolledUp(afterKey, prefix, delimiter) ? behind(afterKey) : afterKey;
  // Before all versions of the key's own, where it is only the key that is passed.
  let sequence = afterSequence ?? 0;
  const select = cloud.store.statement(
    "state",
    `select * from s3_object where bucket = ? and (key > ? or (key = ? and sequence < ?)) and key >= ? order by key, sequence desc limit ?`,
  );
  if (most === 0) return { items, truncated: false };
  for (;;) {
    const rows = select.all(bucket, key, key, sequence, prefix, chunk) as unknown as Row[];
    let jumped = false;
    for (const row of rows) {
      if (!row.key.startsWith(prefix)) return { items, truncated: false };
      if (items.length === most) return { items, truncated: true };
      const rolled = rolledUp(row.key, prefix, delimiter);
      if (rolled !== undefined) {
        items.push({ prefix: rolled });
        key = behind(rolled);
        sequence = 0;
        jumped = true;
        break;
      }
      items.push(fromRow(row));
      key = row.key;
      sequence = row.sequence;
    }
    if (!jumped && rows.length < chunk) return { items, truncated: false };
  }
}

function rolledUp(key: string, prefix: string, delimiter: string | undefined): string | undefined {
  if (delimiter === undefined || delimiter === "") return undefined;
  const at = key.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : key.slice(0, at + delimiter.length);
}

/** Whether a marker is a prefix that the page before it ended with. */
function isRolledUp(marker: string, prefix: string, delimiter: string | undefined): boolean {
  return delimiter !== undefined && delimiter !== "" && marker.length > prefix.length && rolledUp(marker, prefix, delimiter) === marker;
}

export const isPrefix = (item: object): item is { prefix: string } => "prefix" in item;
