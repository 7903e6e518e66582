/**
 * A small psql for tasks: `-c`, `-f` (`-` is standard input), `-v NAME=VALUE`, `-X`, `-q`, `-t`, `-A`, `-1`, connection URIs and
 * keyword strings, `-h -p -U -d`, the PG… environment with sslmode. Backslash commands are refused by name. As psql it exits with
 * 0, 1 (fatal error of its own), 2 (no connection) or 3 (a script's error under ON_ERROR_STOP).
 */
import { readFileSync } from "node:fs";
import type { CustomTypesConfig, DatabaseError } from "pg";
import { readArguments } from "./arguments.ts";
import { connect, settings } from "./connection.ts";
import { Fatal } from "./fatal.ts";
import { show } from "./result.ts";
import { statements, substitute } from "./script.ts";

async function run(): Promise<number> {
  const options = readArguments(process.argv.slice(2));
  if (options.actions.length === 0) options.actions.push({ kind: "file", text: "-" });
  const client = await connect(settings(options.connection));
  client.on("notice", (notice) => options.quiet || console.error(`${notice.severity ?? "NOTICE"}:  ${notice.message}`));
  // Values are shown as the server writes them.
  const types = { getTypeParser: () => (value: string) => value };
  const stops = /^(?:1|on|true)$/i.test(options.variables.ON_ERROR_STOP ?? "");
  let failed = 0;
  const execute = async (sql: string, place: string): Promise<boolean> => {
    try {
      const results = await client.query<unknown[]>({ text: sql, rowMode: "array", types: types as CustomTypesConfig });
      for (const result of [results].flat()) show(result, options);
      return true;
    } catch (error) {
      const { severity = "ERROR", message, detail, hint } = error as DatabaseError;
      console.error(`${place}${severity}:  ${message}`);
      if (detail) console.error(`DETAIL:  ${detail}`);
      if (hint) console.error(`HINT:  ${hint}`);
      return false;
    }
  };
  try {
    if (options.singleTransaction) await client.query("begin");
    for (const { kind, text } of options.actions) {
      if (kind === "command") {
        if (text.trimStart().startsWith("\\")) throw new Fatal(`this psql has no backslash commands (${text.trim().split(/\s/)[0]})`, 1);
        if (!(await execute(text, ""))) {
          failed = 1;
          if (stops || options.singleTransaction) break;
        }
        continue;
      }
      const script = readFileSync(text === "-" ? 0 : text, "utf8");
      const name = text === "-" ? "<stdin>" : text;
      for (const { sql, line } of statements(substitute(script, options.variables))) {
        if ((await execute(sql, `psql:${name}:${line}: `)) || !stops) continue;
        failed = 3;
        break;
      }
      if (failed) break;
    }
    if (options.singleTransaction) await client.query(failed ? "rollback" : "commit");
  } finally {
    await client.end();
  }
  return failed;
}

run().then(
  (code) => void (process.exitCode = code),
  (error: unknown) => {
    console.error(`psql: error: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = error instanceof Fatal ? error.exitCode : 1;
  },
);
