/**
 * PGlite's process: `node main.ts`. The first line on standard input is its configuration, further lines are requests of the
 * cloud that started it; answers and `{"ready":true}` go to standard output, the server's log to standard error.
 */
import { randomInt } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { createSecureContext } from "node:tls";
import { setFlagsFromString } from "node:v8";
import { authenticate, begin, type Login, type Newcomer } from "../wire/authentication.ts";
import { type Backend, openBackend, owner, QueryError } from "./backend.ts";
import { type Connection, openConnection, type Shared } from "./connection.ts";
import { errorResponse, int32, message, parameterStatus, readyForQuery } from "../wire/protocol.ts";
import { openSession } from "./session.ts";
import { openTurns } from "./turns.ts";

export interface PgliteConfiguration {
  dataFolder: string;
  address: string;
  port: number;
  certificateFile: string;
  keyFile: string;
  forceTls: boolean;
  maxConnections: number;
  /** Settings of the parameter group; those that a session can take are given to each. */
  parameters: Record<string, string>;
}

/** `query` and `backup` hold the turn; `resume` gives it back after a backup. */
export type PgliteRequest =
  | { id: number; op: "query"; sql: string; database?: string; parameters?: unknown[] }
  | { id: number; op: "pause" | "resume" | "stop" }
  | { id: number; op: "settings"; forceTls: boolean; parameters: Record<string, string> };

export type PgliteAnswer =
  | { ready: true; version: string }
  | { id: number; rows?: Record<string, string | null>[] }
  | { id: number; error: { code: string; message: string } };

const idleInTransactionMs = 20_000;
/** PostgreSQL's own defaults where PGlite begins with others. */
const ordinary: Record<string, string> = { search_path: '"$user", public' };
/** Parameters that PostgreSQL reports to every client. */
const reported = [
  "server_version",
  "server_encoding",
  "client_encoding",
  "DateStyle",
  "TimeZone",
  "integer_datetimes",
  "IntervalStyle",
  "standard_conforming_strings",
  "in_hot_standby",
  "default_transaction_read_only",
  "scram_iterations",
];

// V8's second compiler only for what is used ten times as much as it would take by itself: it costs a start, and some hundred statements, more than it saves.
setFlagsFromString("--wasm-tiering-budget=130000000");

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
let configuration = JSON.parse((await lines.next()).value as string) as PgliteConfiguration;
const answer = (value: PgliteAnswer): void => void process.stdout.write(`${JSON.stringify(value)}\n`);
const log = (line: string): void =>
  void process.stderr.write(`${new Date().toISOString().replace("T", " ").replace(/\..*/, " UTC")}:${line}\n`);

const connections = new Map<number, Connection>();
const tls = createSecureContext({
  cert: readFileSync(configuration.certificateFile),
  key: readFileSync(configuration.keyFile),
  minVersion: "TLSv1.2",
});
const backend: Backend = await openBackend(configuration.dataFolder, (error) => {
  log(`PANIC:  ${error instanceof Error ? error.message : String(error)}`);
  // Whoever started this process starts it again, and the write-ahead log brings back what was committed.
  process.exit(2);
});
const control = {};
const turns = openTurns<object>((holder) => [...connections.values()].find((one) => one === holder)?.othersWait());
const shared: Shared = {
  backend,
  turns,
  last: { session: undefined },
  log,
  idleInTransactionMs,
  notify(notification) {
    for (const connection of connections.values()) connection.notify(notification);
  },
};
const [facts] = await backend.query(`select ${reported.map((name) => `current_setting('${name}') as "${name}"`).join(", ")}`);
const settable = new Set(
  (await backend.query("select name from pg_settings where context in ('user', 'superuser')")).map(({ name }) => name),
);
let nextId = 1;

/** Runs `work` while nobody else uses the session, as its owner. */
async function alone<T>(work: () => Promise<T>): Promise<T> {
  await turns.take(control);
  try {
    shared.last.session = undefined;
    await backend.query(`reset all; set session authorization ${owner}`);
    return await work();
  } finally {
    turns.give(control);
  }
}

async function welcome(socket: Socket): Promise<void> {
  const begun = await begin(socket, tls);
  if (begun.kind === "cancel") {
    const found = connections.get(begun.processId);
    if (found?.secret === begun.secret) found.cancel();
  }
  if (begun.kind !== "session") return;
  const { newcomer } = begun;
  const { channel, user, database } = newcomer;
  if (configuration.forceTls && !channel.secure) {
    const host = socket.remoteAddress ?? "unknown";
    return channel.end(
      errorResponse("FATAL", "28000", `no pg_hba.conf entry for host "${host}", user "${user}", database "${database}", no encryption`),
    );
  }
  const facts = await alone(() => lookUp(newcomer));
  if (!(await authenticate(newcomer, facts.login))) return log(`FATAL:  a login of "${user}" was refused`);
  if (!facts.databaseExists) return channel.end(errorResponse("FATAL", "3D000", `database "${database}" does not exist`));
  if (connections.size >= configuration.maxConnections)
    return channel.end(errorResponse("FATAL", "53300", "sorry, too many clients already"));
  await open(newcomer, facts.settings);
}

