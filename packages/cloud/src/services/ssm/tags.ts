/** What tags of a parameter may be. */
import { AwsError } from "../../aws-error.ts";
import { checkConstraints } from "../../constraints.ts";

const tagLimit = 50;
const pattern = "([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)";

export function checkTags(tags: readonly { Key?: string | undefined; Value?: string | undefined }[]): void {
  const members = tags.flatMap(({ Key, Value }, index) => [
    [`tags.${index + 1}.member.key`, [Key, { length: [1, 128], pattern }]] as const,
    [`tags.${index + 1}.member.value`, [Value, { length: [0, 256], pattern }]] as const,
  ]);
  checkConstraints("ValidationException", Object.fromEntries(members));
  if (new Set(tags.map(({ Key }) => Key)).size > tagLimit) throw tooManyTags();
}

export const tooManyTags = () =>
  new AwsError("TooManyTagsError", "The Targets parameter includes too many tags. Remove one or more tags and try the command again.");

export const isWithinLimit = (tags: Readonly<Record<string, string>>) => Object.keys(tags).length <= tagLimit;
