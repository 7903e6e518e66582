/** Pages of lists: up to 100 members each, behind markers. */
import { pageOf } from "../../paging.ts";
import { badRequest } from "./errors.ts";

const most = 100;

/** The page of `items` that is asked for, in the order of their ids; a marker belongs to the `query` it was given for. */
export function page<T extends { id: string }>(
  items: readonly T[],
  { size = most, marker, query }: { size?: number | undefined; marker: string | undefined; query: string },
): { items: T[]; next?: string } {
  if (size < 1)
    throw badRequest(
      `1 validation error detected: Value '${size}' at 'maxItems' failed to satisfy constraint: Member must have value greater than or equal to 1`,
    );
  const sorted = items.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const found = pageOf(sorted, {
    size: Math.min(size, most),
    token: marker,
    keyOf: ({ id }) => id,
    query,
    invalid: () => badRequest("Invalid Marker"),
  });
  return { items: found.items, ...(found.nextToken !== undefined && { next: found.nextToken }) };
}
