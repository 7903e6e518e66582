/**
 * A small psql for tasks: `-c`, `-f` (`-` is standard input), `-v NAME=VALUE`, `-X`, `-q`, `-t`, `-A`, `-1`, connection URIs and
 * keyword strings, `-h -p -U -d`, the PG… environment with sslmode. Backslash commands are refused by name. As psql it exits with
 * 0, 1 (fatal error of its own), 2 (no connection) or 3 (a script's error under ON_ERROR_STOP).
 */
import { readFileSync } from "node:fs";
import { Client, type CustomTypesConfig, type DatabaseError, type QueryArrayResult } from "pg";

interface Options {
  actions: { kind: "command" | "file"; text: string }[];
  variables: Record<string, string>;
  quiet: boolean;
  tuplesOnly: boolean;
  unaligned: boolean;
  singleTransaction: boolean;
  connection: Record<string, string>;
}

class Fatal extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

const environmentNames: Record<string, string> = {
  host: "PGHOST",
  port: "PGPORT",
  user: "PGUSER",
  password: "PGPASSWORD",
  dbname: "PGDATABASE",
  sslmode: "PGSSLMODE",
  sslrootcert: "PGSSLROOTCERT",
  connect_timeout: "PGCONNECT_TIMEOUT",
  application_name: "PGAPPNAME",
  options: "PGOPTIONS",
};

function readArguments(args: readonly string[]): Options {
  const options: Options = {
    actions: [],
    variables: {},
    quiet: false,
    tuplesOnly: false,
    unaligned: false,
    singleTransaction: false,
    connection: {},
  };
  const positional: string[] = [];
  const connect = (name: string) => (value: string) => void (options.connection[name] = value);
  const withValue: Record<string, (value: string) => void> = {
    c: (text) => void options.actions.push({ kind: "command", text }),
    f: (text) => void options.actions.push({ kind: "file", text }),
    v: (text) => {
      const at = text.indexOf("=");
      options.variables[at < 0 ? text : text.slice(0, at)] = at < 0 ? "" : text.slice(at + 1);
    },
    h: connect("host"),
    p: connect("port"),
    U: connect("user"),
    d: (text) => void Object.assign(options.connection, readConnection(text)),
  };
  const flags: Record<string, () => void> = {
    X: () => {},
    w: () => {},
    q: () => void (options.quiet = true),
    t: () => void (options.tuplesOnly = true),
    A: () => void (options.unaligned = true),
    1: () => void (options.singleTransaction = true),
  };
  const long: Record<string, string> = {
    command: "c",
    file: "f",
    set: "v",
    variable: "v",
    host: "h",
    port: "p",
    username: "U",
    dbname: "d",
    "no-psqlrc": "X",
    "no-password": "w",
    quiet: "q",
    "tuples-only": "t",
    "no-align": "A",
    "single-transaction": "1",
  };
  for (let index = 0; index < args.length; index++) {
    const arg = args[index]!;
    const next = () => {
      index++;
      if (index >= args.length) throw new Fatal(`option requires an argument: ${arg}`, 1);
      return args[index]!;
    };
    if (arg.startsWith("--") && arg.length > 2) {
      const [name, ...value] = arg.slice(2).split("=");
      const letter = long[name!];
      if (letter && withValue[letter]) withValue[letter](value.length > 0 ? value.join("=") : next());
      else if (letter) flags[letter]!();
      else throw new Fatal(`this psql has no option --${name}`, 1);
    } else if (arg.startsWith("-") && arg.length > 1) {
      for (let at = 1; at < arg.length; at++) {
        const letter = arg[at]!;
        if (withValue[letter]) {
          withValue[letter](at + 1 < arg.length ? arg.slice(at + 1) : next());
          break;
        }
        const flag = flags[letter];
        if (!flag) throw new Fatal(`this psql has no option -${letter}`, 1);
        flag();
      }
    } else {
      positional.push(arg);
    }
  }
  if (positional[0] !== undefined) Object.assign(options.connection, readConnection(positional[0]));
  if (positional[1] !== undefined) options.connection.user = positional[1];
  return options;
}

