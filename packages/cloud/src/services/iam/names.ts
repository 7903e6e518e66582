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

/** Of a tag's key. Those of managed policies are told apart by their case, all others are not. */
type SameKey = (key: string) => string;
const anyCase: SameKey = (key) => key.toLowerCase();
export const asWritten: SameKey = (key) => key;

/** Tags of a caller: at most 50, no key twice, none of AWS's own. */
export function checkedTags(tags: readonly Tag[] | undefined, same = anyCase): Record<string, string> {
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
    if (seen.has(same(key)))
      throw invalidInput(`Duplicate tag keys found.${same === anyCase ? " Please note that Tag keys are case insensitive." : ""}`);
    seen.add(same(key));
    checked[key] = value;
  }
  return checked;
}

type Tags = Readonly<Record<string, string>>;

/** `before` with `added`. */
export function mergedTags(before: Tags, added: Tags, same = anyCase): Record<string, string> {
  const keys = new Set(Object.keys(added).map(same));
  const merged = { ...Object.fromEntries(Object.entries(before).filter(([key]) => !keys.has(same(key)))), ...added };
  if (Object.keys(merged).length > mostTags) throw limitExceeded(`The number of tags has reached the maximum limit.`);
  return merged;
}

/** `before` without `keys`. */
export function withoutTags(before: Tags, keys: readonly string[], same = anyCase): Record<string, string> {
  check({ tagKeys: [keys, { length: [0, mostTags], members: { length: [1, 128], pattern: `${tagPattern}+`, notNull: true } }] });
  const gone = new Set(keys.map(same));
  return Object.fromEntries(Object.entries(before).filter(([key]) => !gone.has(same(key))));
}

export const tagList = (tags: Tags): { Key: string; Value: string }[] => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
