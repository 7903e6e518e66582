/**
 * Event patterns: read once, then asked about every event. Every path that a pattern names has to hold; where several of them lead through
 * one array, they have to hold in the same element of it.
 */
import { invalidPattern } from "../errors.ts";
import { type Condition, isObject, readCondition } from "./condition.ts";
import { type Field, type Fields, fieldsOf } from "./fields.ts";

/** One way to match: all that has to hold, each at its path by any of its conditions. */
type Way = readonly (readonly [path: string, conditions: readonly Condition[]])[];

export type Matcher = (event: unknown) => boolean;

/** AWS allows more only on request. Source: Amazon EventBridge endpoints and quotas. */
const mostWays = 1_000;

/** @throws InvalidEventPatternException */
export function readPattern(text: string): Matcher {
  const parsed = parse(text);
  if (!isObject(parsed)) throw invalidPattern("Filter is not an object");
  const ways = waysOf(parsed, "");
  return (event) => {
    const fields = fieldsOf(event);
    return ways.some((way) => matches(fields, way));
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const token = /^\s*([A-Za-z_]\w*)/u.exec(text)?.[1];
    throw invalidPattern(
      token === undefined
        ? "The text is not valid JSON"
        : `Unrecognized token '${token}': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')`,
    );
  }
}

function waysOf(pattern: { [key: string]: unknown }, path: string): Way[] {
  if (Object.keys(pattern).length === 0 && path !== "") throw invalidPattern("Empty objects are not allowed");
  let ways: Way[] = [[]];
  for (const [key, rule] of Object.entries(pattern)) {
    const own = path === "" ? key : `${path}.${key}`;
    let more: Way[];
    if (key === "$or" && isAlternatives(rule)) more = rule.flatMap((each) => waysOf(each, path));
    else if (Array.isArray(rule)) {
      if (rule.length === 0) throw invalidPattern("Empty arrays are not allowed");
      more = [[[own, rule.map(readCondition)]]];
    } else if (isObject(rule)) more = waysOf(rule, own);
    else throw invalidPattern(`"${key}" must be an object or an array`);
    if (ways.length * more.length > mostWays) throw invalidPattern("Rule is too complex - try using fewer $or alternatives");
    ways = ways.flatMap((way) => more.map((other) => [...way, ...other]));
  }
  return ways;
}

/** `$or` is an alternative only as a list of two objects or more; otherwise it is a key like any other. Source: Event Ruler's README. */
const isAlternatives = (rule: unknown): rule is { [key: string]: unknown }[] =>
  Array.isArray(rule) && rule.length > 1 && rule.every((each) => isObject(each) && !isCondition(each));

const isCondition = (value: { [key: string]: unknown }) => {
  const keys = Object.keys(value);
  return keys.length === 1 && /^(?:exists|numeric|prefix|suffix|anything-but|cidr|equals-ignore-case|wildcard)$/u.test(keys[0]!);
};

function matches(fields: Fields, way: Way): boolean {
  const from = (index: number, taken: ReadonlyMap<string, number>): boolean => {
    if (index === way.length) return true;
    const [path, conditions] = way[index]!;
    const found = fields.get(path) ?? [];
    if (found.length === 0 && conditions.some((one) => one.kind === "exists" && !one.present)) return from(index + 1, taken);
    return found.some((field) => {
      if (!conditions.some((one) => (one.kind === "exists" ? one.present : one.holds(field.value)))) return false;
      const joined = join(taken, field.elements);
      return joined !== undefined && from(index + 1, joined);
    });
  };
  return from(0, new Map());
}

/** `undefined` where the two lead through different elements of one array. */
function join(taken: ReadonlyMap<string, number>, elements: Field["elements"]): ReadonlyMap<string, number> | undefined {
  if (elements.size === 0) return taken;
  for (const [array, element] of elements) if ((taken.get(array) ?? element) !== element) return undefined;
  return new Map([...taken, ...elements]);
}
