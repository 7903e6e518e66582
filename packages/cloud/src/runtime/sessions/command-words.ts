/** A command as a shell would split it into words, but without a shell: as amazon-ssm-agent does in a container (google/shlex). */

/** @throws Error for a quote that is not closed, or an escape of nothing. */
export function commandWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (character === "'") {
      const end = text.indexOf("'", at + 1);
      if (end < 0) throw new Error("EOF found when expecting closing quote");
      word = (word ?? "") + text.slice(at + 1, end);
      at = end;
    } else if (character === '"') {
      word ??= "";
      for (at++; text[at] !== '"'; at++) {
        if (at >= text.length) throw new Error("EOF found when expecting closing quote");
        if (text[at] === "\\") at++;
        word += text[at] ?? "";
      }
    } else if (character === "\\") {
      at++;
      if (at >= text.length) throw new Error("EOF found after escape character");
      word = (word ?? "") + text[at]!;
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (character === "#" && word === undefined) {
      const end = text.indexOf("\n", at);
      at = end < 0 ? text.length : end;
    } else word = (word ?? "") + character;
  }
  if (word !== undefined) words.push(word);
  return words;
}
