/** XREAD and XREADGROUP, which wait where they are asked to. */
import { count } from "../../arguments.ts";
import { type Call, command, type Commands } from "../../command.ts";
import { nullArray, RedisError, type Reply, syntaxError } from "../../reply.ts";
import { compareIds, entryAt, idText, maxId, nextId, parseId, range, zeroId } from "../../stream.ts";
import type { Propagate, Waiting } from "../../waiting.ts";
import { shown, streamAt } from "./entry.ts";
import { groupOf, pendingInOrder } from "./groups.ts";

interface ReadRequest {
  limit: number;
  blockMs: number | undefined;
  noAck: boolean;
  group?: { name: string; consumer: string };
  keys: string[];
  ids: string[];
}

function parseRead(args: readonly string[], grouped: boolean): ReadRequest {
  const request: ReadRequest = { limit: Infinity, blockMs: undefined, noAck: false, keys: [], ids: [] };
  const name = grouped ? "xreadgroup" : "xread";
  let at = 0;
  for (; at < args.length; at++) {
    const option = args[at]!.toUpperCase();
    if (option === "COUNT") request.limit = count(args[++at]) > 0 ? count(args[at]) : Infinity;
    else if (option === "BLOCK") {
      if (!/^-?\d+$/.test(args[at + 1] ?? "")) throw new RedisError("ERR timeout is not an integer or out of range");
      request.blockMs = count(args[++at]);
      if (request.blockMs < 0) throw new RedisError("ERR timeout is negative");
    } else if (option === "NOACK" && grouped) request.noAck = true;
    else if (option === "GROUP" && grouped && args.length > at + 2) {
      request.group = { name: args[at + 1]!, consumer: args[at + 2]! };
      at += 2;
    } else if (option === "STREAMS") break;
    else throw syntaxError();
  }
  const rest = args.slice(at + 1);
  if (at >= args.length) throw syntaxError();
  if (grouped && !request.group) throw new RedisError("ERR Missing GROUP option for XREADGROUP");
  if (rest.length === 0 || rest.length % 2)
    throw new RedisError(
      `ERR Unbalanced '${name}' list of streams: for each stream key an ID or '${grouped ? ">" : "$"}' must be specified.`,
    );
  request.keys = rest.slice(0, rest.length / 2);
  request.ids = rest.slice(rest.length / 2);
  return request;
}

const resultOf = (call: Call, found: readonly (readonly [string, Reply])[]): Reply =>
  call.session.protocol === 3 ? { map: found } : found;

function readNew(call: Call): Reply | Waiting {
  const { limit, blockMs, keys, ids } = parseRead(call.args, false);
  // Key by key, as Redis goes through them: a wrong type is told before a wrong id that comes later.
  const after = ids.map((id, index) => {
    const stream = streamAt(call, keys[index]!);
    return id === "$" ? (stream?.lastId ?? zeroId) : parseId(id, 0n);
  });
  const attempt = () => {
    const found = keys.flatMap((key, index): [string, Reply][] => {
      const stream = streamAt(call, key);
      if (!stream || compareIds(stream.lastId, after[index]!) <= 0 || compareIds(after[index]!, maxId) === 0) return [];
      const entries = range(stream, nextId(after[index]!), maxId, limit);
      return entries.length > 0 ? [[key, entries.map(shown)]] : [];
    });
    return found.length > 0 ? resultOf(call, found) : undefined;
  };
  if (blockMs === undefined) return attempt() ?? nullArray;
  return { waiting: true, keys, timeoutMs: blockMs, attempt, onTimeout: nullArray };
}

function readGroup(call: Call): Reply | Waiting {
  const { limit, blockMs, keys, ids, noAck, group: asked } = parseRead(call.args, true);
  const { name, consumer } = asked!;
  const attempt = (propagate: Propagate) => {
    const found: [string, Reply][] = [];
    const effects: (string | number)[][] = [];
    keys.forEach((key, index) => {
      const { stream, group } = groupOf(call, key, name, " in XREADGROUP with GROUP option");
      if (!group.consumers.has(consumer)) effects.push(["XGROUP", "CREATECONSUMER", key, name, consumer]);
      group.consumers.set(consumer, { seenMs: call.server.nowMs() });
      if (ids[index] !== ">") {
        const after = parseId(ids[index], 0n);
        const own = pendingInOrder(group).filter((pending) => pending.consumer === consumer && compareIds(pending.id, after) > 0);
        found.push([key, own.slice(0, limit).map(({ id }): Reply => [idText(id), entryAt(stream, id)?.fields ?? nullArray])]);
        return;
      }
      const entries = range(stream, nextId(group.lastId), maxId, limit);
      if (entries.length === 0) return;
      for (const { id } of entries) {
        group.lastId = id;
        if (group.entriesRead !== undefined) group.entriesRead++;
        if (noAck) continue;
        group.pending.set(idText(id), { id, consumer, deliveredMs: call.server.nowMs(), deliveries: 1 });
        effects.push([
          "XCLAIM",
          key,
          name,
          consumer,
          0,
          idText(id),
          "TIME",
          call.server.nowMs(),
          "RETRYCOUNT",
          1,
          "FORCE",
          "JUSTID",
          "LASTID",
          idText(group.lastId),
        ]);
      }
      if (noAck) effects.push(["XGROUP", "SETID", key, name, idText(group.lastId)]);
      found.push([key, entries.map(shown)]);
    });
    propagate(...effects);
    return found.length > 0 ? resultOf(call, found) : undefined;
  };
  const first = attempt(call.propagate);
  if (first !== undefined || blockMs === undefined) return first ?? nullArray;
  return { waiting: true, keys, timeoutMs: blockMs, attempt, onTimeout: nullArray };
}

export const reads: Commands = {
  XREAD: command(-4, "readonly blocking", null, readNew),
  XREADGROUP: command(-7, "write blocking", null, readGroup),
};
