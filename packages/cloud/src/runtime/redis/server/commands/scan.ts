/** The SCAN family: a cursor that is a position in the order of making. A collection that changes meanwhile may show a member twice or, when it was there all the time, once. */
import { count } from "../arguments.ts";
import type { Call } from "../command.ts";
import { globMatcher } from "../glob.ts";
import { RedisError, type Reply, syntaxError } from "../reply.ts";

/**
 * One step of a scan over `items`, from the arguments after position `at` (the cursor's). What is looked at in one step is
 * what COUNT says; small collections are given whole, as Redis gives those that it keeps compact.
 */
export function scanned<T>(
  call: Call,
  at: number,
  items: readonly T[],
  nameOf: (item: T) => string,
  shown: (item: T) => readonly Reply[],
  options: { type?: (item: T) => string } = {},
): Reply {
  const [cursorText, ...rest] = call.args.slice(at) as [string, ...string[]];
  if (!/^\d{1,20}$/.test(cursorText)) throw new RedisError("ERR invalid cursor");
  let [limit, type] = [10, undefined as string | undefined];
  let matches: (text: string) => boolean = () => true;
  for (let index = 0; index < rest.length; index += 2) {
    const [option, value] = [rest[index]!.toUpperCase(), rest[index + 1]];
    if (value === undefined) throw syntaxError();
    if (option === "COUNT") {
      limit = count(value);
      if (limit < 1) throw syntaxError();
    } else if (option === "MATCH") matches = globMatcher(value);
    else if (option === "TYPE" && options.type) type = value.toLowerCase();
    else throw syntaxError();
  }
  // Without a type of its own it is a collection, which Redis gives whole as long as it is small.
  if (!options.type && items.length <= 128) limit = items.length;
  const from = Number(cursorText);
  const page = items.slice(from, from + limit);
  const next = from + limit < items.length ? from + limit : 0;
  const chosen = page.filter((item) => matches(nameOf(item)) && (type === undefined || options.type!(item) === type));
  return [String(next), chosen.flatMap(shown)];
}
