/** The condition operators of policies, as AWS documents them. */
import type { Condition } from "./policy.ts";
import { expandVariables, matchesPattern } from "./variables.ts";

/** What is known about a request, by condition key in lower case; several values for keys that have them. */
export type ConditionKeys = Pick<ReadonlyMap<string, readonly string[]>, "get" | "has">;

/** Whether one value of the request satisfies one of the policy, for an operator without its `Not`. */
type Compare = (value: string, wanted: string) => boolean;

const numeric =
  (holds: (value: number, wanted: number) => boolean): Compare =>
  (value, wanted) => {
    const [a, b] = [Number(value), Number(wanted)];
    return value !== "" && wanted !== "" && !Number.isNaN(a) && !Number.isNaN(b) && holds(a, b);
  };

const dated =
  (holds: (value: number, wanted: number) => boolean): Compare =>
  (value, wanted) => {
    const [a, b] = [timeOf(value), timeOf(wanted)];
    return !Number.isNaN(a) && !Number.isNaN(b) && holds(a, b);
  };

/** Seconds since 1970, or ISO 8601 as the W3C profiles it. */
const timeOf = (text: string) => (/^-?\d{5,}$/.test(text) ? Number(text) * 1000 : Date.parse(text));

const compares: Readonly<Record<string, Compare>> = {
  StringEquals: (value, wanted) => value === wanted,
  StringEqualsIgnoreCase: (value, wanted) => value.toLowerCase() === wanted.toLowerCase(),
  StringLike: (value, wanted) => matchesPattern(wanted, value),
  NumericEquals: numeric((a, b) => a === b),
  NumericLessThan: numeric((a, b) => a < b),
  NumericLessThanEquals: numeric((a, b) => a <= b),
  NumericGreaterThan: numeric((a, b) => a > b),
  NumericGreaterThanEquals: numeric((a, b) => a >= b),
  DateEquals: dated((a, b) => a === b),
  DateLessThan: dated((a, b) => a < b),
  DateLessThanEquals: dated((a, b) => a <= b),
  DateGreaterThan: dated((a, b) => a > b),
  DateGreaterThanEquals: dated((a, b) => a >= b),
  Bool: (value, wanted) => value.toLowerCase() === wanted.toLowerCase(),
  BinaryEquals: (value, wanted) => value === wanted,
  IpAddress: (value, wanted) => addressIn(value, wanted),
  ArnEquals: (value, wanted) => arnMatches(wanted, value),
  ArnLike: (value, wanted) => arnMatches(wanted, value),
};

/** The operators that hold when their positive sibling does not. */
const negations: Readonly<Record<string, string>> = {
  StringNotEquals: "StringEquals",
  StringNotEqualsIgnoreCase: "StringEqualsIgnoreCase",
  StringNotLike: "StringLike",
  NumericNotEquals: "NumericEquals",
  DateNotEquals: "DateEquals",
  NotIpAddress: "IpAddress",
  ArnNotEquals: "ArnEquals",
  ArnNotLike: "ArnLike",
};

/** All that a policy may name. */
export const conditionOperators: readonly string[] = [...Object.keys(compares), ...Object.keys(negations), "Null"];

/** Whether a condition holds for a request. */
export function conditionHolds(condition: Condition, keys: ConditionKeys, variables: boolean): boolean {
  const { operator, set, ifExists, key } = condition;
  const given = keys.get(key);
  if (operator === "Null")
    return condition.values.some((value) => (value.toLowerCase() === "true") === (given === undefined || given.length === 0));
  const positive = negations[operator];
  const compare = compares[positive ?? operator];
  if (!compare) return false;
  if (given === undefined || given.length === 0) return ifExists || set === "ForAllValues" || (set === undefined && positive !== undefined);
  const wanted = variables
    ? condition.values.map((value) => expandVariables(value, keys)).filter((value) => value !== undefined)
    : condition.values;
  const passes = (value: string) => wanted.some((one) => compare(value, one)) !== (positive !== undefined);
  return set === "ForAllValues" || (set === undefined && positive !== undefined) ? given.every(passes) : given.some(passes);
}

/** ARNs are compared part by part; a wildcard stays within its part, but for the last. */
function arnMatches(pattern: string, arn: string): boolean {
  const split = (text: string) => {
    const parts = text.split(":");
    return [...parts.slice(0, 5), parts.slice(5).join(":")];
  };
  if (pattern === "*") return true;
  const [wanted, given] = [split(pattern), split(arn)];
  return wanted.every((part, index) => matchesPattern(part, given[index] ?? ""));
}

/** Whether an address lies in a block (`10.0.0.0/8`, `2001:db8::/32`) or is that address. */
function addressIn(address: string, block: string): boolean {
  const [base, length] = block.split("/");
  const [a, b] = [addressBits(address), addressBits(base!)];
  if (!a || !b || a.length !== b.length) return false;
  const prefix = length === undefined ? a.length : Number(length);
  return a.slice(0, prefix) === b.slice(0, prefix);
}

/** The bits of an address as text, most significant first. */
function addressBits(text: string): string | undefined {
  if (!text.includes(":")) {
    const parts = text.split(".").map(Number);
    if (parts.length !== 4 || parts.some((part) => !(part >= 0 && part <= 255))) return undefined;
    return parts.map((part) => part.toString(2).padStart(8, "0")).join("");
  }
  const [head = "", tail] = text.split("::");
  const groups = (half: string) => (half === "" ? [] : half.split(":"));
  const [before, after] = [groups(head), groups(tail ?? "")];
  const all =
    tail === undefined
      ? before
      : [...before, ...Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => "0"), ...after];
  if (all.length !== 8 || all.some((group) => !/^[0-9a-fA-F]{1,4}$/.test(group))) return undefined;
  return all.map((group) => Number.parseInt(group, 16).toString(2).padStart(16, "0")).join("");
}
