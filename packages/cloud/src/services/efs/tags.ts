/** Tags of file systems and access points: checked, merged, with the name that EFS reads out of them. */
import { checkConstraints } from "../../constraints.ts";
import { badRequest } from "./errors.ts";

export interface Tag {
  Key: string;
  Value: string;
}

const mostTags = 50;

/** Those given, checked. */
export function checkedTags(tags: readonly { Key?: string | undefined; Value?: string | undefined }[] = []): Tag[] {
  const result = tags.map(({ Key = "", Value = "" }) => ({ Key, Value }));
  for (const [index, { Key, Value }] of result.entries()) {
    checkConstraints("BadRequest", {
      [`tags.${index + 1}.member.key`]: [Key, { length: [1, 128] }],
      [`tags.${index + 1}.member.value`]: [Value, { length: [0, 256] }],
    });
    if (Key.toLowerCase().startsWith("aws:")) throw badRequest("Tag keys that begin with aws: are reserved for AWS.");
  }
  return result;
}

/** The old ones with the new ones over them, in the order of their keys' first appearance. */
export function mergedTags(old: readonly Tag[], added: readonly Tag[]): Tag[] {
  const merged = new Map([...old, ...added].map(({ Key, Value }) => [Key, Value]));
  if ([...merged.keys()].filter((key) => !key.startsWith("aws:")).length > mostTags)
    throw badRequest(`A resource can have at most ${mostTags} tags.`);
  return [...merged].map(([Key, Value]) => ({ Key, Value }));
}

/** The tag `Name`, which EFS answers as a member of its own. */
export const nameOf = (tags: readonly Tag[]): string | undefined => tags.find(({ Key }) => Key === "Name")?.Value;

/** The caller's and CloudFormation's own. */
export const allTags = ({ tags, systemTags }: { tags: readonly Tag[]; systemTags: Readonly<Record<string, string>> }): Tag[] => [
  ...tags,
  ...Object.entries(systemTags).map(([Key, Value]) => ({ Key, Value })),
];
