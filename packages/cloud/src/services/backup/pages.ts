/** Pages of lists: up to 1,000 members each. */
import { pageOf } from "../../paging.ts";
import { invalidValue } from "./errors.ts";

const most = 1_000;

export function page<T>(
  items: readonly T[],
  request: { MaxResults?: number | undefined; NextToken?: string | undefined },
  keyOf: (item: T) => string,
  query: string,
): { items: T[]; NextToken?: string } {
  const size = request.MaxResults ?? most;
  if (size < 1 || size > most) throw invalidValue(`Invalid value for MaxResults: ${size}. It must be between 1 and ${most}.`);
  const sorted = items.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const found = pageOf(sorted, { size, token: request.NextToken, keyOf, query, invalid: () => invalidValue("Invalid NextToken") });
  return { items: found.items, ...(found.nextToken !== undefined && { NextToken: found.nextToken }) };
}
