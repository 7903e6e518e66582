/** A start command, which is one line, as words: spaces part them unless they stand in quotes or behind a backslash, as a shell reads them. */
export function wordsOf(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let at = 0; at < line.length; at++) {
    const character = line[at]!;
    if (quote !== undefined) {
      if (character === quote) quote = undefined;
      else if (quote === '"' && character === "\\" && /["\\$`]/.test(line[at + 1] ?? "")) word += line[++at]!;
      else word += character;
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word ??= "";
      if (character === "'" || character === '"') quote = character;
      else if (character === "\\" && at + 1 < line.length) word += line[++at]!;
      else word += character;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}
