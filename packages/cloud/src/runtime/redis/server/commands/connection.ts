/** A connection: who it is (AUTH, HELLO), what it is called and which database it is on. */
import { count, integer } from "../arguments.ts";
import { type Call, command, type Commands } from "../command.ts";
import { ok, RedisError, type Reply, syntaxError } from "../reply.ts";
import { isSubscriber, type Session } from "../session.ts";

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

const always = "noscript loading stale fast";

export const connection: Commands = {
  AUTH: command(-2, `${always} no_auth`, null, (call) => {
    if (call.args.length > 2) throw syntaxError();
    authenticate(call, call.args);
    return ok;
  }),
  HELLO: command(-1, `${always} no_auth`, null, hello),
  PING: command(-1, "fast", null, ({ session, args }) => {
    if (args.length > 1) throw new RedisError("ERR wrong number of arguments for 'ping' command");
    if (isSubscriber(session)) return ["pong", args[0] ?? ""];
    return args[0] ?? { simple: "PONG" };
  }),
  ECHO: command(2, "fast", null, ({ args }) => args[0]!),
  QUIT: command(-1, `${always} no_auth`, null, ({ session }) => {
    session.send(ok);
    session.end();
    return undefined;
  }),
  RESET: command(1, `${always} no_auth`, null, ({ session, server }) => {
    Object.assign(session, { protocol: 2, database: 0, name: "", queue: undefined, dirty: false, authenticated: !server.needsPassword() });
    for (const each of [session.watched, session.channels, session.patterns, session.shardChannels]) each.clear();
    return { simple: "RESET" };
  }),
  SELECT: command(2, "loading stale fast", null, ({ session, server, args }) => {
    if (!/^-?\d+$/.test(args[0]!)) throw new RedisError("ERR invalid DB index");
    session.database = server.database(count(args[0])).index;
    return ok;
  }),
  CLIENT: command(-2, "noscript loading stale", null, client),
};
