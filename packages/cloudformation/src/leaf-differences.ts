/** Where two values differ, down to the single entries that a person changed: for showing, not for deciding. */
import { sameValue } from "./diff-properties.ts";
import { asFunction } from "./walk.ts";

export interface LeafDifference {
  /** Below the value compared, as `/Statement/0/Action`; empty for the value itself. */
  path: string;
  /** Absent when it was added. */
  before?: unknown;
  /** Absent when it was removed. */
  after?: unknown;
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && asFunction(value) === undefined;

/**
 * Lists of named things (`Key`, `Name`, `Id`, `Sid`) are compared by name, so that one that is put in front moves nothing;
 * other lists of the same length by place, and those of another length as sets.
 */
export function leafDifferences(before: unknown, after: unknown, path = ""): LeafDifference[] {
  if (sameValue(before, after)) return [];
  if (isMap(before) && isMap(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys.flatMap((key) => leafDifferences(before[key], after[key], `${path}/${key}`));
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    const name = nameOfItems([...before, ...after]);
    if (name !== undefined) return byName(before, after, name, path);
    if (before.length === after.length) return before.flatMap((one, index) => leafDifferences(one, after[index], `${path}/${index}`));
    if (before.length > 0 && after.length > 0) return asSets(before, after, path);
  }
  return [{ path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }];
}

/** The member that names every item, each by another name within its list. */
function nameOfItems(items: readonly unknown[]): string | undefined {
  return ["Key", "Name", "Id", "Sid"].find((name) => items.every((item) => isMap(item) && typeof item[name] === "string"));
}

function byName(before: readonly unknown[], after: readonly unknown[], name: string, path: string): LeafDifference[] {
  const named = (items: readonly unknown[]) => new Map(items.map((item) => [String((item as Record<string, unknown>)[name]), item]));
  const [old, next] = [named(before), named(after)];
  const found = [...new Set([...old.keys(), ...next.keys()])].flatMap((key) =>
    leafDifferences(old.get(key), next.get(key), `${path}/${key}`),
  );
  // The same things in another order, or one name twice: the list is shown as a whole.
  return found.length > 0 ? found : [{ path, before, after }];
}

function asSets(before: readonly unknown[], after: readonly unknown[], path: string): LeafDifference[] {
  const removed = before.flatMap((item, index) =>
    after.some((one) => sameValue(one, item)) ? [] : [{ path: `${path}/${index}`, before: item }],
  );
  const added = after.flatMap((item, index) =>
    before.some((one) => sameValue(one, item)) ? [] : [{ path: `${path}/${index}`, after: item }],
  );
  return removed.length + added.length > 0 ? [...removed, ...added] : [{ path, before, after }];
}
