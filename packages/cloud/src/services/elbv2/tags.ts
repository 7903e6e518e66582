/** The rules of tags on what Elastic Load Balancing has. */
import { AwsError } from "../../aws-error.ts";
import { checkConstraints } from "../../constraints.ts";

const pattern = "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*";
const maxTags = 50;

export function tagRecord(
  given: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined,
  before: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const tags: Record<string, string> = {};
  for (const [index, { Key = "", Value = "" }] of (given ?? []).entries()) {
    checkConstraints("ValidationError", {
      [`tags.${index + 1}.member.key`]: [Key, { length: [1, 128], pattern }],
      [`tags.${index + 1}.member.value`]: [Value, { length: [0, 256], pattern }],
    });
    if (Key.toLowerCase().startsWith("aws:")) throw new AwsError("ValidationError", "The tag key cannot begin with 'aws:'");
    if (Object.hasOwn(tags, Key)) throw new AwsError("DuplicateTagKeys", `Tag key was specified more than once: ${Key}`);
    tags[Key] = Value;
  }
  const all = { ...before, ...tags };
  if (Object.keys(all).filter((key) => !key.startsWith("aws:")).length > maxTags)
    throw new AwsError("TooManyTags", "The quota for the number of tags that can be assigned to a load balancer has been reached");
  return all;
}

export const listTags = (tags: Readonly<Record<string, string>>) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
