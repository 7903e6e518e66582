/** Tags of ECS's resources. */
import { invalidParameter } from "./errors.ts";

interface GivenTag {
  key?: string | undefined;
  value?: string | undefined;
}

/** Checks tags as a caller gives them, and gives them by key. */
export function readTags(given: readonly GivenTag[] | undefined): Record<string, string> {
  const tags: Record<string, string> = {};
  for (const { key = "", value = "" } of given ?? []) {
    if (key.length < 1 || key.length > 128) throw invalidParameter("Tag key length must be between 1 and 128 characters.");
    if (value.length > 256) throw invalidParameter("Tag value length must be at most 256 characters.");
    if (key.toLowerCase().startsWith("aws:")) throw invalidParameter("Tag keys beginning with 'aws:' are reserved for system use.");
    if (Object.hasOwn(tags, key)) throw invalidParameter(`Duplicate tag keys found: ${key}. Tag keys must be unique.`);
    tags[key] = value;
  }
  checkCount(tags);
  return tags;
}

export function checkCount(tags: Readonly<Record<string, string>>): void {
  const own = Object.keys(tags).filter((key) => !key.startsWith("aws:"));
  if (own.length > 50) throw invalidParameter("The number of tags must be at most 50.");
}

export function listTags(tags: Readonly<Record<string, string>>): { key: string; value: string }[] {
  return Object.entries(tags).map(([key, value]) => ({ key, value }));
}
