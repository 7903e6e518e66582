/** SQL with parameters by name (`:id`) as PostgreSQL takes it, by number (`$1`). */

export interface NumberedSql {
  text: string;
  /** The names, in the order of their numbers. */
  names: string[];
}

/** What is no place for a parameter: comments, all that is quoted, casts (`::text`), assignments (`:=`); last, a parameter. */
const tokens =
  /--[^\n]*|\/\*[\s\S]*?\*\/|\$([A-Za-z_]\w*)?\$[\s\S]*?\$\1\$|[eE]'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|::|:=|:([A-Za-z_]\w*)/g;

/**
 * Each name has one number, however often it stands there. `place` says what stands in the text for it, so that it can be
 * cast to the type that it was given.
 */
export function numbered(sql: string, place: (name: string, number: number) => string): NumberedSql {
  const names: string[] = [];
  const text = sql.replaceAll(tokens, (whole, _tag, name: string | undefined) => {
    if (name === undefined) return whole;
    if (!names.includes(name)) names.push(name);
    return place(name, names.indexOf(name) + 1);
  });
  return { text, names };
}
