/** The rules of tags on topics. */
import { AwsError } from "../../aws-error.ts";
import { checkConstraints } from "../../constraints.ts";
import { invalidParameter } from "./errors.ts";

export function tagRecord(tags: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined): Record<string, string> {
  const record: Record<string, string> = {};
  for (const [index, { Key, Value }] of (tags ?? []).entries()) {
    checkConstraints("InvalidParameter", {
      [`tags.${index + 1}.member.key`]: [Key, { length: [1, 128] }],
      [`tags.${index + 1}.member.value`]: [Value, { length: [0, 256] }],
    });
    if (Object.hasOwn(record, Key!)) throw invalidParameter("Duplicated keys are not allowed.");
    record[Key!] = Value!;
  }
  checkTagCount(record);
  return record;
}

export function checkTagCount(tags: Readonly<Record<string, string>>): void {
  if (Object.keys(tags).length > 50)
    throw new AwsError("TagLimitExceeded", "Could not complete request: tag quota of per resource exceeded");
}
