/** ARNs, identifiers, tokens, tags: the rules that ElastiCache's operations share. */
import type { Tag } from "../../stack-tags.ts";
import { invalidValue } from "./errors.ts";

export type ArnKind = "replicationgroup" | "cluster" | "subnetgroup" | "parametergroup" | "snapshot" | "user" | "usergroup";

export const arnOf = ({ region, account }: { region: string; account: string }, kind: ArnKind, name: string) =>
  `arn:aws:elasticache:${region}:${account}:${kind}:${name}`;

/** Answers it in lower case, as ElastiCache keeps it. */
export function checkIdentifier(parameter: string, value: string, maxLength: number): string {
  if (value.length > maxLength || !/^[a-zA-Z](?:-?[a-zA-Z0-9])*$/.test(value)) {
    throw invalidValue(
      `The parameter ${parameter} is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens.`,
    );
  }
  return value.toLowerCase();
}

export function checkAuthToken(token: string): string {
  if (token.length < 16 || token.length > 128 || !/^[\x21-\x7e]+$/.test(token) || /[/@"]/.test(token)) {
    throw invalidValue("Invalid AuthToken provided. It must be 16 to 128 printable characters and must not contain '/', '\"' or '@'.");
  }
  return token;
}

export type { Tag };

export function checkedTags(given: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined): Tag[] {
  const tags = new Map<string, string>();
  for (const { Key = "", Value = "" } of given ?? []) {
    if (Key === "" || Key.length > 128 || Value.length > 256)
      throw invalidValue(`The tag ${Key} is invalid: a key has 1 to 128 characters, a value up to 256.`);
    tags.set(Key, Value);
  }
  if (tags.size > 50) throw invalidValue("A resource has at most 50 tags.");
  return [...tags].map(([Key, Value]) => ({ Key, Value }));
}
