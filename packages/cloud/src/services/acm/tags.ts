/** The rules of tags on certificates. */
import { AwsError } from "../../aws-error.ts";
import { checkConstraints } from "../../constraints.ts";

const maxTags = 50;

export function tagRecord(
  given: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined,
  before: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const tags = { ...before };
  for (const [index, { Key = "", Value = "" }] of (given ?? []).entries()) {
    checkConstraints("ValidationException", {
      [`tags.${index + 1}.member.key`]: [Key, { length: [1, 128] }],
      [`tags.${index + 1}.member.value`]: [Value, { length: [0, 256] }],
    });
    if (Key.startsWith("aws:")) throw new AwsError("InvalidTagException", "AWS internal tags cannot be changed with this API");
    tags[Key] = Value;
  }
  if (Object.keys(tags).filter((key) => !key.startsWith("aws:")).length > maxTags)
    throw new AwsError("TooManyTagsException", `The TagSet: '{${Object.keys(tags).join(", ")}}' contains too many Tags`);
  return tags;
}

export const listTags = (tags: Readonly<Record<string, string>>) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
