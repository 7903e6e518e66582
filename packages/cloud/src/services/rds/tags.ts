/** Tags of RDS's things: their rules, and the changes to a list. */
import type { Tag } from "../../stack-tags.ts";
import { invalidValue } from "./errors.ts";

export type { Tag };

const limit = 50;

export function checkedTags(given: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined): Tag[] {
  const tags = new Map<string, string>();
  for (const { Key = "", Value = "" } of given ?? []) {
    if (Key === "" || Key.length > 128) throw invalidValue(`Tag key ${Key} is invalid: it must have 1 to 128 characters.`);
    if (Value.length > 256) throw invalidValue(`The value of tag ${Key} is longer than 256 characters.`);
    tags.set(Key, Value);
  }
  if (tags.size > limit) throw invalidValue(`Number of tags cannot exceed ${limit}.`);
  return [...tags].map(([Key, Value]) => ({ Key, Value }));
}

export function withTags(present: readonly Tag[], added: readonly Tag[]): Tag[] {
  return checkedTags([...present, ...added]);
}

export function withoutTags(present: readonly Tag[], keys: readonly string[]): Tag[] {
  return present.filter(({ Key }) => !keys.includes(Key));
}
