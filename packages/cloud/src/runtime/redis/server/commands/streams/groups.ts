/** Consumer groups: XGROUP, XACK, and what was delivered and not acknowledged (XPENDING). */
import { count } from "../../arguments.ts";
import { type Call, command, type Commands, oneKey } from "../../command.ts";
import { nullArray, ok, RedisError, type Reply, syntaxError } from "../../reply.ts";
import { compareIds, type Group, idText, newStream, parseBound, parseId, type Pending, type Stream } from "../../stream.ts";
import { streamAt } from "./entry.ts";

const noGroup = (key: string, group: string, where = "") =>
  new RedisError(`NOGROUP No such key '${key}' or consumer group '${group}'${where}`);

export function groupOf(call: Call, key: string, name: string, where?: string): { stream: Stream; group: Group } {
  const stream = streamAt(call, key);
  const group = stream?.groups.get(name);
  if (!stream || !group) throw noGroup(key, name, where);
  return { stream, group };
}

export function pendingInOrder(group: Group): Pending[] {
  return [...group.pending.values()].sort((a, b) => compareIds(a.id, b.id));
}

function groupCommand(call: Call): Reply {
  const [subcommand, key, name, ...rest] = call.args as [string, string, string, ...string[]];
  const upper = subcommand.toUpperCase();
  const idOf = (text: string | undefined, stream: Stream) => (text === "$" ? stream.lastId : parseId(text, 0n));
  const missingKey = () =>
    new RedisError(
      "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.",
    );
  if (upper === "CREATE") {
    const make = rest.some((option) => option.toUpperCase() === "MKSTREAM");
    let stream = streamAt(call, key);
    if (!stream && !make) throw missingKey();
    if (!stream) {
      stream = newStream();
      call.db.set(key, { type: "stream", value: stream });
    }
    const lastId = idOf(rest[0], stream);
    if (stream.groups.has(name)) throw new RedisError("BUSYGROUP Consumer Group name already exists");
    stream.groups.set(name, { lastId, entriesRead: undefined, pending: new Map(), consumers: new Map() });
    call.db.touch(key);
    return ok;
  }
  const stream = streamAt(call, key);
  if (!stream) throw missingKey();
  if (upper === "DESTROY") {
    const was = stream.groups.delete(name);
    call.db.touch(key);
    return was ? 1 : 0;
  }
  const group = stream.groups.get(name);
  if (!group) throw new RedisError(`NOGROUP No such consumer group '${name}' for key name '${key}'`);
  if (upper === "SETID") {
    group.lastId = idOf(rest[0], stream);
    group.entriesRead = undefined;
    return ok;
  }
  if (upper === "CREATECONSUMER") {
    if (group.consumers.has(rest[0]!)) return 0;
    group.consumers.set(rest[0]!, { seenMs: call.server.nowMs() });
    return 1;
  }
  if (upper === "DELCONSUMER") {
    const own = pendingInOrder(group).filter(({ consumer }) => consumer === rest[0]);
    for (const { id } of own) group.pending.delete(idText(id));
    group.consumers.delete(rest[0]!);
    return own.length;
  }
  throw new RedisError(`ERR unknown subcommand '${subcommand}'. Try XGROUP HELP.`);
}

function pendingCommand(call: Call): Reply {
  const [key, name, ...rest] = call.args as [string, string, ...string[]];
  const { group } = groupOf(call, key, name);
  const all = pendingInOrder(group);
  if (rest.length === 0) {
    const counts = new Map<string, number>();
    for (const { consumer } of all) counts.set(consumer, (counts.get(consumer) ?? 0) + 1);
    if (all.length === 0) return [0, null, null, nullArray];
    return [
      all.length,
      idText(all[0]!.id),
      idText(all.at(-1)!.id),
      [...counts].sort().map(([consumer, total]) => [consumer, String(total)]),
    ];
  }
  let idleMs = 0;
  if (rest[0]!.toUpperCase() === "IDLE") {
    idleMs = count(rest[1]);
    rest.splice(0, 2);
  }
  const [low, high, limit, consumer] = rest;
  if (limit === undefined) throw syntaxError();
  const [from, to] = [parseBound(low, "start"), parseBound(high, "stop")];
  const now = call.server.nowMs();
  return all
    .filter(
      (each) =>
        compareIds(each.id, from) >= 0 &&
        compareIds(each.id, to) <= 0 &&
        (consumer === undefined || each.consumer === consumer) &&
        now - each.deliveredMs >= idleMs,
    )
    .slice(0, Math.max(0, count(limit)))
    .map((each) => [idText(each.id), each.consumer, now - each.deliveredMs, each.deliveries]);
}

export const groups: Commands = {
  XGROUP: command(-2, "write", [2, 2, 1], groupCommand),
  XACK: command(-4, "write fast", oneKey, (call) => {
    const group = streamAt(call, call.args[0]!)?.groups.get(call.args[1]!);
    if (!group) return 0;
    const ids = call.args.slice(2).map((id) => parseId(id, 0n));
    return ids.filter((id) => group.pending.delete(idText(id))).length;
  }),
  XPENDING: command(-3, "readonly", oneKey, pendingCommand),
};
