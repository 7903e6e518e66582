/** Pages of ARNs and names, as ECS's list operations give them. */
import { pageOf } from "../../paging.ts";
import { invalidParameter } from "./errors.ts";

/** `size` is what was asked for; ECS allows 1–100 and gives 100 unless told (services: 10). */
export function page<T>(
  items: readonly T[],
  {
    size,
    token,
    query,
    keyOf,
    standard = 100,
  }: { size: number | undefined; token: string | undefined; query: string; keyOf: (item: T) => string; standard?: number },
): { items: T[]; nextToken?: string } {
  if (size !== undefined && (size < 1 || size > 100)) throw invalidParameter("MaxResults must be between 1 and 100.");
  const sorted = items.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  return pageOf(sorted, { size: size ?? standard, token, keyOf, query, invalid: () => invalidParameter("Invalid token.") });
}
