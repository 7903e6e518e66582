/** Connections and the server itself: AUTH, HELLO, CLIENT, CONFIG, INFO, COMMAND; transactions; publish and subscribe. */
import { type Call, command, type Command, type Commands, count, integer } from "../command.ts";
import { globMatcher } from "../glob.ts";
import { nullArray, ok, RedisError, type Reply, syntaxError } from "../reply.ts";
import type { Session } from "../session.ts";

const wrongPassword = () => new RedisError("WRONGPASS invalid username-password pair or user is disabled.");

function authenticate(call: Call, args: readonly string[]): void {
  const [name, password] = args.length > 1 ? [args[0]!, args[1]!] : ["default", args[0]!];
  if (args.length === 1 && !call.server.needsPassword()) {
    throw new RedisError(
      "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?",
    );
  }
  if (name !== "default" || !call.server.accepts(password)) throw wrongPassword();
  call.session.authenticated = true;
}

function hello(call: Call): Reply {
  const [version, ...rest] = call.args;
  let { protocol } = call.session;
  if (version !== undefined) {
    if (!/^-?\d+$/.test(version)) throw new RedisError("ERR Protocol version is not an integer or out of range");
    if (version !== "2" && version !== "3") throw new RedisError("NOPROTO unsupported protocol version");
    protocol = Number(version) as 2 | 3;
  }
  for (let at = 0; at < rest.length; at++) {
    const option = rest[at]!.toUpperCase();
    if (option === "AUTH" && rest.length > at + 2) {
      authenticate(call, rest.slice(at + 1, at + 3));
      at += 2;
    } else if (option === "SETNAME" && rest.length > at + 1) call.session.name = checkedName(rest[++at]!);
    else throw new RedisError(`ERR Syntax error in HELLO option '${rest[at]}'`);
  }
  if (!call.session.authenticated) {
    throw new RedisError(
      "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time",
    );
  }
  call.session.protocol = protocol;
  return {
    map: [
      ["server", "redis"],
      ["version", call.server.version],
      ["proto", protocol],
      ["id", call.session.id],
      ["mode", "standalone"],
      ["role", "master"],
      ["modules", []],
    ],
  };
}

function checkedName(name: string): string {
  if (/[^!-~]/.test(name)) throw new RedisError("ERR Client names cannot contain spaces, newlines or special characters.");
  return name;
}

function describe(session: Session, nowMs: number): string {
  const age = Math.floor((nowMs - session.startedMs) / 1000);
  const subscriptions = `sub=${session.channels.size} psub=${session.patterns.size} ssub=${session.shardChannels.size}`;
  return `id=${session.id} addr=${session.address} laddr= fd=-1 name=${session.name} age=${age} idle=0 flags=${session.blocked ? "b" : "N"} db=${session.database} ${subscriptions} multi=${session.queue ? session.queue.commands.length : -1} cmd=${session.lastCommand} user=default resp=${session.protocol} lib-name=${session.library.name} lib-ver=${session.library.version}`;
}

function client(call: Call): Reply {
  const [subcommand, ...rest] = call.args as [string, ...string[]];
  const { server, session } = call;
  switch (subcommand.toUpperCase()) {
    case "ID":
      return session.id;
    case "GETNAME":
      return session.name === "" ? null : session.name;
    case "SETNAME":
      session.name = checkedName(rest[0] ?? "");
      return ok;
    case "SETINFO": {
      const [attribute, value] = [rest[0]?.toUpperCase(), rest[1]];
      if (value === undefined || (attribute !== "LIB-NAME" && attribute !== "LIB-VER"))
        throw new RedisError(`ERR Unrecognized option '${rest[0]}'`);
      session.library[attribute === "LIB-NAME" ? "name" : "version"] = checkedName(value);
      return ok;
    }
    case "INFO":
      return { text: `${describe(session, server.nowMs())}\n` };
    case "LIST":
      return { text: [...server.sessions.values()].map((each) => `${describe(each, server.nowMs())}\n`).join("") };
    case "NO-EVICT":
    case "NO-TOUCH":
      return ok;
    case "KILL": {
      const wanted =
        rest[0]?.toUpperCase() === "ID"
          ? (each: Session) => String(each.id) === rest[1]
          : rest[0]?.toUpperCase() === "ADDR"
            ? (each: Session) => each.address === rest[1]
            : (each: Session) => each.address === rest[0];
      const found = [...server.sessions.values()].filter(wanted);
      for (const each of found) each.end();
      if (rest.length === 1 && found.length === 0) throw new RedisError("ERR No such client");
      return rest.length === 1 ? ok : found.length;
    }
    case "UNBLOCK": {
      const found = server.sessions.get(Number(integer(rest[0])));
      if (!found?.blocked) return 0;
      found.blocked.done(
        rest[1]?.toUpperCase() === "ERROR"
          ? new RedisError("UNBLOCKED client unblocked via CLIENT UNBLOCK")
          : found.blocked.waiting.onTimeout,
      );
      return 1;
    }
    default:
      throw new RedisError(`ERR unknown subcommand '${subcommand}'. Try CLIENT HELP.`);
  }
}