/** A URI, a `keyword=value` string, or a database's name (libpq, "Connection Strings"). */
function readConnection(text: string): Record<string, string> {
  if (/^postgres(?:ql)?:\/\//.test(text)) {
    const url = new URL(text.replace(/^postgres(?:ql)?:/, "postgres:"));
    const given: Record<string, string> = Object.fromEntries(url.searchParams);
    if (url.hostname) given.host = decodeURIComponent(url.hostname).replace(/^\[|\]$/g, "");
    if (url.port) given.port = url.port;
    if (url.username) given.user = decodeURIComponent(url.username);
    if (url.password) given.password = decodeURIComponent(url.password);
    if (url.pathname.length > 1) given.dbname = decodeURIComponent(url.pathname.slice(1));
    return given;
  }
  if (!text.includes("=")) return { dbname: text };
  const given: Record<string, string> = {};
  for (const [, name, quoted, plain] of text.matchAll(/(\w+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|(\S*))/g)) {
    given[name!] = (quoted ?? plain ?? "").replace(/\\(.)/g, "$1");
  }
  return given;
}

function settings(connection: Record<string, string>): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, variable] of Object.entries(environmentNames)) {
    const value = connection[name] ?? process.env[variable];
    if (value !== undefined && value !== "") found[name] = value;
  }
  return found;
}

/** Opens the connection as libpq does for each sslmode; `prefer` tries TLS first, then without. */
async function connect(given: Record<string, string>): Promise<Client> {
  const mode = given.sslmode ?? "prefer";
  if (!["disable", "allow", "prefer", "require", "verify-ca", "verify-full"].includes(mode)) {
    throw new Fatal(`invalid sslmode value: "${mode}"`, 2);
  }
  const ca = given.sslrootcert && given.sslrootcert !== "system" && mode !== "prefer" ? readFileSync(given.sslrootcert, "utf8") : undefined;
  // With a root certificate at hand, `require` checks the chain, but not the name.
  const verifies = mode.startsWith("verify-") || (mode === "require" && ca !== undefined);
  const tls = {
    rejectUnauthorized: verifies,
    ...(ca !== undefined && { ca }),
    ...(mode !== "verify-full" && { checkServerIdentity: () => undefined }),
  };
  const open = async (ssl: false | typeof tls) => {
    const client = new Client({
      host: given.host ?? "localhost",
      port: Number(given.port ?? 5432),
      user: given.user ?? process.env.USER ?? "postgres",
      password: given.password ?? "",
      database: given.dbname ?? given.user ?? "postgres",
      application_name: given.application_name ?? "psql",
      ...(given.options !== undefined && { options: given.options }),
      ...(given.connect_timeout !== undefined && { connectionTimeoutMillis: Number(given.connect_timeout) * 1000 }),
      ssl,
    });
    await client.connect();
    return client;
  };
  try {
    if (mode === "disable" || mode === "allow") return await open(false);
    try {
      return await open(tls);
    } catch (error) {
      if (mode !== "prefer" || !/does not support SSL/.test(String(error))) throw error;
      return await open(false);
    }
  } catch (error) {
    const message = error instanceof Error && error.message ? error.message : String((error as { code?: string }).code ?? error);
    throw new Fatal(`connection to server at "${given.host ?? "localhost"}", port ${given.port ?? 5432} failed: ${message}`, 2);
  }
}

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

function show(result: QueryArrayResult, options: Options): void {
  if (result.fields.length === 0) {
    if (!options.quiet && result.command) {
      const counted = ["INSERT", "UPDATE", "DELETE", "MERGE", "COPY"].includes(result.command);
      const count = result.command === "INSERT" ? `0 ${result.rowCount}` : String(result.rowCount);
      console.log(counted ? `${result.command} ${count}` : result.command);
    }
    return;
  }
  const rows = result.rows.map((row: unknown[]) => row.map((value) => (value === null ? "" : String(value))));
  const names = result.fields.map(({ name }) => name);
  if (options.unaligned) {
    if (!options.tuplesOnly) console.log(names.join("|"));
    for (const row of rows) console.log(row.join("|"));
  } else {
    const widths = names.map((name, at) => Math.max(options.tuplesOnly ? 0 : name.length, ...rows.map((row) => row[at]!.length)));
    const line = (row: readonly string[]) =>
      row
        .map((value, at) => ` ${value.padEnd(widths[at]!)} `)
        .join("|")
        .trimEnd();
    if (!options.tuplesOnly) {
      console.log(line(names));
      console.log(widths.map((width) => "-".repeat(width + 2)).join("+"));
    }
    for (const row of rows) console.log(line(row));
  }
  if (!options.tuplesOnly) console.log(`(${rows.length} row${rows.length === 1 ? "" : "s"})`);
  if (!options.tuplesOnly && !options.unaligned) console.log("");
}

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

if (import.meta.main) {
  run().then(
    (code) => void (process.exitCode = code),
    (error: unknown) => {
      console.error(`psql: error: ${error instanceof Error ? error.message : String(error)}`);
      process.exitCode = error instanceof Fatal ? error.exitCode : 1;
    },
  );
}
