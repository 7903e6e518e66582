/**
 * What of a client's statements leaves something behind in the server's session, so that the client has to keep that session ("pinning").
 * Source: AWS, "Avoiding pinning an RDS Proxy", conditions for PostgreSQL.
 */

/** AWS pins whatever is longer, without a look at it. */
const lookAtMostBytes = 16 * 1024;

const beginnings: readonly (readonly [RegExp, string])[] = [
  // LOCAL and TRANSACTION end with the transaction, during which the server's session is the client's anyway.
  [/^(re)?set\b(?!\s+(local|transaction)\b)/, "a SET statement"],
  [/^(prepare(?!\s+transaction\b)|deallocate|execute)\b/, "a prepared statement"],
  [/^discard\b/, "a DISCARD statement"],
  [/^(un)?listen\b/, "a LISTEN statement"],
  [/^declare\b/, "a cursor"],
  [/^load\b/, "a library that was loaded"],
  [/^create\s+((global|local)\s+)?temp(orary)?\b/, "a temporary object"],
  [/^create\s+or\s+replace\s+temp(orary)?\b/, "a temporary object"],
];

const anywhere: readonly (readonly [RegExp, string])[] = [
  [/\bpg_(try_)?advisory_lock(_shared)?\s*\(/, "an advisory lock"],
  [/\b(nextval|setval|currval|lastval)\s*\(/, "a sequence function"],
  [/\bset_config\s*\(/, "set_config"],
  [/\binto\s+((global|local)\s+)?temp(orary)?\b/, "a temporary object"],
];

/** Why the client has to keep its session after this text, in words; `undefined` where it need not. */
export function pinnedBy(sql: string): string | undefined {
  if (Buffer.byteLength(sql) > lookAtMostBytes) return `a statement of more than ${lookAtMostBytes / 1024} KB`;
  const bare = withoutLiterals(sql).toLowerCase();
  for (const statement of bare.split(";")) {
    const text = statement.trim();
    for (const [pattern, reason] of beginnings) if (pattern.test(text)) return reason;
  }
  for (const [pattern, reason] of anywhere) if (pattern.test(bare)) return reason;
  return undefined;
}

/** One pass over comments and everything quoted; what they hold is no statement. Nested comments end at their first end, which at worst pins. */
const literal = /--[^\n]*|\/\*[\s\S]*?\*\/|\$([a-z_]\w*)?\$[\s\S]*?\$\1\$|e'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"/gi;

const withoutLiterals = (sql: string) => sql.replace(literal, " ");
