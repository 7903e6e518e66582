/**
 * Filter policies of subscriptions: which messages reach them. Source: "Amazon SNS message filtering" in AWS's guide.
 */
export type FilterScope = "MessageAttributes" | "MessageBody";

type Scalar = string | number | boolean | null;
type Policy = { [key: string]: unknown };

type Fail = (message: string) => Error;

/** Throws AWS's words through `fail` where a policy cannot be taken. */
export function checkFilterPolicy(text: string, scope: FilterScope, fail: Fail): void {
  let policy: unknown;
  try {
    policy = JSON.parse(text);
  } catch {
    throw fail("FilterPolicy: failed to parse JSON.");
  }
  if (!isObject(policy)) throw fail("FilterPolicy: Filter policy must be an object");
  const keys = Object.keys(policy).flatMap((key) => (key === "$or" && Array.isArray((policy as Policy)["$or"]) ? [] : [key]));
  if (keys.length > 5) throw fail("FilterPolicy: Filter policy can not have more than 5 keys");
  if (combinations(policy, scope, 1, fail) > 150) throw fail("FilterPolicy: Filter policy is too complex");
}

/** The product over all keys of their values, each times its depth, as AWS counts the complexity. */
function combinations(policy: Policy, scope: FilterScope, depth: number, fail: Fail): number {
  let product = 1;
  for (const [key, rule] of Object.entries(policy)) {
    if (key === "$or" && Array.isArray(rule) && rule.every(isObject)) {
      product *= rule.reduce((sum, each) => sum + combinations(each, scope, depth, fail), 0);
    } else if (Array.isArray(rule)) {
      if (rule.length === 0) throw fail("FilterPolicy: Empty arrays are not allowed");
      for (const each of rule) checkCondition(each, fail);
      product *= rule.length * (scope === "MessageBody" ? depth : 1);
    } else if (isObject(rule)) {
      const inner = combinations(rule, scope, depth + 1, fail);
      if (scope === "MessageAttributes") throw fail("Filter policy scope MessageAttributes does not support nested filter policy");
      product *= inner;
    } else {
      throw fail(`FilterPolicy: "${key}" must be an object or an array`);
    }
  }
  return product;
}

function checkCondition(condition: unknown, fail: Fail): void {
  if (!isObject(condition)) {
    if (Array.isArray(condition)) throw fail("FilterPolicy: Match value must be String, number, true, false, or null");
    return;
  }
  const entries = Object.entries(condition);
  if (entries.length !== 1) throw fail("FilterPolicy: Only one key allowed in match expression");
  const [kind, operand] = entries[0]!;
  switch (kind) {
    case "exists":
      if (typeof operand !== "boolean") throw fail("FilterPolicy: exists match pattern must be either true or false.");
      return;
    case "prefix":
    case "suffix":
    case "equals-ignore-case":
    case "wildcard":
      if (typeof operand !== "string") throw fail(`FilterPolicy: ${kind} match pattern must be a string`);
      return;
    case "cidr":
      if (typeof operand !== "string" || !cidr(operand)) throw fail(`FilterPolicy: Malformed CIDR, one '/' required`);
      return;
    case "numeric":
      checkNumeric(operand, fail);
      return;
    case "anything-but": {
      if (isObject(operand)) {
        const [[inner, value] = ["", undefined]] = Object.entries(operand);
        if (!["prefix", "suffix", "wildcard"].includes(inner)) throw fail(`FilterPolicy: Unsupported anything-but pattern: ${inner}`);
        const texts = Array.isArray(value) ? value : [value];
        if (!texts.every((text) => typeof text === "string")) throw fail(`FilterPolicy: ${inner} match pattern must be a string`);
        return;
      }
      const members = Array.isArray(operand) ? operand : [operand];
      if (members.length === 0 || !members.every((each) => typeof each === "string" || typeof each === "number")) {
        throw fail("FilterPolicy: Inside anything-but list, either all values are number or string, mixed type is not supported");
      }
      return;
    }
    default:
      throw fail(`FilterPolicy: Unrecognized match type ${kind}`);
  }
}

function checkNumeric(operand: unknown, fail: Fail): void {
  if (!Array.isArray(operand) || operand.length === 0) throw fail("FilterPolicy: Invalid member in numeric match: ]");
  const [first, low, second, high] = operand as unknown[];
  if (typeof first !== "string") throw fail(`FilterPolicy: Invalid member in numeric match: ${String(first)}`);
  if (!["=", "<", "<=", ">", ">="].includes(first)) throw fail(`FilterPolicy: Unrecognized numeric range operator: ${first}`);
  if (typeof low !== "number") throw fail(`FilterPolicy: Value of ${first === "=" ? "equals" : first} must be numeric`);
  if (operand.length === 2) return;
  if (first === "=" || first.startsWith("<")) throw fail("FilterPolicy: Too many elements in numeric expression");
  if (typeof second !== "string") throw fail(`FilterPolicy: Bad value in numeric range: ${String(second)}`);
  if (second !== "<" && second !== "<=") throw fail(`FilterPolicy: Bad numeric range operator: ${second}`);
  if (typeof high !== "number") throw fail(`FilterPolicy: Value of ${second} must be numeric`);
  if (operand.length > 4) throw fail("FilterPolicy: Too many terms in numeric range expression");
  if (low >= high) throw fail("FilterPolicy: Bottom must be less than top");
}

