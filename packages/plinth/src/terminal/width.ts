/** Text that fits: cut off with an ellipsis, or broken between words. */

/** At most `columns` characters. */
export const ofWidth = (text: string, columns: number): string =>
  text.length > columns ? `${text.slice(0, Math.max(1, columns) - 1)}…` : text;

// oxlint-disable-next-line no-control-regex -- colours have no width
const plain = (text: string) => text.replaceAll(/\u001B\[\d+m/g, "");

export const shownWidth = (text: string): number => plain(text).length;

/** In lines of at most `columns` characters, broken at spaces; what follows the first line is indented as it is, and two more. */
export function wrapped(line: string, columns: number): string[] {
  if (shownWidth(line) <= columns) return [line];
  const indent = " ".repeat(plain(line).search(/[^ ]|$/));
  const lines: string[] = [];
  let current = "";
  // A colour may begin before the indentation.
  const body = line.replace(indent, "");
  for (const word of body.split(" ")) {
    const start = lines.length === 0 ? indent : `${indent}  `;
    const longer = current === "" ? start + word : `${current} ${word}`;
    if (current !== "" && shownWidth(longer) > columns) {
      lines.push(current.trimEnd());
      current = `${indent}  ${word}`;
    } else current = longer;
  }
  return [...lines, current.trimEnd()];
}

/** Plain words on lines of at most `columns` characters; narrower than 20 nothing reads. */
export function inLines(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > Math.max(20, columns)) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
