/** The built-in server: databases, sessions and the way of a command from its words to its answer. */
import { admitted } from "./admission.ts";
import type { Call, Command, Server } from "./command.ts";
import { commandTable } from "./commands/index.ts";
import { database, type KeyspaceEvents } from "./keyspace.ts";
import { nullArray, RedisError, type Reply } from "./reply.ts";
import type { Session } from "./session.ts";
import type { Waiting } from "./waiting.ts";

export interface ServerOptions {
  version: string;
  passwords: () => readonly string[];
  nowMs: () => number;
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
    expired: (index, key) => options.log(index, ["DEL", key]),
  };
  const databases = Array.from({ length: databaseCount }, (_, index) => database(index, options.nowMs, events));
  /** Sessions that wait, oldest first. */
  const blocked = new Set<Session>();

  /** Runs one command and logs its effect. */
  const perform = (session: Session, name: string, row: Command, args: readonly string[]): Reply | Waiting | undefined => {
    const { database: index } = session;
    let effects: readonly (readonly (string | number)[])[] | undefined;
    const call: Call = { server, session, db: server.database(index), args, propagate: (...commands) => void (effects = commands) };
    server.statistics.commands++;
    session.lastCommand = name.toLowerCase();
    const reply = row.run(call);
    const waits = typeof reply === "object" && reply !== null && "waiting" in reply;
    if (row.flags.includes("write") && !waits) for (const each of effects ?? [[name, ...args]]) options.log(index, each.map(String));
    return reply;
  };

  /** Tries a waiting command; its effect is logged when it has one. */
  const attempt = (session: Session, waiting: Waiting): Reply | undefined => {
    let effects: readonly (readonly (string | number)[])[] = [];
    const reply = waiting.attempt((...commands) => void (effects = commands));
    for (const each of effects) options.log(session.database, each.map(String));
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
        "notify-keyspace-events": "",
        ...options.configuration,
      }),
    ),
    statistics: { commands: 0, connections: 0 },
    nowMs: options.nowMs,
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
        if (session.queue && !["EXEC", "DISCARD", "MULTI", "WATCH", "QUIT", "RESET"].includes(name)) {
          session.queue.commands.push({ name, args });
          session.send({ simple: "QUEUED" });
          return;
        }
        const reply = perform(session, name, row, args);
        if (reply === undefined) return;
        if (typeof reply !== "object" || reply === null || !("waiting" in reply)) return session.send(reply);
        const now = attempt(session, reply);
        if (now === undefined) block(session, reply);
        else session.send(now);
      } catch (error) {
        if (session.queue && !commandTable[name]) session.queue.faulty = true;
        session.send(asReply(error));
      } finally {
        serveWaiting();
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
      for (const { name, args } of queue.commands) {
        try {
          const reply = perform(SELECTING.has(name) ? session : inside, name, commandTable[name]!, args);
          if (reply === undefined) continue;
          // Nothing waits inside a transaction: it is as if its time were over at once.
          if (typeof reply === "object" && reply !== null && "waiting" in reply) replies.push(attempt(session, reply) ?? reply.onTimeout);
          else replies.push(reply);
        } catch (error) {
          replies.push(asReply(error));
        }
      }
      return replies;
    },
    leave(session) {
      sessions.delete(session.id);
      blocked.delete(session);
      session.blocked = undefined;
    },
    sweep() {
      for (const each of databases) each.expiring();
      changed = [];
    },
  };
  return server;
}

/** Commands that change the session itself, and so cannot run on a view of it. */
const SELECTING = new Set(["SELECT", "HELLO", "AUTH", "CLIENT", "RESET", "WATCH", "UNWATCH"]);

function asReply(error: unknown): Reply {
  if (error instanceof RedisError) return error;
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  return new RedisError("ERR internal error");
}
