/** The rules of tags on web ACLs and what belongs to them. */
import { AwsError } from "../../aws-error.ts";
import { checkConstraints } from "../../constraints.ts";

const mostTags = 50;

export function checkTags(
  tags: readonly { Key?: string | undefined; Value?: string | undefined }[] = [],
): { Key: string; Value: string }[] {
  const result = tags.map(({ Key = "", Value = "" }) => ({ Key, Value }));
  for (const [index, { Key, Value }] of result.entries()) {
    checkConstraints("ValidationException", {
      [`tags.${index + 1}.member.key`]: [Key, { length: [1, 128] }],
      [`tags.${index + 1}.member.value`]: [Value, { length: [0, 256] }],
    });
    if (Key.toLowerCase().startsWith("aws:")) {
      throw new AwsError("WAFTagOperationException", "Tag keys that begin with aws: are reserved for AWS.");
    }
  }
  return result;
}

/** The old ones with the new ones over them. */
export function mergedTags(old: readonly { Key: string; Value: string }[], added: readonly { Key: string; Value: string }[]) {
  const merged = new Map([...old, ...added].map(({ Key, Value }) => [Key, Value]));
  if ([...merged.keys()].filter((key) => !key.startsWith("aws:")).length > mostTags) {
    throw new AwsError("WAFTagOperationException", `A resource can have at most ${mostTags} tags.`);
  }
  return [...merged].map(([Key, Value]) => ({ Key, Value }));
}
