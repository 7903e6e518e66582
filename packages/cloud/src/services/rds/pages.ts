/** How RDS pages its lists (`MaxRecords`, `Marker`) and filters them. */
import { pageOf } from "../../paging.ts";
import { invalidValue } from "./errors.ts";

export interface PageRequest {
  MaxRecords?: number | undefined;
  Marker?: string | undefined;
}

/** `MaxRecords` is 20–100, by default 100. */
export function rdsPage<T>(
  items: readonly T[],
  request: PageRequest,
  keyOf: (item: T) => string,
  query: string,
): { items: T[]; Marker?: string } {
  const size = request.MaxRecords ?? 100;
  if (size < 20 || size > 100) throw invalidValue(`Invalid value ${size} for MaxRecords. Must be between 20 and 100`);
  const sorted = items.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const page = pageOf(sorted, { size, token: request.Marker, keyOf, query, invalid: () => invalidValue("Invalid value for Marker") });
  return { items: page.items, ...(page.nextToken && { Marker: page.nextToken }) };
}

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
