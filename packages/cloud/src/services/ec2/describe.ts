/** What every describe does: takes the ids that are asked for, or all; filters; cuts a page. */
import type { Filter, Tag } from "@aws-sdk/client-ec2";
import { invalidParameterCombination } from "./errors.ts";
import { filtered, type Filters } from "./filters.ts";
import { page, type PageRequest } from "./pages.ts";
import type { Shelf } from "./shelf.ts";

export interface DescribeRequest extends PageRequest {
  Filters?: readonly Filter[] | undefined;
}

/** Throws when an id is not known; an empty list of ids asks for all, as AWS reads it. */
export function describe<T extends { id: string }, D extends { Tags?: Tag[] | undefined; TagSet?: Tag[] | undefined }>(
  shelf: Shelf<T>,
  ids: readonly string[] | undefined,
  request: DescribeRequest,
  describeOne: (item: T) => D,
  known: Filters<D>,
  idsParameter: string,
): { items: D[]; NextToken?: string } {
  if (ids?.length && request.MaxResults !== undefined)
    throw invalidParameterCombination(`The parameter ${idsParameter} cannot be used with the parameter maxResults`);
  const items = ids?.length ? [...new Set(ids)].map((id) => shelf.must(id)) : shelf.list();
  return page(
    filtered(items.map(describeOne), request.Filters, known, (item) => item.Tags ?? item.TagSet),
    request,
  );
}
