/** XINFO: what a stream, its groups and their consumers are like. */
import { type Call, command, type Commands } from "../../command.ts";
import { RedisError, type Reply } from "../../reply.ts";
import { idText, lowerBound, nextId } from "../../stream.ts";
import { shown, streamAt } from "./entry.ts";

function describe(call: Call): Reply {
  const [subcommand, key, name] = call.args as [string, string, string];
  const stream = key === undefined ? undefined : streamAt(call, key);
  if (!stream) throw new RedisError("ERR no such key");
  const now = call.server.nowMs();
  const upper = subcommand.toUpperCase();
  if (upper === "STREAM") {
    const [first, last] = [stream.entries[0], stream.entries.at(-1)];
    return {
      map: [
        ["length", stream.entries.length],
        ["radix-tree-keys", stream.entries.length > 0 ? 1 : 0],
        ["radix-tree-nodes", stream.entries.length > 0 ? 2 : 1],
        ["last-generated-id", idText(stream.lastId)],
        ["max-deleted-entry-id", idText(stream.maxDeletedId)],
        ["entries-added", stream.added],
        ["recorded-first-entry-id", first ? idText(first.id) : "0-0"],
        ["groups", stream.groups.size],
        ["first-entry", first ? shown(first) : null],
        ["last-entry", last ? shown(last) : null],
      ],
    };
  }
  if (upper === "GROUPS") {
    return [...stream.groups].map(([groupName, group]) => ({
      map: [
        ["name", groupName],
        ["consumers", group.consumers.size],
        ["pending", group.pending.size],
        ["last-delivered-id", idText(group.lastId)],
        ["entries-read", group.entriesRead ?? null],
        ["lag", stream.entries.length - lowerBound(stream, nextId(group.lastId))],
      ],
    }));
  }
  if (upper === "CONSUMERS") {
    const group = stream.groups.get(name);
    if (!group) throw new RedisError(`NOGROUP No such consumer group '${name}' for key name '${key}'`);
    return [...group.consumers].map(([consumer, { seenMs }]) => ({
      map: [
        ["name", consumer],
        ["pending", [...group.pending.values()].filter((pending) => pending.consumer === consumer).length],
        ["idle", now - seenMs],
      ],
    }));
  }
  throw new RedisError(`ERR unknown subcommand '${subcommand}'. Try XINFO HELP.`);
}

export const information: Commands = {
  XINFO: command(-2, "readonly", [2, 2, 1], describe),
};
