/** Scripts as psql reads them: variables put in, and cut into statements. */
import { Fatal } from "./fatal.ts";

/** `:name`, `:'name'` and `:"name"` outside quotes, comments and casts, as psql puts variables in scripts (not in `-c`). */
export function substitute(sql: string, variables: Readonly<Record<string, string>>): string {
  const token =
    /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|(\$(?:[A-Za-z_]\w*)?\$)[\s\S]*?\1|::|:'(\w+)'|:"(\w+)"|:([A-Za-z_]\w*)/g;
  return sql.replace(token, (whole, _tag: string | undefined, literal?: string, identifier?: string, plain?: string) => {
    const name = literal ?? identifier ?? plain;
    const value = name === undefined ? undefined : variables[name];
    if (value === undefined) return whole;
    if (literal !== undefined) return `'${value.replaceAll("'", "''")}'`;
    return identifier === undefined ? value : `"${value.replaceAll('"', '""')}"`;
  });
}

/** The statements of a script, and the line that each begins on. Throws at a backslash command. */
export function statements(script: string): { sql: string; line: number }[] {
  const token = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|(\$(?:[A-Za-z_]\w*)?\$)[\s\S]*?\1|;|\\\S*/g;
  const found: { sql: string; line: number }[] = [];
  let start = 0;
  const take = (end: number) => {
    const raw = script.slice(start, end);
    if (
      raw
        .replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, "")
        .replace(/;/g, "")
        .trim() !== ""
    ) {
      const line = script.slice(0, start + raw.length - raw.trimStart().length).split("\n").length;
      found.push({ sql: raw.trim(), line });
    }
    start = end;
  };
  for (const match of script.matchAll(token)) {
    if (match[0].startsWith("\\")) throw new Fatal(`this psql has no backslash commands (${match[0]})`, 3);
    if (match[0] === ";") take(match.index + 1);
  }
  take(script.length);
  return found;
}
