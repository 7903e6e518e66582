/** The server itself: CONFIG, INFO, COMMAND, and what monitors and drivers ask of it. */
import { count } from "../arguments.ts";
import { type Call, type Command, command, type Commands } from "../command.ts";
import { globMatcher } from "../glob.ts";
import { nullArray, ok, RedisError, type Reply } from "../reply.ts";
import { information } from "./information.ts";

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

function slowLog(call: Call): Reply {
  const [subcommand, amountText] = call.args as [string, ...string[]];
  const { slowLog: log } = call.server;
  switch (subcommand.toUpperCase()) {
    case "GET": {
      const amount = amountText === undefined ? 10 : count(amountText);
      if (amount < -1) throw new RedisError("ERR count should be greater than or equal to -1");
      return log
        .entries()
        .slice(0, amount === -1 ? undefined : amount)
        .map((each) => [each.id, each.atSeconds, each.tookMicroseconds, each.words, each.client, each.clientName]);
    }
    case "LEN":
      return log.entries().length;
    case "RESET":
      log.clear();
      return ok;
    default:
      throw new RedisError(`ERR unknown subcommand '${subcommand}'. Try SLOWLOG HELP.`);
  }
}

/** One user, who may do everything: passwords are the only rights that this server knows. */
function acl(call: Call): Reply {
  const [subcommand] = call.args as [string];
  switch (subcommand.toUpperCase()) {
    case "WHOAMI":
      return "default";
    case "USERS":
      return ["default"];
    case "LIST":
      return [`user default on ${call.server.needsPassword() ? "" : "nopass "}~* &* +@all`];
    default:
      throw new RedisError(`ERR unknown subcommand '${subcommand}'. Try ACL HELP.`);
  }
}

const noCluster = () => new RedisError("ERR This instance has cluster support disabled");

export const administration: Commands = {
  SLOWLOG: command(-2, "admin loading stale", null, slowLog),
  ACL: command(-2, "admin noscript loading stale", null, acl),
  CLUSTER: command(-2, "admin stale", null, () => {
    throw noCluster();
  }),
  READONLY: command(1, "loading stale fast", null, () => {
    throw noCluster();
  }),
  READWRITE: command(1, "loading stale fast", null, () => {
    throw noCluster();
  }),
  SWAPDB: command(3, "write fast", null, ({ server, args }) => {
    server.swap(count(args[0]), count(args[1]));
    return ok;
  }),
  CONFIG: command(-2, "admin noscript loading stale", null, config),
  INFO: command(-1, "loading stale", null, ({ server, args }) => ({
    text: information(
      server,
      args.map((section) => section.toLowerCase()),
    ),
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
};
