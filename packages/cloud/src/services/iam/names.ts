/** What names, paths, tags and the like may be, in the words that IAM refuses them with. */
import type { Tag } from "@aws-sdk/client-iam";
import { checkConstraints, type Constrained, type Constraint } from "../../constraints.ts";
import { invalidInput, limitExceeded, validationError } from "./errors.ts";

const name = (most: number): Constraint => ({ length: [1, most], pattern: "[\\w+=,.@-]+" });

export const roleName = name(64);
export const userName = name(64);
export const policyName = name(128);
export const groupName = name(128);
export const instanceProfileName = name(128);
export const path: Constraint = { length: [1, 512], pattern: "(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)" };
export const pathPrefix: Constraint = { length: [1, 512], pattern: "\\u002F[\\u0021-\\u007F]*" };
export const description: Constraint = { length: [0, 1000], pattern: "[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*" };
export const policyDescription: Constraint = { length: [0, 1000] };
export const document: Constraint = { length: [1, 131_072], pattern: "[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+" };
export const sessionSeconds: Constraint = { range: [3600, 43_200] };
export const arn: Constraint = { length: [20, 2048] };

/** Throws ValidationError naming all that does not hold. IAM no longer repeats the values. */
export const check = (members: Constrained): void =>
  checkConstraints(
    "ValidationError",
    Object.fromEntries(
      Object.entries(members).map(([path, [value, constraint]]) => [path, [value, { ...constraint, hidden: true }] as const]),
    ),
  );

/** The path as given, or `/`. */
export function checkedPath(given: string | undefined): string {
  if (given === undefined) return "/";
  if (!/^\/([!-~]+\/)?$/.test(given) || given.includes("//"))
    throw validationError(
      "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.",
    );
  check({ path: [given, path] });
  return given;
}

const tagPattern = "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]";
const mostTags = 50;

/** Tags of a caller: at most 50, no key twice (without regard to case), none of AWS's own. */
export function checkedTags(tags: readonly Tag[] | undefined): Record<string, string> {
  const given = tags ?? [];
  if (given.length > mostTags) check({ tags: [given.map(({ Key }) => Key), { length: [0, mostTags] }] });
  const checked: Record<string, string> = {};
  const seen = new Set<string>();
  for (const [index, { Key: key = "", Value: value = "" }] of given.entries()) {
    check({
      [`tags.${index + 1}.member.key`]: [key, { length: [1, 128], pattern: `${tagPattern}+` }],
      [`tags.${index + 1}.member.value`]: [value, { length: [0, 256], pattern: `${tagPattern}*` }],
    });
    if (key.toLowerCase().startsWith("aws:"))
      throw invalidInput("One or more of the tag keys are reserved for system use. Tag keys may not start with 'aws:'");
    if (seen.has(key.toLowerCase())) throw invalidInput("Duplicate tag keys found. Please note that Tag keys are case insensitive.");
    seen.add(key.toLowerCase());
    checked[key] = value;
  }
  return checked;
}

/** `before` with `added`; a key that differs by case only is the same key. */
export function mergedTags(before: Readonly<Record<string, string>>, added: Readonly<Record<string, string>>): Record<string, string> {
  const lower = new Set(Object.keys(added).map((key) => key.toLowerCase()));
  const merged = { ...Object.fromEntries(Object.entries(before).filter(([key]) => !lower.has(key.toLowerCase()))), ...added };
  if (Object.keys(merged).length > mostTags) throw limitExceeded(`The number of tags has reached the maximum limit.`);
  return merged;
}

/** `before` without `keys`, whatever their case. */
export function withoutTags(before: Readonly<Record<string, string>>, keys: readonly string[]): Record<string, string> {
  check({ tagKeys: [keys, { length: [0, mostTags] }] });
  for (const [index, key] of keys.entries())
    check({ [`tagKeys.${index + 1}.member`]: [key, { length: [1, 128], pattern: `${tagPattern}+` }] });
  const lower = new Set(keys.map((key) => key.toLowerCase()));
  return Object.fromEntries(Object.entries(before).filter(([key]) => !lower.has(key.toLowerCase())));
}

export const tagList = (tags: Readonly<Record<string, string>>): { Key: string; Value: string }[] =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
