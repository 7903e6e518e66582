/**
 * What a resource is now, beside what its template says: the description that its service gives of it, read as the template's properties.
 * A member is taken for the property of the same name, in whatever case it is written; what a description does not tell is not compared.
 * As on AWS only what the template says is compared, and no secrets.
 */
import { sameValue } from "@plinth/cloudformation";
import { type Description, Exact } from "../resource.ts";

type Properties = Record<string, unknown>;

/** For each property of `expected` that `description` tells of: what it is now; absent where the resource does not have it. */
export function presentProperties(expected: Properties, description: Description): { expected: Properties; actual: Properties } {
  const told: Properties = {};
  const actual: Properties = {};
  const find = members(description);
  for (const [name, value] of Object.entries(expected)) {
    const found = find(name);
    if (found === undefined) continue;
    told[name] = value;
    const now = present(value, found);
    if (now !== undefined) actual[name] = now;
  }
  return { expected: told, actual };
}

/** `found` in the words of `expected` where both mean the same; `undefined` where it is not there. */
function present(expected: unknown, found: unknown): unknown {
  if (found === null || found === undefined) return undefined;
  if (found instanceof Exact) return sameValue(expected, found.value) ? expected : found.value;
  if (Array.isArray(expected)) return Array.isArray(found) ? presentItems(expected, found) : expected;
  if (isMap(expected)) return isMap(found) ? presentMembers(expected, found) : expected;
  if (typeof found === "object" && !(found instanceof Date)) return expected;
  return sameScalar(expected, found) ? expected : found;
}

function presentMembers(expected: Properties, found: Properties): Properties {
  const find = members(found);
  const entries = Object.entries(expected).map(([name, value]) => {
    const member = find(name);
    return [name, member === undefined ? value : present(value, member)] as const;
  });
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** In the order of `expected`, whatever order the service keeps: what is equal first, then what has the same name, then what is left. */
function presentItems(expected: readonly unknown[], found: readonly unknown[]): unknown[] {
  if (expected.some(isMap) && found.some((one) => !isMap(one))) return [...expected];
  const left = [...found];
  const take = (fits: (one: unknown) => boolean): unknown => {
    const at = left.findIndex(fits);
    return at < 0 ? undefined : left.splice(at, 1)[0];
  };
  const matched = expected.map((one) => take((other) => sameValue(one, present(one, other))));
  const named = expected.map((one, i) => matched[i] ?? take((other) => nameIn(one) !== undefined && nameIn(one) === nameIn(other)));
  const now = expected.map((one, i) => {
    const other = named[i] ?? left.shift();
    return other === undefined ? undefined : present(one, other);
  });
  return [...now.filter((one) => one !== undefined), ...left];
}

const naming = ["key", "name", "id", "policyname", "containername", "sid", "priority"];

function nameIn(item: unknown): string | undefined {
  if (!isMap(item)) return undefined;
  const entry = Object.entries(item).find(([name, value]) => naming.includes(name.toLowerCase()) && typeof value !== "object");
  return entry && String(entry[1]);
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);

function sameScalar(expected: unknown, found: unknown): boolean {
  if (found instanceof Date) return new Date(String(expected)).getTime() === found.getTime();
  // Keys, roles and the like may be given by their id and told by their ARN.
  if (typeof found === "string" && found.startsWith("arn:") && found.endsWith(`/${String(expected)}`)) return true;
  return sameValue(expected, found);
}

const plain = (name: string) => name.replace(/[^A-Za-z0-9]/g, "").toLowerCase();

function members(found: Readonly<Record<string, unknown>>): (name: string) => unknown {
  const byName = new Map(Object.entries(found).map(([name, value]) => [plain(name), value]));
  return (name) => (Object.hasOwn(found, name) ? found[name] : byName.get(plain(name)));
}
