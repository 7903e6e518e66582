/** Matches `*` (any run of characters) and `?` (one character), as policies and EC2's filters use them. */

/** Linear in the length of `text` for each `*`-free run of `pattern`; never exponential, so a hostile pattern costs no more than a long one. */
export function matchesWildcard(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    if (p < pattern.length && pattern[p] === "*") {
      star = p++;
      resume = t;
    } else if (p < pattern.length && (pattern[p] === "?" || pattern[p] === text[t])) {
      p++;
      t++;
    } else if (star >= 0) {
      // Only the last star needs to give way: what stood before it matched as early as it could.
      p = star + 1;
      t = ++resume;
    } else return false;
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}
