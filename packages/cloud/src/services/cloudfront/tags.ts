/** Tags of distributions and functions. */
import type { Tag } from "@aws-sdk/client-cloudfront";
import { AwsError } from "../../aws-error.ts";

const mostTags = 50;

export const tagRecord = (tags: readonly Tag[] = []): Record<string, string> =>
  Object.fromEntries(tags.map(({ Key = "", Value = "" }) => [Key, Value]));

export function checkTags(tags: readonly Tag[] = [], before: Readonly<Record<string, string>> = {}): void {
  const invalid = (message: string) => new AwsError("InvalidTagging", message);
  for (const { Key = "", Value = "" } of tags) {
    if (Key.length < 1 || Key.length > 128 || Value.length > 256) throw invalid("The tagging specified is not valid.");
    if (/^aws:/i.test(Key)) throw invalid("Tag keys that begin with aws: are reserved.");
  }
  const own = Object.keys({ ...before, ...tagRecord(tags) }).filter((key) => !key.startsWith("aws:"));
  if (own.length > mostTags) throw invalid(`A resource can have at most ${mostTags} tags.`);
}
