/** How RDS filters its lists. */
import { invalidValue } from "./errors.ts";

export interface RdsFilter {
  Name?: string | undefined;
  Values?: string[] | undefined;
}

/** Those of `items` that every filter lets through; `readers` are the filters that this list knows. */
export function applyFilters<T>(
  items: T[],
  filters: readonly RdsFilter[] | undefined,
  readers: Readonly<Record<string, (item: T) => readonly string[]>>,
): T[] {
  let left = items;
  for (const { Name: name = "", Values: values = [] } of filters ?? []) {
    const read = readers[name];
    if (!read) throw invalidValue(`Unrecognized filter name: ${name}`);
    if (values.length === 0) throw invalidValue(`Filter values for ${name} must not be empty`);
    left = left.filter((item) => read(item).some((value) => values.includes(value)));
  }
  return left;
}
