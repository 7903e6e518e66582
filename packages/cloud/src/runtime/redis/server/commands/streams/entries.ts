/** The entries of streams: XADD, XRANGE and what cuts, removes and counts them. */
import { count } from "../../arguments.ts";
import { type Call, command, type Commands, oneKey } from "../../command.ts";
import { nullArray, ok, RedisError, type Reply, syntaxError } from "../../reply.ts";
import {
  compareIds,
  entryAt,
  idText,
  lowerBound,
  maxSeq,
  newStream,
  nextId,
  parseBound,
  parseId,
  range,
  type Stream,
  type StreamId,
  zeroId,
} from "../../stream.ts";
import { shown, streamAt } from "./entry.ts";
import { parseTrim, type Trim, trimmed } from "./trim.ts";

function add(call: Call): Reply {
  const [key, ...rest] = call.args as [string, ...string[]];
  let [at, noMake] = [0, false];
  let trim: Trim | undefined;
  for (; at < rest.length; at++) {
    const option = rest[at]!.toUpperCase();
    if (option === "NOMKSTREAM") noMake = true;
    else if (option === "MAXLEN" || option === "MINID") {
      const parsed = parseTrim(rest, at);
      trim = parsed.trim;
      at += parsed.words - 1;
    } else break;
  }
  const idGiven = rest[at];
  const fields = rest.slice(at + 1);
  if (idGiven === undefined || fields.length === 0 || fields.length % 2)
    throw new RedisError("ERR wrong number of arguments for 'xadd' command");
  if (idGiven !== "*" && !/^\d+-\*$/.test(idGiven) && compareIds(parseId(idGiven, 0n), zeroId) === 0)
    throw new RedisError("ERR The ID specified in XADD must be greater than 0-0");
  if (/^\d+-\*$/.test(idGiven)) parseId(idGiven.slice(0, -2), 0n);
  const before = streamAt(call, key);
  if (!before && noMake) return null;
  const stream = before ?? newStream();
  const id = newId(call, stream, idGiven);
  if (compareIds(id, stream.lastId) <= 0)
    throw new RedisError("ERR The ID specified in XADD is equal or smaller than the target stream top item");
  if (!before) call.db.set(key, { type: "stream", value: stream });
  stream.entries.push({ id, fields });
  stream.lastId = id;
  stream.added++;
  if (trim) trimmed(stream, trim);
  call.propagate([
    "XADD",
    key,
    ...(trim ? (trim.kind === "MAXLEN" ? ["MAXLEN", trim.maxLength] : ["MINID", idText(trim.minId)]) : []),
    idText(id),
    ...fields,
  ]);
  call.db.touch(key);
  return idText(id);
}

function newId(call: Call, stream: Stream, given: string): StreamId {
  if (given === "*") {
    const now = BigInt(call.server.nowMs());
    return now > stream.lastId.ms ? { ms: now, seq: 0n } : nextId(stream.lastId);
  }
  if (!given.endsWith("-*")) return parseId(given, 0n);
  const { ms } = parseId(given.slice(0, -2), 0n);
  if (ms !== stream.lastId.ms) return { ms, seq: 0n };
  if (stream.lastId.seq === maxSeq)
    throw new RedisError("ERR The ID specified in XADD is equal or smaller than the target stream top item");
  return { ms, seq: stream.lastId.seq + 1n };
}

function rangeOf(reverse: boolean) {
  return (call: Call): Reply => {
    const [key, a, b, option, limitText, ...rest] = call.args as [string, ...string[]];
    const [low, high] = reverse ? [b, a] : [a, b];
    const [from, to] = [parseBound(low, "start"), parseBound(high, "stop")];
    if (rest.length > 0 || (option !== undefined && (option.toUpperCase() !== "COUNT" || limitText === undefined))) throw syntaxError();
    const limit = limitText === undefined ? Infinity : count(limitText);
    const stream = streamAt(call, key);
    if (!stream) return [];
    if (limit <= 0) return limitText === "0" ? nullArray : [];
    const found = range(stream, from, to, reverse ? Infinity : limit);
    return (reverse ? found.toReversed().slice(0, limit) : found).map(shown);
  };
}

export const entries: Commands = {
  XADD: command(-5, "write denyoom fast", oneKey, add),
  XLEN: command(2, "readonly fast", oneKey, (call) => streamAt(call, call.args[0]!)?.entries.length ?? 0),
  XRANGE: command(-4, "readonly", oneKey, rangeOf(false)),
  XREVRANGE: command(-4, "readonly", oneKey, rangeOf(true)),
  XDEL: command(-3, "write fast", oneKey, (call) => {
    const stream = streamAt(call, call.args[0]!);
    if (!stream) return 0;
    const ids = call.args.slice(1).map((id) => parseId(id, 0n));
    let removed = 0;
    for (const id of ids) {
      if (!entryAt(stream, id)) continue;
      stream.entries.splice(lowerBound(stream, id), 1);
      if (compareIds(id, stream.maxDeletedId) > 0) stream.maxDeletedId = id;
      removed++;
    }
    if (removed > 0) call.db.touch(call.args[0]!);
    return removed;
  }),
  XTRIM: command(-4, "write", oneKey, (call) => {
    if (!["MAXLEN", "MINID"].includes(call.args[1]!.toUpperCase())) throw syntaxError();
    const { trim, words } = parseTrim(call.args, 1);
    if (words !== call.args.length - 1) throw syntaxError();
    const stream = streamAt(call, call.args[0]!);
    const removed = stream ? trimmed(stream, trim) : 0;
    if (removed > 0) call.db.touch(call.args[0]!);
    return removed;
  }),
  XSETID: command(-3, "write denyoom fast", oneKey, (call) => {
    const stream = streamAt(call, call.args[0]!);
    if (!stream) throw new RedisError("ERR no such key");
    const id = parseId(call.args[1], 0n);
    const top = stream.entries.at(-1);
    if (top && compareIds(id, top.id) < 0)
      throw new RedisError("ERR The ID specified in XSETID is smaller than the target stream top item");
    stream.lastId = id;
    for (let at = 2; at < call.args.length; at += 2) {
      if (call.args[at]!.toUpperCase() === "ENTRIESADDED") stream.added = count(call.args[at + 1]);
      else if (call.args[at]!.toUpperCase() === "MAXDELETEDID") stream.maxDeletedId = parseId(call.args[at + 1], 0n);
      else throw syntaxError();
    }
    return ok;
  }),
};