function config(call: Call): Reply {
  const [subcommand, ...rest] = call.args as [string, ...string[]];
  const { server } = call;
  switch (subcommand.toUpperCase()) {
    case "GET": {
      const patterns = rest.map((pattern) => globMatcher(pattern.toLowerCase()));
      return { map: [...server.configuration].filter(([name]) => patterns.some((matches) => matches(name))) };
    }
    case "SET":
      for (let at = 0; at < rest.length; at += 2) {
        const name = rest[at]!.toLowerCase();
        if (!server.configuration.has(name))
          throw new RedisError(`ERR Unknown option or number of arguments for CONFIG SET - '${rest[at]}'`);
        // A setting that has no effect here would be a lie; those that have one are set by the cluster's parameter group.
        throw new RedisError(`ERR CONFIG SET failed (possibly related to argument '${rest[at]}') - can't set immutable config`);
      }
      throw new RedisError("ERR wrong number of arguments for 'config|set' command");
    case "RESETSTAT":
      server.statistics.commands = 0;
      server.statistics.connections = 0;
      return ok;
    default:
      throw new RedisError(`ERR unknown subcommand '${subcommand}'. Try CONFIG HELP.`);
  }
}

function commandInfo(name: string, row: Command): Reply {
  const [first, last, step] = row.keys ?? [0, 0, 0];
  return [name.toLowerCase(), row.arity, { set: row.flags.map((flag) => ({ simple: flag })) }, first, last, step, { set: [] }, [], [], []];
}

function commandCommand(call: Call): Reply {
  const [subcommand, ...rest] = call.args;
  const { commands } = call.server;
  switch (subcommand?.toUpperCase()) {
    case undefined:
      return Object.entries(commands).map(([name, row]) => commandInfo(name, row));
    case "COUNT":
      return Object.keys(commands).length;
    case "INFO":
      return (rest.length > 0 ? rest.map((name) => name.toUpperCase()) : Object.keys(commands)).map((name) =>
        commands[name] ? commandInfo(name, commands[name]) : nullArray,
      );
    case "LIST":
      return Object.keys(commands).map((name) => name.toLowerCase());
    case "DOCS":
      return { map: [] };
    case "GETKEYS": {
      const row = commands[rest[0]?.toUpperCase() ?? ""];
      if (!row) throw new RedisError("ERR Invalid command specified");
      if (!row.keys) throw new RedisError("ERR The command has no key arguments");
      const [first, last, step] = row.keys;
      const end = last < 0 ? rest.length + last : last;
      return rest.filter((_, index) => index >= first && index <= end && (index - first) % step === 0);
    }
    default:
      throw new RedisError(`ERR unknown subcommand '${subcommand}'. Try COMMAND HELP.`);
  }
}

type Kind = "channels" | "patterns" | "shardChannels";
const words: Record<Kind, [on: string, off: string]> = {
  channels: ["subscribe", "unsubscribe"],
  patterns: ["psubscribe", "punsubscribe"],
  shardChannels: ["ssubscribe", "sunsubscribe"],
};

function total(session: Session, kind: Kind): number {
  return kind === "shardChannels" ? session.shardChannels.size : session.channels.size + session.patterns.size;
}

function subscribe(kind: Kind) {
  return ({ session, args }: Call): undefined => {
    for (const name of args) {
      session[kind].add(name);
      session.send({ push: [words[kind][0], name, total(session, kind)] });
    }
  };
}

function unsubscribe(kind: Kind) {
  return ({ session, args }: Call): undefined => {
    const names = args.length > 0 ? args : [...session[kind]];
    if (names.length === 0) session.send({ push: [words[kind][1], null, total(session, kind)] });
    for (const name of names) {
      session[kind].delete(name);
      session.send({ push: [words[kind][1], name, total(session, kind)] });
    }
  };
}

function pubsub(call: Call): Reply {
  const [subcommand, ...rest] = call.args as [string, ...string[]];
  const every = [...call.server.sessions.values()];
  const active = (kind: Kind) => new Set(every.flatMap((each) => [...each[kind]]));
  const numbers = (kind: Kind) => rest.flatMap((name) => [name, every.filter((each) => each[kind].has(name)).length]);
  switch (subcommand.toUpperCase()) {
    case "CHANNELS":
      return [...active("channels")].filter(globMatcher(rest[0] ?? "*"));
    case "SHARDCHANNELS":
      return [...active("shardChannels")].filter(globMatcher(rest[0] ?? "*"));
    case "NUMSUB":
      return numbers("channels");
    case "SHARDNUMSUB":
      return numbers("shardChannels");
    case "NUMPAT":
      return active("patterns").size;
    default:
      throw new RedisError(`ERR unknown subcommand '${subcommand}'. Try PUBSUB HELP.`);
  }
}

