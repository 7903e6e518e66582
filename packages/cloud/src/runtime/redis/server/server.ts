/** The built-in server: databases, sessions and the way of a command from its words to its answer. */
import { admitted } from "./admission.ts";
import type { Call, Command, Server } from "./command.ts";
import { commandTable } from "./commands/index.ts";
import { database, type KeyspaceEvents } from "./keyspace.ts";
import { nullArray, RedisError, type Reply } from "./reply.ts";
import { notified, wantedEvents } from "./notifications.ts";
import { published } from "./commands/publishing.ts";
import { slowLog } from "./slow-log.ts";
import { scriptEngine } from "./lua/engine.ts";
import type { Session } from "./session.ts";
import type { Waiting } from "./waiting.ts";

export interface ServerOptions {
  version: string;
  passwords: () => readonly string[];
  nowMs: () => number;
  /** Time that only goes forward, from anywhere. */
  elapsedMs: () => number;
  random: () => number;
  after: (delayMs: number, run: () => void) => () => void;
  /** Gets every effect, with the database it belongs to. */
  log: (database: number, command: readonly string[]) => void;
  configuration?: Readonly<Record<string, string>>;
}

const databaseCount = 16;

export function redisServer(options: ServerOptions): Server {
  const sessions = new Map<number, Session>();
  /** Keys that changed during the present command: who waits for them is served after it. */
  let changed: string[] = [];
  const events: KeyspaceEvents = {
    changed(index, key) {
      const id = `${index} ${key}`;
      changed.push(id);
      for (const session of sessions.values()) if (session.watched.has(id)) session.dirty = true;
    },
    expired(index, key) {
      log(index, ["DEL", key]);
      tell(index, "x", "expired", key);
    },
  };
  /** In a script or a transaction: the time at which it began, how deep, and what it has done so far. */
  let whole: { atMs: number; depth: number; effects: { database: number; command: readonly string[] }[] } | undefined;
  const nowMs = () => whole?.atMs ?? options.nowMs();
  const log = (database: number, command: readonly string[]) => {
    if (whole) whole.effects.push({ database, command });
    else options.log(database, command);
  };
  const begin = () => {
    if (whole) whole.depth++;
    else whole = { atMs: options.nowMs(), depth: 1, effects: [] };
  };
  /** Effects of more than one command are replayed all or not at all. */
  const commit = () => {
    if (!whole || --whole.depth > 0) return;
    const { effects } = whole;
    whole = undefined;
    const first = effects[0]?.database ?? 0;
    const bound = effects.length > 1 && effects.every((each) => each.database === first);
    if (bound) options.log(first, ["MULTI"]);
    for (const each of effects) options.log(each.database, each.command);
    if (bound) options.log(first, ["EXEC"]);
  };
  const databases = Array.from({ length: databaseCount }, (_, index) => database(index, nowMs, events));
  let wanted = wantedEvents("");
  /** Publishes what happened to a key, where somebody asked for such events. */
  const tell = (index: number, kind: string, event: string, key: string) => {
    if (!wanted.classes.includes(kind)) return;
    if (wanted.keyspace) published(server, "channels", `__keyspace@${index}__:${key}`, event);
    if (wanted.keyevent) published(server, "channels", `__keyevent@${index}__:${event}`, key);
  };
  /** Tells of the keys that changed since `from`. */
  const tellChanges = (from: number, index: number, name: string, args: readonly string[]) => {
    if (wanted.classes === "" || changed.length === from) return;
    const start = `${index} `;
    const keys = new Set(
      changed
        .slice(from)
        .filter((id) => id.startsWith(start))
        .map((id) => id.slice(start.length)),
    );
    notified((kind, event, key) => tell(index, kind, event, key), server.database(index), name, args, keys);
  };
  /** Sessions that wait, oldest first. */
  const blocked = new Set<Session>();

  /** Runs one command and logs its effect. */
  const perform = (
    session: Session,
    name: string,
    row: Command,
    args: readonly string[],
    mayPause: boolean,
  ): Reply | Waiting | undefined => {
    const { database: index } = session;
    let effects: readonly (readonly (string | number)[])[] | undefined;
    const call: Call = {
      server,
      session,
      db: server.database(index),
      args,
      mayPause,
      propagate: (...commands) => void (effects = commands),
    };
    server.statistics.commands++;
    session.lastCommand = name.toLowerCase();
    const from = changed.length;
    const reply = row.run(call);
    tellChanges(from, index, name, args);
    if (row.flags.includes("write") && !isWaiting(reply)) for (const each of effects ?? [[name, ...args]]) log(index, each.map(String));
    return reply;
  };

  /** Tries a waiting command; its effect is logged when it has one. */
  const attempt = (session: Session, waiting: Waiting): Reply | undefined => {
    let effects: readonly (readonly (string | number)[])[] = [];
    const from = changed.length;
    const reply = waiting.attempt((...commands) => void (effects = commands));
    for (const [name, ...args] of effects) tellChanges(from, session.database, String(name), args.map(String));
    for (const each of effects) log(session.database, each.map(String));
    return reply;
  };

  const serveWaiting = () => {
    while (changed.length > 0) {
      const keysNow = new Set(changed);
      changed = [];
      for (const session of Array.from(blocked)) {
        const { blocked: wait } = session;
        if (!wait || !wait.waiting.keys.some((key) => keysNow.has(`${session.database} ${key}`))) continue;
        let reply: Reply | undefined;
        try {
          reply = attempt(session, wait.waiting);
        } catch (error) {
          reply = asReply(error);
        }
        if (reply !== undefined) wait.done(reply);
      }
    }
  };

  const block = (session: Session, waiting: Waiting) => {
    let cancel = () => {};
    session.blocked = {
      waiting,
      done(reply) {
        cancel();
        session.blocked = undefined;
        blocked.delete(session);
        session.send(reply);
      },
    };
    blocked.add(session);
    if (waiting.timeoutMs > 0) cancel = options.after(waiting.timeoutMs, () => session.blocked?.done(waiting.onTimeout));
  };

  const commandOfScript = (session: Session, words: readonly string[], readOnly: boolean): Reply => {
    const [given, ...args] = words as [string, ...string[]];
    const name = given.toUpperCase();
    const row = commandTable[name];
    if (!row) throw new RedisError("ERR Unknown Redis command called from script");
    if (row.arity > 0 ? words.length !== row.arity : words.length < -row.arity)
      throw new RedisError("ERR Wrong number of args calling Redis command from script");
    if (row.flags.includes("noscript")) throw new RedisError("ERR This Redis command is not allowed from script");
    if (readOnly && row.flags.includes("write")) throw new RedisError("ERR Write commands are not allowed from read-only scripts.");
    const reply = perform(session, name, row, args, false);
    if (reply === undefined) return null;
    if (isWaiting(reply) && name.startsWith("XREAD"))
      throw new RedisError(`ERR ${given.toLowerCase()} command is not allowed with BLOCK option from scripts`);
    // Nothing waits inside a script: it is as if its time were over at once.
    return isWaiting(reply) ? (attempt(session, reply) ?? reply.onTimeout) : reply;
  };

  const server: Server = {
    version: options.version,
    startedMs: options.nowMs(),
    commands: commandTable,
    databaseCount,
    sessions,
    configuration: new Map(
      Object.entries({
        maxmemory: "0",
        "maxmemory-policy": "volatile-lru",
        appendonly: "yes",
        save: "",
        databases: String(databaseCount),
        timeout: "0",
        "busy-reply-threshold": "5000",
        "slowlog-log-slower-than": "10000",
        "slowlog-max-len": "128",
        "notify-keyspace-events": "",
        ...options.configuration,
      }),
    ),
    slowLog: slowLog((name) => Number(server.configuration.get(name))),
    configured() {
      wanted = wantedEvents(server.configuration.get("notify-keyspace-events")!);
    },
    scripts: scriptEngine({
      version: options.version,
      nowMs: options.nowMs,
      busyAfterMs: () => Number(server.configuration.get("busy-reply-threshold")),
      begin,
      commit,
      command: commandOfScript,
      isWrite: (name) => commandTable[name.toUpperCase()]?.flags.includes("write") ?? false,
      later: (run) =>
        void options.after(0, () => {
          run();
          if (!server.scripts.running) serveWaiting();
        }),
    }),
    statistics: { commands: 0, connections: 0 },
    nowMs,
    random: options.random,
    database(index) {
      const found = databases[index];
      if (!found) throw new RedisError("ERR DB index is out of range");
      return found;
    },
    swap(a, b) {
      const [one, two] = [server.database(a), server.database(b)];
      const [first, second] = [one, two].map((each) => each.keys().map((key) => [key, each.get(key)!] as const));
      one.clear();
      two.clear();
      for (const [key, entry] of second!) one.set(key, entry);
      for (const [key, entry] of first!) two.set(key, entry);
    },
    needsPassword: () => options.passwords().length > 0,
    accepts: (password) => options.passwords().length === 0 || options.passwords().includes(password),
    pick: (from) => from[Math.floor(options.random() * from.length)]!,
    pickMany(from, amount) {
      if (from.length === 0) return [];
      if (amount < 0) return Array.from({ length: -amount }, () => server.pick(from));
      const left = [...from];
      const picked = [];
      while (picked.length < amount && left.length > 0) picked.push(...left.splice(Math.floor(options.random() * left.length), 1));
      return picked;
    },
    handle(session, words) {
      const [given, ...args] = words as [string, ...string[]];
      const name = given.toUpperCase();
      try {
        const row = admitted(server.commands, session, given, args);
        if (server.scripts.running && !allowedWhileBusy(name, args))
          throw new RedisError(
            `BUSY Redis is busy running a script. You can only call ${server.scripts.running.kind === "script" ? "SCRIPT" : "FUNCTION"} KILL or SHUTDOWN NOSAVE.`,
          );
        if (session.queue && !["EXEC", "DISCARD", "MULTI", "WATCH", "QUIT", "RESET"].includes(name)) {
          session.queue.commands.push({ name, args });
          session.send({ simple: "QUEUED" });
          return;
        }
        const started = options.elapsedMs();
        const reply = perform(session, name, row, args, true);
        const tookMicroseconds = Math.round((options.elapsedMs() - started) * 1000);
        server.slowLog.note({
          tookMicroseconds,
          atSeconds: Math.floor(options.nowMs() / 1000),
          words,
          client: session.address,
          clientName: session.name,
        });
        if (reply === undefined) return;
        if (!isWaiting(reply)) return session.send(reply);
        const now = attempt(session, reply);
        if (now === undefined) block(session, reply);
        else session.send(now);
      } catch (error) {
        if (session.queue && !commandTable[name]) session.queue.faulty = true;
        session.send(asReply(error));
      } finally {
        if (!server.scripts.running) serveWaiting();
      }
    },
    execute(session) {
      const { queue } = session;
      if (!queue) throw new RedisError("ERR EXEC without MULTI");
      const { dirty } = session;
      session.queue = undefined;
      session.watched.clear();
      session.dirty = false;
      if (queue.faulty) throw new RedisError("EXECABORT Transaction discarded because of previous errors.");
      if (dirty) return nullArray;
      const replies: Reply[] = [];
      // What a subscription inside a transaction says belongs among the answers.
      const inside: Session = Object.create(session, { send: { value: (reply: Reply) => void replies.push(reply) } }) as Session;
      begin();
      for (const { name, args } of queue.commands) {
        try {
          const reply = perform(SELECTING.has(name) ? session : inside, name, commandTable[name]!, args, false);
          if (reply === undefined) continue;
          // Nothing waits inside a transaction: it is as if its time were over at once.
          if (isWaiting(reply)) replies.push(attempt(session, reply) ?? reply.onTimeout);
          else replies.push(reply);
        } catch (error) {
          replies.push(asReply(error));
        }
      }
      commit();
      return replies;
    },
    leave(session) {
      sessions.delete(session.id);
      blocked.delete(session);
      session.blocked = undefined;
    },
    sweep() {
      if (server.scripts.running) return;
      for (const each of databases) each.expiring();
      changed = [];
    },
  };
  server.configured();
  return server;
}

/** Commands that change the session itself, and so cannot run on a view of it. */
const SELECTING = new Set(["SELECT", "HELLO", "AUTH", "CLIENT", "RESET", "WATCH", "UNWATCH"]);

const isWaiting = (reply: Reply | Waiting | undefined): reply is Waiting =>
  typeof reply === "object" && reply !== null && "waiting" in reply;

/** Whether it is heard while a script has the server. */
function allowedWhileBusy(name: string, [subcommand = ""]: readonly string[]): boolean {
  if (name === "SCRIPT") return subcommand.toUpperCase() === "KILL";
  if (name === "FUNCTION") return ["KILL", "STATS"].includes(subcommand.toUpperCase());
  return ["AUTH", "HELLO", "RESET", "QUIT", "MULTI", "DISCARD", "WATCH", "UNWATCH"].includes(name);
}

function asReply(error: unknown): Reply {
  if (error instanceof RedisError) return error;
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  return new RedisError("ERR internal error");
}
