/** Pages of a list: a token names the last thing that was given. */
import { validationError } from "./errors.ts";

/** Up to `size` of `items` after the one that `token` names. @throws ValidationError for a token that is not of this list. */
export function page<T>(
  items: readonly T[],
  token: string | undefined,
  size: number,
  keyOf: (item: T) => string,
): { items: T[]; nextToken: string | undefined } {
  let begin = 0;
  if (token !== undefined) {
    const last = Buffer.from(token, "base64url").toString();
    begin = items.findIndex((item) => keyOf(item) === last) + 1;
    if (begin === 0) throw validationError("The NextToken is invalid.");
  }
  const shown = items.slice(begin, begin + size);
  const more = begin + size < items.length;
  return { items: shown, nextToken: more ? Buffer.from(keyOf(shown.at(-1)!)).toString("base64url") : undefined };
}
