/** The built-in server: databases, sessions and the way of a command from its words to its answer. */
import { type Call, type Command, type Commands, type Waiting } from "./command.ts";
import { connection } from "./commands/connection.ts";
import { hashes } from "./commands/hashes.ts";
import { keys } from "./commands/keys.ts";
import { lists } from "./commands/lists.ts";
import { sets } from "./commands/sets.ts";
import { sortedSets } from "./commands/sorted-sets.ts";
import { streams } from "./commands/streams.ts";
import { strings } from "./commands/strings.ts";
import { globMatcher } from "./glob.ts";
import { type Database, database, type KeyspaceEvents } from "./keyspace.ts";
import { nullArray, RedisError, type Reply } from "./reply.ts";
import { isSubscriber, type Session } from "./session.ts";

export interface Server {
  readonly version: string;
  readonly commands: Commands;
  readonly databaseCount: number;
  readonly sessions: Map<number, Session>;
  /** What CONFIG GET tells. */
  readonly configuration: Map<string, string>;
  readonly statistics: { commands: number; connections: number };
  nowMs(): number;
  /** From 0 (included) to 1. */
  random(): number;
  database(index: number): Database;
  swap(a: number, b: number): void;
  needsPassword(): boolean;
  accepts(password: string): boolean;
  pick<T>(from: readonly T[]): T;
  /** So many different ones; a negative number: so many, some perhaps twice. */
  pickMany<T>(from: readonly T[], amount: number): T[];
  /** Runs a command of a session; the answer goes to `session.send`. */
  handle(session: Session, words: readonly string[]): void;
  /** Runs what MULTI queued. */
  execute(session: Session): Reply;
  publish(kind: "channels" | "shardChannels", channel: string, message: string): number;
  information(sections: readonly string[]): string;
  /** Forgets a connection. */
  leave(session: Session): void;
  /** Removes keys whose time has come, whether or not anybody asks for them. */
  sweep(): void;
}

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

export const commandTable: Commands = { ...connection, ...keys, ...strings, ...hashes, ...lists, ...sets, ...sortedSets, ...streams };

const databaseCount = 16;

export function redisServer(options: ServerOptions): Server {
  const sessions = new Map<number, Session>();
  const startedMs = options.nowMs();
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
        const row = checked(server, session, given, args);
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
    publish(kind, channel, message) {
      let receivers = 0;
      for (const session of sessions.values()) {
        if (session[kind].has(channel)) {
          session.send({ push: [kind === "channels" ? "message" : "smessage", channel, message] });
          receivers++;
        }
        if (kind !== "channels") continue;
        for (const pattern of session.patterns) {
          if (!globMatcher(pattern)(channel)) continue;
          session.send({ push: ["pmessage", pattern, channel, message] });
          receivers++;
        }
      }
      return receivers;
    },
    information(sections) {
      const { heapUsed, rss } = process.memoryUsage();
      const uptime = Math.floor((options.nowMs() - startedMs) / 1000);
      const every: Record<string, Record<string, string | number>> = {
        server: {
          redis_version: options.version,
          redis_mode: "standalone",
          os: process.platform,
          arch_bits: 64,
          process_id: process.pid,
          uptime_in_seconds: uptime,
          uptime_in_days: Math.floor(uptime / 86_400),
          built_in: "plinth",
        },
        clients: { connected_clients: sessions.size, blocked_clients: blocked.size },
        memory: {
          used_memory: heapUsed,
          used_memory_rss: rss,
          maxmemory: server.configuration.get("maxmemory")!,
          maxmemory_policy: server.configuration.get("maxmemory-policy")!,
        },
        persistence: { loading: 0, aof_enabled: 1 },
        stats: {
          total_connections_received: server.statistics.connections,
          total_commands_processed: server.statistics.commands,
          pubsub_channels: new Set([...sessions.values()].flatMap(({ channels }) => [...channels])).size,
        },
        replication: { role: "master", connected_slaves: 0 },
        cpu: { used_cpu_user: (process.cpuUsage().user / 1e6).toFixed(6), used_cpu_sys: (process.cpuUsage().system / 1e6).toFixed(6) },
        cluster: { cluster_enabled: 0 },
        keyspace: Object.fromEntries(
          databases
            .filter((each) => each.size() > 0)
            .map((each) => [`db${each.index}`, `keys=${each.size()},expires=${each.expiring()},avg_ttl=0`]),
        ),
      };
      const wanted = sections.filter((section) => !["all", "default", "everything"].includes(section));
      const shown = Object.entries(every).filter(
        ([name]) => wanted.length === 0 || wanted.length < sections.length || wanted.includes(name),
      );
      return shown
        .map(
          ([name, values]) =>
            `# ${name[0]!.toUpperCase()}${name.slice(1)}\r\n${Object.entries(values)
              .map(([key, value]) => `${key}:${value}\r\n`)
              .join("")}`,
        )
        .join("\r\n");
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

/** The command's row; throws where it does not exist, has the wrong number of words, or may not run now. */
function checked(server: Server, session: Session, given: string, args: readonly string[]): Command {
  const row = server.commands[given.toUpperCase()];
  const faulty = (message: string) => {
    if (session.queue) session.queue.faulty = true;
    return new RedisError(message);
  };
  if (!session.authenticated && !row?.flags.includes("no_auth")) throw faulty("NOAUTH Authentication required.");
  if (!row) {
    const shown = args
      .slice(0, 20)
      .map((arg) => `'${arg.slice(0, 128)}' `)
      .join("");
    throw faulty(`ERR unknown command '${given.slice(0, 128)}', with args beginning with: ${shown}`);
  }
  const words = args.length + 1;
  if (row.arity > 0 ? words !== row.arity : words < -row.arity)
    throw faulty(`ERR wrong number of arguments for '${given.toLowerCase()}' command`);
  if (
    isSubscriber(session) &&
    !["SUBSCRIBE", "UNSUBSCRIBE", "PSUBSCRIBE", "PUNSUBSCRIBE", "SSUBSCRIBE", "SUNSUBSCRIBE", "PING", "QUIT", "RESET"].includes(
      given.toUpperCase(),
    )
  ) {
    throw faulty(
      `ERR Can't execute '${given.toLowerCase()}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context`,
    );
  }
  return row;
}

function asReply(error: unknown): Reply {
  if (error instanceof RedisError) return error;
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  return new RedisError("ERR internal error");
}
