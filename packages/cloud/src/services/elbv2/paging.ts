/** Pages of describes: `PageSize` (1–400) and `Marker`. */
import { pageOf } from "../../paging.ts";
import { validationError } from "./errors.ts";

const maxSize = 400;

export function page<T>(
  items: readonly T[],
  request: { PageSize?: number | undefined; Marker?: string | undefined },
  query: string,
  keyOf: (item: T) => string,
  standard = maxSize,
): { items: T[]; marker: { NextMarker?: string } } {
  const size = request.PageSize ?? standard;
  if (size < 1 || size > maxSize) throw validationError(`The page size '${size}' must be between 1 and ${maxSize}`);
  const sorted = items.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const found = pageOf(sorted, { size, token: request.Marker, keyOf, query, invalid: () => validationError("The marker is not valid") });
  return { items: found.items, marker: found.nextToken === undefined ? {} : { NextMarker: found.nextToken } };
}
