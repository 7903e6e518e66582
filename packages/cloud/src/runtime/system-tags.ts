/**
 * What CloudFormation's handlers give a resource in the very act that makes it: the tags whose keys begin with `aws:`, which
 * callers may not set, and the act's token, by which what an interrupted create had made is found again.
 */

export interface Origin {
  /** `aws:cloudformation:stack-id` and its like. */
  tags: Readonly<Record<string, string>>;
  /** `ResourceRequest.token`. */
  token?: string;
}

/** The member of an operation's input that carries it. A symbol: nothing that comes over the wire can hold one. */
const origin: unique symbol = Symbol("origin");

/** `input`, for an operation that keeps `from` beside what the caller gave. */
export function withOrigin<I extends object>(input: I, from: Origin): I {
  return Object.assign(input, { [origin]: from });
}

export const originOf = (input: object): Origin | undefined => (input as { [origin]?: Origin })[origin];

/** `input` with the system's `tags` alone, where the act is found again by a generated name. */
export const withSystemTags = <I extends object>(input: I, tags: Readonly<Record<string, string>>): I => withOrigin(input, { tags });

export const systemTagsOf = (input: object): Readonly<Record<string, string>> => originOf(input)?.tags ?? {};

/** A request's tags, the template's and the stack's: the caller's own apart from the system's. */
export function splitTags(
  stackTags: Readonly<Record<string, string>>,
  given: readonly { Key: string; Value: string }[] = [],
): { own: { Key: string; Value: string }[]; system: Record<string, string> } {
  const own: { Key: string; Value: string }[] = [];
  const system: Record<string, string> = {};
  for (const [Key, Value] of Object.entries({ ...stackTags, ...Object.fromEntries(given.map((tag) => [tag.Key, tag.Value])) })) {
    if (Key.startsWith("aws:")) system[Key] = Value;
    else own.push({ Key, Value });
  }
  return { own, system };
}
