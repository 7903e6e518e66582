/** IAM's pages: `MaxItems` and `Marker`. */
import { pageOf } from "../../paging.ts";
import { validationError } from "./errors.ts";
import { check } from "./names.ts";

export interface PageRequest {
  Marker?: string | undefined;
  MaxItems?: number | undefined;
}

export interface Page<T> {
  items: T[];
  rest: { IsTruncated: boolean; Marker?: string };
}

/** 100 at a time unless `MaxItems` (1–1,000) says otherwise, in the order of `keyOf`. */
export function page<T>(items: readonly T[], request: PageRequest, query: string, keyOf: (item: T) => string): Page<T> {
  check({ maxItems: [request.MaxItems, { range: [1, 1000] }] });
  const ordered = [...items].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : keyOf(a) > keyOf(b) ? 1 : 0));
  const found = pageOf(ordered, {
    size: request.MaxItems ?? 100,
    token: request.Marker,
    keyOf,
    query,
    invalid: () => validationError("Invalid Marker."),
  });
  return {
    items: found.items,
    rest: { IsTruncated: found.nextToken !== undefined, ...(found.nextToken !== undefined && { Marker: found.nextToken }) },
  };
}
