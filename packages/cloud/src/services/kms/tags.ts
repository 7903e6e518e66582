/** Tags of keys. Source: KMS API Reference, TagResource. */
import { checkConstraints } from "../../constraints.ts";
import { tagFault } from "./errors.ts";

interface Tag {
  TagKey?: string | undefined;
  TagValue?: string | undefined;
}

const mostTags = 50;

/** Those given, checked. */
export function checkedTags(tags: readonly Tag[] = []): Record<string, string> {
  const names = tags.map(({ TagKey = "" }) => TagKey);
  for (const [index, { TagKey = "", TagValue = "" }] of tags.entries()) {
    checkConstraints("ValidationException", {
      [`tags.${index + 1}.member.tagKey`]: [TagKey, { length: [1, 128] }],
      [`tags.${index + 1}.member.tagValue`]: [TagValue, { length: [0, 256] }],
    });
    if (TagKey.toLowerCase().startsWith("aws:")) throw tagFault("Tags beginning with aws: are reserved");
  }
  if (new Set(names).size < names.length) throw tagFault("Duplicate tag keys");
  if (names.length > mostTags) throw tagFault("Too many tags");
  return Object.fromEntries(tags.map(({ TagKey = "", TagValue = "" }) => [TagKey, TagValue]));
}

/** The old ones with the new ones over them; those of CloudFormation's do not count. */
export function mergedTags(old: Readonly<Record<string, string>>, added: Readonly<Record<string, string>>): Record<string, string> {
  const merged = { ...old, ...added };
  if (Object.keys(merged).filter((key) => !key.startsWith("aws:")).length > mostTags) throw tagFault("Too many tags");
  return merged;
}
