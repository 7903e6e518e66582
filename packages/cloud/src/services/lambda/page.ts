/** A page of a list, as Lambda's operations ask for it and answer it. */
import { pageOf } from "../../paging.ts";
import { check, invalidValue } from "./errors.ts";

const largestPage = 50;

interface Asked {
  Marker?: string | undefined;
  MaxItems?: number | undefined;
}

/** `items` in ascending order of `keyOf`. `next` is what the answer says of the pages that follow. */
export function lambdaPage<T>(
  items: readonly T[],
  { Marker, MaxItems }: Asked,
  keyOf: (item: T) => string,
): { items: T[]; next: { NextMarker?: string } } {
  check({ maxItems: [MaxItems, { range: [1, 10_000] }] });
  const page = pageOf(items, {
    size: Math.min(MaxItems ?? largestPage, largestPage),
    token: Marker === "" ? undefined : Marker,
    keyOf,
    query: "lambda",
    invalid: () => invalidValue("The provided marker is invalid."),
  });
  return { items: page.items, next: page.nextToken === undefined ? {} : { NextMarker: page.nextToken } };
}