async function open({ channel, user, database, parameters }: Newcomer, defaults: Record<string, string>): Promise<void> {
  const id = nextId++;
  const secret = randomInt(1, 2 ** 31 - 1);
  const { options = "", replication: _replication, ...named } = parameters;
  const settings: Record<string, string> = { ...ordinary, ...groupSettings(), ...defaults, ...optionsOf(options), ...named };
  for (const name of Object.keys(settings)) if (name !== "role" && !name.includes(".") && !settable.has(name)) delete settings[name];
  const session = openSession({ id, user, database, settings });
  const connection = openConnection(channel, session, secret, shared);
  connections.set(id, connection);
  for (const name of reported) channel.send(parameterStatus(name, settings[name] ?? facts![name] ?? ""));
  channel.send(parameterStatus("session_authorization", user));
  channel.send(parameterStatus("is_superuser", "off"));
  channel.send(parameterStatus("application_name", settings.application_name ?? ""));
  channel.send(message("K", int32(id), int32(secret)));
  channel.send(readyForQuery("I"));
  await connection.run();
  connections.delete(id);
}

const literal = (value: string) => `'${value.replaceAll("'", "''")}'`;

async function lookUp({
  user,
  database,
}: Newcomer): Promise<{ login: Login | undefined; databaseExists: boolean; settings: Record<string, string> }> {
  const [role] = await backend.query(
    `select rolcanlogin, rolpassword from pg_authid where rolname = ${literal(user)} and rolname <> '${owner}'`,
  );
  const [found] = await backend.query(`select 1 as one from pg_database where datname = ${literal(database)} and datallowconn`);
  const rows = await backend.query(
    `select unnest(setconfig) as setting from pg_db_role_setting where setrole in (0, (select oid from pg_roles where rolname = ${literal(user)})) and setdatabase in (0, (select oid from pg_database where datname = ${literal(database)})) order by setrole, setdatabase`,
  );
  return {
    login: role && { canLogin: role.rolcanlogin === "t", verifier: role.rolpassword ?? null },
    databaseExists: found !== undefined,
    settings: Object.fromEntries(
      rows.map(({ setting }) => [setting!.slice(0, setting!.indexOf("=")), setting!.slice(setting!.indexOf("=") + 1)]),
    ),
  };
}

/** `-c name=value` and `--name=value` of the startup parameter `options`. */
function optionsOf(options: string): Record<string, string> {
  return Object.fromEntries(
    [...options.matchAll(/(?:-c\s*|--)([\w.]+)=((?:\\.|\S)*)/g)].map(([, name, value]) => [name!, value!.replaceAll(/\\(.)/g, "$1")]),
  );
}

function groupSettings(): Record<string, string> {
  return Object.fromEntries(Object.entries(configuration.parameters).filter(([name]) => settable.has(name)));
}

const server = createServer((socket) => {
  socket.setNoDelay(true);
  welcome(socket).catch((error: unknown) => {
    log(`LOG:  a connection ended before it began: ${error instanceof Error ? error.message : String(error)}`);
    socket.destroy();
  });
});
server.on("error", (error) => {
  log(`FATAL:  could not listen on ${configuration.address}:${configuration.port}: ${error.message}`);
  process.exit(1);
});
server.listen(configuration.port, configuration.address, () => {
  log(`LOG:  database system is ready to accept connections`);
  answer({ ready: true, version: facts!.server_version!.split(" ")[0]! });
});

async function stop(): Promise<void> {
  server.close();
  for (const connection of connections.values())
    connection.close(errorResponse("FATAL", "57P01", "terminating connection due to administrator command"));
  await alone(() => backend.checkpoint());
  await backend.close();
}

async function carryOut(request: PgliteRequest): Promise<void> {
  switch (request.op) {
    case "query": {
      const rows = await alone(async () => {
        if (request.database !== undefined) await backend.open(request.database);
        return backend.query(withParameters(request.sql, request.parameters ?? []));
      });
      return answer({ id: request.id, rows });
    }
    case "pause":
      await turns.take(control);
      shared.last.session = undefined;
      await backend.checkpoint();
      return answer({ id: request.id });
    case "resume":
      turns.give(control);
      return answer({ id: request.id });
    case "settings":
      configuration = { ...configuration, forceTls: request.forceTls, parameters: request.parameters };
      return answer({ id: request.id });
    case "stop":
      await stop();
      answer({ id: request.id });
      process.exit(0);
  }
}

/** Parameters of the cloud's own statements are names and numbers; they are put in as literals. */
function withParameters(sql: string, parameters: readonly unknown[]): string {
  return sql.replaceAll(/\$(\d+)/g, (whole, index: string) => {
    const value = parameters[Number(index) - 1];
    return value === undefined ? whole : value === null ? "null" : literal(String(value));
  });
}

for await (const line of { [Symbol.asyncIterator]: () => lines }) {
  const request = JSON.parse(line) as PgliteRequest;
  carryOut(request).catch((error: unknown) => {
    const code = error instanceof QueryError ? error.code : "XX000";
    answer({ id: request.id, error: { code, message: error instanceof Error ? error.message : String(error) } });
  });
}
// The cloud is gone: so is its database.
await stop();
process.exit(0);
