/** Redis's patterns: `*`, `?`, `[a-c]`, `[^x]` and `\` before a character that stands for itself. */

/** Linear for each run between stars, so that a hostile pattern costs no more than a long one. */
export function globMatcher(pattern: string): (text: string) => boolean {
  const tokens = tokenize(pattern);
  return (text) => {
    let p = 0;
    let t = 0;
    let star = -1;
    let resume = 0;
    while (t < text.length) {
      const token = tokens[p];
      if (token === "*") {
        star = p++;
        resume = t;
      } else if (token !== undefined && token(text.charCodeAt(t))) {
        p++;
        t++;
      } else if (star >= 0) {
        p = star + 1;
        t = ++resume;
      } else return false;
    }
    while (tokens[p] === "*") p++;
    return p === tokens.length;
  };
}

type Token = "*" | ((code: number) => boolean);

function tokenize(pattern: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at]!;
    if (char === "*") tokens.push("*");
    else if (char === "?") tokens.push(() => true);
    else if (char === "[") {
      const negated = pattern[at + 1] === "^";
      const ranges: [number, number][] = [];
      let inside = at + (negated ? 2 : 1);
      for (; inside < pattern.length && pattern[inside] !== "]"; inside++) {
        if (pattern[inside] === "\\" && inside + 1 < pattern.length) inside++;
        const from = pattern.charCodeAt(inside);
        let to = from;
        if (pattern[inside + 1] === "-" && inside + 2 < pattern.length) {
          to = pattern.charCodeAt(inside + 2);
          inside += 2;
        }
        ranges.push([Math.min(from, to), Math.max(from, to)]);
      }
      at = inside;
      tokens.push((code) => ranges.some(([from, to]) => code >= from && code <= to) !== negated);
    } else {
      if (char === "\\" && at + 1 < pattern.length) at++;
      const wanted = pattern.charCodeAt(at);
      tokens.push((code) => code === wanted);
    }
  }
  return tokens;
}
