/** Tags of services, connectors and configurations. */
import { check, invalidRequest } from "./errors.ts";

export interface Tagged {
  tags: Record<string, string>;
  /** CloudFormation's own, which callers cannot set. */
  systemTags: Readonly<Record<string, string>>;
}

const mostTags = 50;

/** Those given, checked, by key. */
export function readTags(given: readonly { Key?: string | undefined; Value?: string | undefined }[] = []): Record<string, string> {
  const tags: Record<string, string> = {};
  for (const [index, { Key = "", Value = "" }] of given.entries()) {
    check({
      [`tags.${index + 1}.member.key`]: [Key, { length: [1, 128] }],
      [`tags.${index + 1}.member.value`]: [Value, { length: [0, 256] }],
    });
    if (/^aws:/i.test(Key)) throw invalidRequest(`Tag key ${Key} is reserved: keys must not begin with aws:`);
    tags[Key] = Value;
  }
  return checkCount(tags);
}

export function checkCount(tags: Record<string, string>): Record<string, string> {
  if (Object.keys(tags).length > mostTags) throw invalidRequest(`A resource can have at most ${mostTags} tags.`);
  return tags;
}

export const listTags = ({ tags, systemTags }: Tagged): { Key: string; Value: string }[] =>
  Object.entries({ ...tags, ...systemTags }).map(([Key, Value]) => ({ Key, Value }));