export interface FilteredMessage {
  body: string;
  attributes: Readonly<Record<string, { DataType?: string | undefined; StringValue?: string | undefined }>>;
}

/** Whether a message passes. A body that is no JSON object never passes a policy on the body. */
export function passes(text: string | undefined, scope: FilterScope, message: FilteredMessage): boolean {
  if (text === undefined || text === "") return true;
  const policy = JSON.parse(text) as Policy;
  if (scope === "MessageAttributes") return matches(policy, attributeValues(message.attributes));
  let body: unknown;
  try {
    body = JSON.parse(message.body);
  } catch {
    return false;
  }
  return isObject(body) && matches(policy, body);
}

function attributeValues(attributes: FilteredMessage["attributes"]): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([name, { DataType = "String", StringValue }]): [string, unknown][] => {
      if (StringValue === undefined) return [];
      if (DataType.startsWith("Number")) return [[name, Number(StringValue)]];
      if (!DataType.startsWith("String.Array")) return [[name, StringValue]];
      try {
        return [[name, JSON.parse(StringValue)]];
      } catch {
        return [[name, StringValue]];
      }
    }),
  );
}

/** All keys have to match; a list in the message matches by any of its members. */
function matches(policy: Policy, values: unknown): boolean {
  return Object.entries(policy).every(([key, rule]) => {
    if (key === "$or" && Array.isArray(rule) && rule.every(isObject)) return rule.some((each) => matches(each, values));
    const holders = Array.isArray(values) ? values.filter(isObject) : isObject(values) ? [values] : [];
    if (!Array.isArray(rule))
      return holders.some((holder) => matches(rule as Policy, holder[key])) || matchesAbsent(rule as Policy, holders, key);
    const found = holders.flatMap((holder) => (Object.hasOwn(holder, key) ? [holder[key]].flat(10) : []));
    return rule.some((condition) =>
      conditionHolds(
        condition,
        found,
        holders.some((holder) => Object.hasOwn(holder, key)),
      ),
    );
  });
}

/** Below a key that is not there, only `exists: false` holds. */
function matchesAbsent(rule: Policy, holders: readonly Policy[], key: string): boolean {
  return !holders.some((holder) => Object.hasOwn(holder, key)) && matches(rule, {});
}

function conditionHolds(condition: unknown, found: readonly unknown[], present: boolean): boolean {
  if (isObject(condition) && "exists" in condition) return condition["exists"] === present;
  return found.some((value) => valueMatches(condition, value as Scalar));
}

function valueMatches(condition: unknown, value: Scalar): boolean {
  if (!isObject(condition)) return condition === value;
  const [[kind, operand] = ["", undefined]] = Object.entries(condition);
  switch (kind) {
    case "prefix":
      return typeof value === "string" && value.startsWith(operand as string);
    case "suffix":
      return typeof value === "string" && value.endsWith(operand as string);
    case "equals-ignore-case":
      return typeof value === "string" && value.toLowerCase() === (operand as string).toLowerCase();
    case "wildcard":
      return typeof value === "string" && wildcard(operand as string).test(value);
    case "cidr":
      return typeof value === "string" && inCidr(operand as string, value);
    case "numeric":
      return typeof value === "number" && numericHolds(operand as (string | number)[], value);
    case "anything-but": {
      if (isObject(operand)) {
        const [[inner, texts] = ["", undefined]] = Object.entries(operand);
        return ![texts].flat().some((text) => valueMatches({ [inner]: text }, value));
      }
      return ![operand].flat().includes(value);
    }
    default:
      return false;
  }
}

function numericHolds(operand: readonly (string | number)[], value: number): boolean {
  for (let index = 0; index < operand.length; index += 2) {
    const bound = operand[index + 1] as number;
    const holds = { "=": value === bound, "<": value < bound, "<=": value <= bound, ">": value > bound, ">=": value >= bound };
    if (!holds[operand[index] as keyof typeof holds]) return false;
  }
  return true;
}

function wildcard(pattern: string): RegExp {
  return new RegExp(
    `^${pattern
      .split("*")
      .map((part) => part.replace(/[$()*+.?[\\\]^{|}/-]/gu, "\\$&"))
      .join("[^]*")}$`,
    "u",
  );
}

function cidr(text: string): { base: number; bits: number } | undefined {
  const [, address, bits] = /^([\d.]+)\/(\d{1,2})$/u.exec(text) ?? [];
  const base = address === undefined ? undefined : ipNumber(address);
  return base === undefined || Number(bits) > 32 ? undefined : { base, bits: Number(bits) };
}

function inCidr(range: string, address: string): boolean {
  const { base, bits } = cidr(range)!;
  const value = ipNumber(address);
  const size = 2 ** (32 - bits);
  return value !== undefined && Math.floor(value / size) === Math.floor(base / size);
}

function ipNumber(address: string): number | undefined {
  const parts = address.split(".").map(Number);
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part) || part < 0 || part > 255)) return undefined;
  return parts.reduce((value, part) => value * 256 + part, 0);
}

function isObject(value: unknown): value is Policy {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
