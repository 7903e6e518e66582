/** A repository's tags. */
import { AwsError } from "../../aws-error.ts";
import { tooManyTags } from "./errors.ts";

interface GivenTag {
  Key: string | undefined;
  Value: string | undefined;
}

/** Checks tags as given, and gives them by key. */
export function readTags(given: readonly GivenTag[] | undefined): Record<string, string> {
  const tags: Record<string, string> = {};
  for (const { Key: key = "", Value: value = "" } of given ?? []) {
    if (key.length < 1 || key.length > 128 || value.length > 256) {
      throw new AwsError(
        "InvalidTagParameterException",
        "An invalid parameter has been specified. Tag keys can have a maximum character length of 128 characters, and tag values can have a maximum length of 256 characters.",
      );
    }
    if (key.toLowerCase().startsWith("aws:")) {
      throw new AwsError(
        "InvalidTagParameterException",
        "An invalid parameter has been specified. Tag keys that start with aws: are reserved.",
      );
    }
    tags[key] = value;
  }
  if (Object.keys(tags).length > 50) throw tooManyTags();
  return tags;
}

export function listTags(tags: Readonly<Record<string, string>>): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
