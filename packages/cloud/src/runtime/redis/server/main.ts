/** The built-in server's process: `node main.ts CONFIGURATION.json`. SIGHUP reads the configuration again, SIGTERM ends it with all data on disk. */
import { readFileSync } from "node:fs";
import { createServer as createTcpServer, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { openAppendOnlyFile, replay, type AppendOnlyFile } from "./append-only-file.ts";
import { encode, RedisError, type Reply } from "./reply.ts";
import { requestReader } from "./request.ts";
import { redisServer } from "./server.ts";
import type { Session } from "./session.ts";

/** As the cloud writes it (mode 0600: it holds passwords). */
export interface BuiltInConfiguration {
  address: string;
  port: number;
  version: string;
  /** Of which each is accepted; none: everybody is. */
  passwords: string[];
  tls?: { certificateFile: string; keyFile: string } | undefined;
  appendOnlyFile: string;
  /** Shown by CONFIG GET. */
  parameters: Record<string, string>;
}

const file = process.argv[2]!;
const readConfiguration = () => JSON.parse(readFileSync(file, "utf8")) as BuiltInConfiguration;
let configuration = readConfiguration();
let log: AppendOnlyFile | undefined;

const server = redisServer({
  version: configuration.version,
  passwords: () => configuration.passwords,
  nowMs: () => Date.now(),
  elapsedMs: () => performance.now(),
  random: Math.random,
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
  log: (database, command) => log?.append(database, command),
  configuration: configuration.parameters,
});

let nextId = 1;

function session(address: string, send: (reply: Reply) => void, end: () => void): Session {
  return {
    id: nextId++,
    address,
    startedMs: Date.now(),
    protocol: 2,
    database: 0,
    authenticated: !server.needsPassword(),
    name: "",
    library: { name: "", version: "" },
    lastCommand: "",
    watched: new Set(),
    dirty: false,
    channels: new Set(),
    patterns: new Set(),
    shardChannels: new Set(),
    send,
    end,
  };
}

const loader = session(
  "load",
  (reply) => reply instanceof RedisError && process.stderr.write(`while loading: ${reply.message}\n`),
  () => {},
);
loader.authenticated = true;
replay(configuration.appendOnlyFile, (database, command) => {
  loader.database = database;
  server.handle(loader, command);
});
server.statistics.commands = 0;
log = openAppendOnlyFile(configuration.appendOnlyFile, server);

function serve(socket: Socket): void {
  server.statistics.connections++;
  socket.setNoDelay(true);
  let outgoing = "";
  const flush = () => {
    if (outgoing === "" || socket.destroyed) return;
    // What was answered is in the file before the client can know of it.
    log!.flush(false);
    const text = outgoing;
    outgoing = "";
    socket.write(text, "latin1");
  };
  const own = session(
    `${socket.remoteAddress}:${socket.remotePort}`,
    (reply) => {
      if (outgoing === "") setImmediate(flush);
      outgoing += encode(reply, own.protocol);
      if (!own.blocked) next();
    },
    () => {
      flush();
      socket.end();
    },
  );
  server.sessions.set(own.id, own);
  // While a command waits, those behind it wait too.
  const queue: string[][] = [];
  let running = false;
  const next = () => {
    if (running) return;
    running = true;
    while (queue.length > 0 && !own.blocked && !socket.writableEnded) server.handle(own, queue.shift()!);
    running = false;
  };
  const read = requestReader((words) => void queue.push(words));
  socket.on("data", (bytes: Buffer) => {
    try {
      read(bytes);
    } catch (error) {
      next();
      own.send(error as RedisError);
      own.end();
      return;
    }
    next();
    flush();
  });
  socket.on("error", () => socket.destroy());
  socket.on("close", () => server.leave(own));
}

const secure = () =>
  configuration.tls && {
    cert: readFileSync(configuration.tls.certificateFile),
    key: readFileSync(configuration.tls.keyFile),
    minVersion: "TLSv1.2" as const,
  };
const tls = secure();
const listener = tls ? createTlsServer(tls, serve) : createTcpServer(serve);
listener.on("error", (error) => {
  process.stderr.write(`cannot listen on ${configuration.address}:${configuration.port}: ${error.message}\n`);
  process.exit(1);
});
listener.listen(configuration.port, configuration.address, () => process.stdout.write("ready\n"));

setInterval(() => {
  server.sweep();
  log!.flush(true);
}, 1000);

process.on("SIGHUP", () => {
  configuration = readConfiguration();
  for (const [name, value] of Object.entries(configuration.parameters)) server.configuration.set(name, value);
  server.configured();
  const renewed = secure();
  if (renewed && "setSecureContext" in listener) listener.setSecureContext(renewed);
  process.stdout.write("reloaded\n");
});

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.on(signal, () => {
    log!.close();
    process.exit(0);
  });
}
