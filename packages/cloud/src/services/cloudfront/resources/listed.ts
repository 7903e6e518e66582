/** Templates write lists where CloudFront's API has a list with its length. */

/** `value` with each list as `{ Quantity, Items }`, at every depth. */
export function listed(value: unknown): unknown {
  if (Array.isArray(value)) return { Quantity: value.length, ...(value.length > 0 && { Items: value.map(member) }) };
  return member(value);
}

function member(value: unknown): unknown {
  if (Array.isArray(value)) return listed(value);
  if (typeof value !== "object" || value === null) return value;
  const given = value as Record<string, unknown>;
  const { Items, Quantity: _, ...rest } = given;
  const others = Object.fromEntries(Object.entries(rest).map(([name, each]) => [name, listed(each)]));
  if (Items === undefined && !("Quantity" in given)) return others;
  return { ...others, ...(listed(Items ?? []) as object) };
}
