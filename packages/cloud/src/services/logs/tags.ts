/** The rules of tags on log groups. */
import { AwsError } from "../../aws-error.ts";
import { checkConstraints } from "../../constraints.ts";

const text = "([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)";

export function checkTags(tags: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(tags)) {
    checkConstraints("InvalidParameterException", {
      "tags.key": [key, { length: [1, 128], pattern: text }],
      [`tags.${key}`]: [value, { length: [0, 256], pattern: text }],
    });
  }
}

/** A resource has at most 50. */
export function checkTagCount(tags: Readonly<Record<string, string>>): void {
  if (Object.keys(tags).length > 50) throw new AwsError("TooManyTagsException", "A resource can have no more than 50 tags.");
}
