/** Publish and subscribe: channels, patterns and sharded channels. */
import { type Call, command, type Commands, type Server } from "../command.ts";
import { globMatcher } from "../glob.ts";
import { RedisError, type Reply } from "../reply.ts";
import type { Session } from "../session.ts";

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

/** Gives a message to who listens; how many did. */
export function published(server: Pick<Server, "sessions">, kind: "channels" | "shardChannels", channel: string, message: string): number {
  let receivers = 0;
  for (const session of server.sessions.values()) {
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
}

function publish(kind: "channels" | "shardChannels") {
  return ({ server, args }: Call): Reply => published(server, kind, args[0]!, args[1]!);
}

export const publishing: Commands = {
  PUBLISH: command(3, "pubsub loading stale fast", null, publish("channels")),
  SPUBLISH: command(3, "pubsub loading stale fast", null, publish("shardChannels")),
  SUBSCRIBE: command(-2, "pubsub noscript loading stale", null, subscribe("channels")),
  UNSUBSCRIBE: command(-1, "pubsub noscript loading stale", null, unsubscribe("channels")),
  PSUBSCRIBE: command(-2, "pubsub noscript loading stale", null, subscribe("patterns")),
  PUNSUBSCRIBE: command(-1, "pubsub noscript loading stale", null, unsubscribe("patterns")),
  SSUBSCRIBE: command(-2, "pubsub noscript loading stale", null, subscribe("shardChannels")),
  SUNSUBSCRIBE: command(-1, "pubsub noscript loading stale", null, unsubscribe("shardChannels")),
  PUBSUB: command(-2, "pubsub loading stale", null, pubsub),
};