const free = "noscript loading stale fast";

export const connection: Commands = {
  AUTH: command(-2, `${free} no_auth`, null, (call) => {
    if (call.args.length > 2) throw syntaxError();
    authenticate(call, call.args);
    return ok;
  }),
  HELLO: command(-1, `${free} no_auth`, null, hello),
  PING: command(-1, "fast", null, ({ session, args }) => {
    if (args.length > 1) throw new RedisError("ERR wrong number of arguments for 'ping' command");
    if (session.protocol === 2 && session.channels.size + session.patterns.size + session.shardChannels.size > 0)
      return ["pong", args[0] ?? ""];
    return args[0] ?? { simple: "PONG" };
  }),
  ECHO: command(2, "fast", null, ({ args }) => args[0]!),
  QUIT: command(-1, `${free} no_auth`, null, ({ session }) => {
    session.send(ok);
    session.end();
    return undefined;
  }),
  RESET: command(1, `${free} no_auth`, null, ({ session, server }) => {
    Object.assign(session, { protocol: 2, database: 0, name: "", queue: undefined, dirty: false, authenticated: !server.needsPassword() });
    for (const each of [session.watched, session.channels, session.patterns, session.shardChannels]) each.clear();
    return { simple: "RESET" };
  }),
  SELECT: command(2, "loading stale fast", null, ({ session, server, args }) => {
    if (!/^-?\d+$/.test(args[0]!)) throw new RedisError("ERR invalid DB index");
    session.database = server.database(count(args[0])).index;
    return ok;
  }),
  SWAPDB: command(3, "write fast", null, ({ server, args }) => {
    server.swap(count(args[0]), count(args[1]));
    return ok;
  }),
  CLIENT: command(-2, "noscript loading stale", null, client),
  CONFIG: command(-2, "admin noscript loading stale", null, config),
  INFO: command(-1, "loading stale", null, ({ server, args }) => ({
    text: server.information(args.map((section) => section.toLowerCase())),
  })),
  COMMAND: command(-1, "loading stale", null, commandCommand),
  TIME: command(1, "loading stale fast", null, ({ server }) => [
    String(Math.floor(server.nowMs() / 1000)),
    String((server.nowMs() % 1000) * 1000),
  ]),
  ROLE: command(1, "noscript loading stale fast", null, () => ["master", 0, []]),
  LASTSAVE: command(1, "loading stale fast", null, ({ server }) => Math.floor(server.nowMs() / 1000)),
  WAIT: command(3, "noscript", null, () => 0),
  LOLWUT: command(-1, "readonly fast", null, ({ server }) => ({ text: `Redis ver. ${server.version}\n` })),
  MULTI: command(1, "noscript loading stale fast", null, ({ session }) => {
    if (session.queue) throw new RedisError("ERR MULTI calls can not be nested");
    session.queue = { commands: [], faulty: false };
    return ok;
  }),
  EXEC: command(1, "noscript loading stale", null, ({ server, session }) => server.execute(session)),
  DISCARD: command(1, "noscript loading stale fast", null, ({ session }) => {
    if (!session.queue) throw new RedisError("ERR DISCARD without MULTI");
    session.queue = undefined;
    session.watched.clear();
    session.dirty = false;
    return ok;
  }),
  WATCH: command(-2, "noscript loading stale fast no_multi", [1, -1, 1], ({ session, args }) => {
    if (session.queue) throw new RedisError("ERR WATCH inside MULTI is not allowed");
    for (const key of args) session.watched.add(`${session.database} ${key}`);
    return ok;
  }),
  UNWATCH: command(1, "noscript loading stale fast", null, ({ session }) => {
    session.watched.clear();
    session.dirty = false;
    return ok;
  }),
  PUBLISH: command(3, "pubsub loading stale fast", null, ({ server, args }) => server.publish("channels", args[0]!, args[1]!)),
  SPUBLISH: command(3, "pubsub loading stale fast", null, ({ server, args }) => server.publish("shardChannels", args[0]!, args[1]!)),
  SUBSCRIBE: command(-2, "pubsub noscript loading stale", null, subscribe("channels")),
  UNSUBSCRIBE: command(-1, "pubsub noscript loading stale", null, unsubscribe("channels")),
  PSUBSCRIBE: command(-2, "pubsub noscript loading stale", null, subscribe("patterns")),
  PUNSUBSCRIBE: command(-1, "pubsub noscript loading stale", null, unsubscribe("patterns")),
  SSUBSCRIBE: command(-2, "pubsub noscript loading stale", null, subscribe("shardChannels")),
  SUNSUBSCRIBE: command(-1, "pubsub noscript loading stale", null, unsubscribe("shardChannels")),
  PUBSUB: command(-2, "pubsub loading stale", null, pubsub),
};
