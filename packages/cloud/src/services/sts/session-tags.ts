/** The tags of a role's session: what a caller asks for, and what it hands on from its own session. */
import { AwsError } from "../../aws-error.ts";
import { checkConstraints } from "../../constraints.ts";
import type { Principal, SessionTags } from "../../identity/principal.ts";

interface Asked {
  Tags?: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined;
  TransitiveTagKeys?: readonly string[] | undefined;
}

const charactersOf = "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]";

/** Undefined where the session has none. Keys are told apart without regard to case. */
export function sessionTagsOf(by: Principal, { Tags = [], TransitiveTagKeys = [] }: Asked): SessionTags | undefined {
  checkConstraints("ValidationError", {
    tags: [Tags, { length: [0, 50] }],
    transitiveTagKeys: [TransitiveTagKeys, { length: [0, 50] }],
  });
  for (const [index, { Key, Value }] of Tags.entries())
    checkConstraints("ValidationError", {
      [`tags.${index + 1}.member.key`]: [Key, { length: [1, 128], pattern: `${charactersOf}+` }],
      [`tags.${index + 1}.member.value`]: [Value, { length: [0, 256], pattern: `${charactersOf}*` }],
    });
  const keys = new Set(Tags.map(({ Key = "" }) => Key.toLowerCase()));
  if (keys.size < Tags.length) throw invalid("Duplicate tag keys found. Please note that Tag keys are case insensitive.");
  if (TransitiveTagKeys.some((key) => !keys.has(key.toLowerCase())))
    throw invalid("The specified transitive tag key must be included in the requested tags.");

  const inherited = by.kind === "assumed-role" ? by.sessionTags : undefined;
  const handedOn = inherited?.transitive ?? [];
  if (handedOn.some((key) => keys.has(key.toLowerCase())))
    throw invalid(
      "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
    );
  if (keys.size === 0 && handedOn.length === 0) return undefined;
  return {
    tags: Object.fromEntries([
      ...handedOn.map((key) => [key, inherited!.tags[key]!] as const),
      ...Tags.map(({ Key = "", Value = "" }) => [Key, Value] as const),
    ]),
    transitive: [
      ...handedOn,
      ...Tags.flatMap(({ Key = "" }) => (TransitiveTagKeys.some((key) => key.toLowerCase() === Key.toLowerCase()) ? [Key] : [])),
    ],
  };
}

/** What policies see of the tags that a call asks for. */
export function tagConditions({ Tags = [], TransitiveTagKeys = [] }: Asked): Record<string, string | string[]> {
  return {
    ...Object.fromEntries(Tags.map(({ Key = "", Value = "" }) => [`aws:RequestTag/${Key}`, Value])),
    ...(Tags.length > 0 && { "aws:TagKeys": Tags.map(({ Key = "" }) => Key) }),
    ...(TransitiveTagKeys.length > 0 && { "sts:TransitiveTagKeys": [...TransitiveTagKeys] }),
  };
}

const invalid = (message: string) => new AwsError("InvalidParameterValue", message);
