/** Tags of objects and buckets. */
import { AwsError } from "../../aws-error.ts";
import { invalidArgument, malformedXml } from "./errors.ts";

/** From the header: `a=1&b=2`, percent-encoded. */
export function parseTagging(header: string | undefined): Record<string, string> {
  if (header === undefined || header === "") return {};
  const pairs = [...new URLSearchParams(header)];
  if (repeated(pairs) !== undefined || !pairs.every(([key, value]) => characters.test(key) && characters.test(value))) {
    throw invalidArgument(
      "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
      "x-amz-tagging",
      header,
    );
  }
  return checkTags(pairs, "object");
}

type Holder = "object" | "bucket";
const most = { object: 10, bucket: 50 };

/** From the XML of PutObjectTagging and PutBucketTagging. */
export function tagSet(
  tags: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined,
  holder: Holder,
): Record<string, string> {
  if (!tags) throw malformedXml();
  const pairs = tags.map(({ Key = "", Value = "" }): [string, string] => [Key, Value]);
  const TagKey = repeated(pairs);
  if (TagKey !== undefined) throw new AwsError("InvalidTag", "Cannot provide multiple Tags with the same key", 400, { TagKey });
  return checkTags(pairs, holder);
}

const repeated = (pairs: readonly (readonly [string, string])[]): string | undefined =>
  pairs.find(([key], at) => pairs.findIndex(([other]) => other === key) < at)?.[0];

/** Letters, digits, spaces and `+ - = . _ : / @`. */
const characters = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

function checkTags(pairs: readonly (readonly [string, string])[], holder: Holder): Record<string, string> {
  if (pairs.length > most[holder]) {
    const what = holder === "object" ? "Object tags" : "Bucket tag count";
    throw new AwsError("BadRequest", `${what} cannot be greater than ${most[holder]}`, 400);
  }
  for (const [key, value] of pairs) {
    if (key.toLowerCase().startsWith("aws:")) {
      const message = holder === "object" ? "Your TagKey cannot be prefixed with aws:" : "System tags cannot be added/updated by requester";
      throw new AwsError("InvalidTag", message, 400, { TagKey: key });
    }
    if (key === "" || key.length > 128 || !characters.test(key))
      throw new AwsError("InvalidTag", "The TagKey you have provided is invalid", 400, { TagKey: key });
    if (value.length > 256 || !characters.test(value))
      throw new AwsError("InvalidTag", "The TagValue you have provided is invalid", 400, { TagKey: key, TagValue: value });
  }
  return Object.fromEntries(pairs);
}

export function tagList(tags: Readonly<Record<string, string>>): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
