/** Pages of App Runner's lists. */
import { pageOf } from "../../paging.ts";
import { check, invalidRequest } from "./errors.ts";

interface Asked {
  MaxResults?: number | undefined;
  NextToken?: string | undefined;
}

/** The page that is asked for; `keyOf` gives what the items are in ascending order of. */
export function page<T>(
  items: readonly T[],
  { MaxResults, NextToken }: Asked,
  query: string,
  keyOf: (item: T) => string,
  mostResults = 20,
): { items: T[]; NextToken?: string } {
  check({ maxResults: [MaxResults, { range: [1, mostResults] }] });
  const found = pageOf(items, {
    size: MaxResults ?? mostResults,
    token: NextToken,
    keyOf,
    query,
    invalid: () => invalidRequest("The NextToken is invalid."),
  });
  return { items: found.items, ...(found.nextToken !== undefined && { NextToken: found.nextToken }) };
}
