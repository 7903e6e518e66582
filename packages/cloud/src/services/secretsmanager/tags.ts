/** Tags of secrets. */
import { checkConstraints } from "../../constraints.ts";
import { invalidParameter } from "./errors.ts";

export interface Tag {
  Key?: string | undefined;
  Value?: string | undefined;
}

const mostTags = 50;

/** Those given, checked. */
export function checkedTags(tags: readonly Tag[] = []): { Key: string; Value: string }[] {
  const result = tags.map(({ Key = "", Value = "" }) => ({ Key, Value }));
  for (const [index, { Key, Value }] of result.entries()) {
    checkConstraints("ValidationException", {
      [`tags.${index + 1}.member.key`]: [Key, { length: [1, 128] }],
      [`tags.${index + 1}.member.value`]: [Value, { length: [0, 256] }],
    });
    if (Key.toLowerCase().startsWith("aws:")) throw invalidParameter("Tag keys that begin with aws: are reserved for AWS.");
  }
  return result;
}

/** The old ones with the new ones over them, in the order of their keys' first appearance. */
export function mergedTags(old: readonly { Key: string; Value: string }[], added: readonly { Key: string; Value: string }[]) {
  const merged = new Map([...old, ...added].map(({ Key, Value }) => [Key, Value]));
  if ([...merged.keys()].filter((key) => !key.startsWith("aws:")).length > mostTags) {
    throw invalidParameter(`A secret can have at most ${mostTags} tags.`);
  }
  return [...merged].map(([Key, Value]) => ({ Key, Value }));
}
