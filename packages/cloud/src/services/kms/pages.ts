/** Pages as KMS gives them: a marker, and whether the list was cut. */
import { pageOf } from "../../paging.ts";
import { invalidMarker } from "./errors.ts";

/** Of `Limit`, which most lists have. */
export const limits = { range: [1, 1000] } as const;

export interface MarkedPage<T> {
  items: T[];
  Truncated: boolean;
  NextMarker?: string;
}

export function markedPage<T>(
  all: readonly T[],
  { size, marker, keyOf, query }: { size: number; marker: string | undefined; keyOf: (item: T) => string; query: string },
): MarkedPage<T> {
  const { items, nextToken } = pageOf(all, { size, token: marker, keyOf, query, invalid: invalidMarker });
  return { items, Truncated: nextToken !== undefined, ...(nextToken !== undefined && { NextMarker: nextToken }) };
}
