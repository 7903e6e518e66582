/** Pages of lists in the order in which their members were made. */
import { pageOf } from "../../paging.ts";
import { check, invalidNextToken } from "./errors.ts";

interface Paged {
  MaxResults?: number | undefined;
  NextToken?: string | undefined;
}

export function page<T>(
  items: readonly T[],
  { MaxResults, NextToken, ...query }: Paged,
  { most, orderOf }: { most: number; orderOf: (item: T) => number },
): { items: T[]; NextToken?: string } {
  check({ maxResults: [MaxResults, { range: [1, most] }] });
  const { items: found, nextToken } = pageOf(
    items.toSorted((a, b) => orderOf(a) - orderOf(b)),
    {
      size: MaxResults ?? most,
      token: NextToken,
      keyOf: (item) => String(orderOf(item)).padStart(16, "0"),
      query: JSON.stringify(query),
      invalid: invalidNextToken,
    },
  );
  return { items: found, ...(nextToken !== undefined && { NextToken: nextToken }) };
}

/** The place behind all that are there. */
export const nextOrder = (members: readonly { order: number }[]) => Math.max(0, ...members.map(({ order }) => order)) + 1;
