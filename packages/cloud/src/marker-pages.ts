/** Pages as RDS and ElastiCache give them, in the order of a key: `MaxRecords` (20–100, by default 100) and `Marker`. */
import { AwsError } from "./aws-error.ts";
import { pageOf } from "./paging.ts";

interface MarkerPageRequest {
  MaxRecords?: number | undefined;
  Marker?: string | undefined;
}

const size = { min: 20, max: 100 };
const invalidValue = (message: string) => new AwsError("InvalidParameterValue", message);

/** The page of `items` that `request` asks for; a marker belongs to the `query` it was given for. */
export function markerPage<T>(
  items: readonly T[],
  request: MarkerPageRequest,
  keyOf: (item: T) => string,
  query: string,
): { items: T[]; Marker?: string } {
  const records = request.MaxRecords ?? size.max;
  if (records < size.min || records > size.max) {
    throw invalidValue(`Invalid value ${records} for MaxRecords. Must be between ${size.min} and ${size.max}`);
  }
  const sorted = items.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const invalid = () => invalidValue("Invalid value for Marker");
  const page = pageOf(sorted, { size: records, token: request.Marker, keyOf, query, invalid });
  return { items: page.items, ...(page.nextToken && { Marker: page.nextToken }) };
}
