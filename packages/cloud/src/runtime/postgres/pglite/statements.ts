/** What the text of a statement tells: whether it changes the session, and what one shared session cannot serve. Read by words, not parsed. */

/** Comments and quoted text taken out, so that a word in them misleads nobody. */
function bare(sql: string): string {
  return sql
    .replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, " ")
    .replace(/'(?:[^']|'')*'/g, "''")
    .replace(/\$(\w*)\$[\s\S]*?\$\1\$/g, "''");
}

/** Whether it may leave settings, roles or a search path behind in the session. */
export const changesSettings = (sql: string) => /\b(?:set|reset|discard|set_config)\b/i.test(bare(sql));

/** Whether it drops prepared statements of the session: all connections' live in one. */
export const dropsStatements = (sql: string) => /\b(?:discard|deallocate)\s+(?:prepare\s+)?all\b/i.test(bare(sql));

/** `COPY … FROM STDIN`: the data follow in messages of their own. */
export const copiesIn = (sql: string) => /^\s*copy\b[\s\S]*\bfrom\s+stdin\b/i.test(bare(sql));

/** `LISTEN channel`, with the name as PostgreSQL reads it. */
export function listensTo(sql: string): string[] {
  return [...sql.matchAll(/\blisten\s+(?:"((?:[^"]|"")+)"|(\w+))/gi)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain!.toLowerCase(),
  );
}

/** The channel of `UNLISTEN`, or `*`; `undefined` when the statement is another. */
export function unlistens(sql: string): string | undefined {
  const match = /^\s*unlisten\s+(?:"((?:[^"]|"")+)"|(\w+)|(\*))\s*;?\s*$/i.exec(sql);
  return match ? (match[1]?.replaceAll('""', '"') ?? match[3] ?? match[2]!.toLowerCase()) : undefined;
}

/** Why a statement is not served, or `undefined`. */
export function refusalOf(sql: string, inTransaction: boolean): { code: string; message: string; hint: string } | undefined {
  const words = bare(sql);
  if (/\bsession\s+authorization\b/i.test(words) || /session_authorization/i.test(sql)) {
    return {
      code: "42501",
      message: "permission denied to set session authorization",
      hint: "PGlite has one session, which belongs to the server.",
    };
  }
  if (
    /\bcreate\s+(?:or\s+replace\s+)?(?:local\s+|global\s+)?temp(?:orary)?\b/i.test(words) &&
    !(inTransaction && /\bon\s+commit\s+drop\b/i.test(words))
  ) {
    return {
      code: "0A000",
      message: "a temporary table that outlives its transaction is not served: all connections share one session",
      hint: "PGlite serves this database, because the system has no pgvector for its version. Use ON COMMIT DROP in a transaction, or install pgvector.",
    };
  }
  return undefined;
}
