/** Streams and their consumer groups. */
import { type Call, command, type Commands, count, type Waiting } from "../command.ts";
import { nullArray, ok, RedisError, type Reply, syntaxError } from "../reply.ts";
import {
  compareIds,
  entryAt,
  type Group,
  idText,
  lowerBound,
  maxId,
  maxSeq,
  newStream,
  nextId,
  parseBound,
  parseId,
  type Pending,
  range,
  type Stream,
  type StreamEntry,
  type StreamId,
  zeroId,
} from "../stream.ts";

const one: [number, number, number] = [1, 1, 1];
const read = ({ db }: Call, key: string) => db.value(key, "stream");
const shown = ({ id, fields }: StreamEntry): Reply => [idText(id), fields];

interface Trim {
  kind: "MAXLEN" | "MINID";
  maxLength: number;
  minId: StreamId;
}

/** `MAXLEN|MINID [=|~] threshold [LIMIT count]`; an approximate trim is done exactly. Answers how many words it took. */
function parseTrim(args: readonly string[], at: number): { trim: Trim; words: number } {
  const kind = args[at]!.toUpperCase() as Trim["kind"];
  let next = at + 1;
  const approximate = args[next] === "~";
  if (approximate || args[next] === "=") next++;
  const threshold = args[next++];
  if (threshold === undefined) throw syntaxError();
  const trim: Trim = { kind, maxLength: 0, minId: zeroId };
  if (kind === "MAXLEN") {
    trim.maxLength = count(threshold);
    if (trim.maxLength < 0) throw new RedisError("ERR The MAXLEN argument must be >= 0.");
  } else trim.minId = parseId(threshold, 0n);
  if (args[next]?.toUpperCase() === "LIMIT") {
    if (!approximate) throw new RedisError("ERR syntax error, LIMIT cannot be used without the special ~ option");
    count(args[next + 1]);
    next += 2;
  }
  return { trim, words: next - at };
}

function trimmed(stream: Stream, { kind, maxLength, minId }: Trim): number {
  const surplus = kind === "MAXLEN" ? Math.max(0, stream.entries.length - maxLength) : lowerBound(stream, minId);
  const gone = stream.entries.splice(0, surplus);
  const last = gone.at(-1);
  if (last && compareIds(last.id, stream.maxDeletedId) > 0) stream.maxDeletedId = last.id;
  return surplus;
}

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
  const before = read(call, key);
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
    const stream = read(call, key);
    if (!stream) return [];
    if (limit <= 0) return limitText === "0" ? nullArray : [];
    const found = range(stream, from, to, reverse ? Infinity : limit);
    return (reverse ? found.toReversed().slice(0, limit) : found).map(shown);
  };
}

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
    const stream = read(call, keys[index]!);
    return id === "$" ? (stream?.lastId ?? zeroId) : parseId(id, 0n);
  });
  const attempt = () => {
    const found = keys.flatMap((key, index): [string, Reply][] => {
      const stream = read(call, key);
      if (!stream || compareIds(stream.lastId, after[index]!) <= 0 || compareIds(after[index]!, maxId) === 0) return [];
      const entries = range(stream, nextId(after[index]!), maxId, limit);
      return entries.length > 0 ? [[key, entries.map(shown)]] : [];
    });
    return found.length > 0 ? resultOf(call, found) : undefined;
  };
  if (blockMs === undefined) return attempt() ?? nullArray;
  return { waiting: true, keys, timeoutMs: blockMs, attempt, onTimeout: nullArray };
}

const noGroup = (key: string, group: string, where = "") =>
  new RedisError(`NOGROUP No such key '${key}' or consumer group '${group}'${where}`);

function groupOf(call: Call, key: string, name: string, where?: string): { stream: Stream; group: Group } {
  const stream = read(call, key);
  const group = stream?.groups.get(name);
  if (!stream || !group) throw noGroup(key, name, where);
  return { stream, group };
}

function readGroup(call: Call): Reply | Waiting {
  const { limit, blockMs, keys, ids, noAck, group: asked } = parseRead(call.args, true);
  const { name, consumer } = asked!;
  const attempt = (propagate: Call["propagate"]) => {
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

function pendingInOrder(group: Group): Pending[] {
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
    let stream = read(call, key);
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
  const stream = read(call, key);
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

function claim(call: Call): Reply {
  const [key, name, consumer, minIdleText, ...rest] = call.args as [string, string, string, string, ...string[]];
  const { stream, group } = groupOf(call, key, name);
  const minIdle = Math.max(0, count(minIdleText));
  const ids: StreamId[] = [];
  while (rest.length > 0 && /^\d+(-\d+)?$/.test(rest[0]!)) ids.push(parseId(rest.shift(), 0n));
  const now = call.server.nowMs();
  let [delivered, retries, force, justId] = [now, undefined as number | undefined, false, false];
  for (let at = 0; at < rest.length; at++) {
    const option = rest[at]!.toUpperCase();
    if (option === "FORCE") force = true;
    else if (option === "JUSTID") justId = true;
    else if (option === "IDLE") delivered = now - count(rest[++at]);
    else if (option === "TIME") delivered = count(rest[++at]);
    else if (option === "RETRYCOUNT") retries = count(rest[++at]);
    else if (option === "LASTID") {
      const last = parseId(rest[++at], 0n);
      if (compareIds(last, group.lastId) > 0) group.lastId = last;
    } else throw new RedisError(`ERR Unrecognized XCLAIM option '${rest[at]}'`);
  }
  const claimed: Reply[] = [];
  for (const id of ids) {
    let pending = group.pending.get(idText(id));
    const entry = entryAt(stream, id);
    if (!entry) {
      if (pending) group.pending.delete(idText(id));
      continue;
    }
    if (!pending) {
      if (!force) continue;
      pending = { id, consumer, deliveredMs: 0, deliveries: 0 };
      group.pending.set(idText(id), pending);
    } else if (now - pending.deliveredMs < minIdle) continue;
    pending.consumer = consumer;
    pending.deliveredMs = delivered;
    if (retries !== undefined) pending.deliveries = retries;
    else if (!justId) pending.deliveries++;
    claimed.push(justId ? idText(id) : shown(entry));
  }
  group.consumers.set(consumer, { seenMs: now });
  return claimed;
}

function autoClaim(call: Call): Reply {
  const [key, name, consumer, minIdleText, start, ...rest] = call.args as [string, string, string, string, string, ...string[]];
  const { stream, group } = groupOf(call, key, name);
  const minIdle = Math.max(0, count(minIdleText));
  const from = parseBound(start, "start");
  let [limit, justId] = [100, false];
  for (let at = 0; at < rest.length; at++) {
    const option = rest[at]!.toUpperCase();
    if (option === "COUNT") {
      limit = count(rest[++at]);
      if (limit < 1) throw new RedisError("ERR COUNT must be > 0");
    } else if (option === "JUSTID") justId = true;
    else throw syntaxError();
  }
  const now = call.server.nowMs();
  const candidates = pendingInOrder(group).filter(({ id }) => compareIds(id, from) >= 0);
  const claimed: Reply[] = [];
  const deleted: Reply[] = [];
  let [at, attempts] = [0, limit * 10];
  for (; at < candidates.length && claimed.length + deleted.length < limit && attempts > 0; at++, attempts--) {
    const pending = candidates[at]!;
    const entry = entryAt(stream, pending.id);
    if (!entry) {
      group.pending.delete(idText(pending.id));
      deleted.push(idText(pending.id));
      continue;
    }
    if (now - pending.deliveredMs < minIdle) continue;
    pending.consumer = consumer;
    pending.deliveredMs = now;
    if (!justId) pending.deliveries++;
    claimed.push(justId ? idText(pending.id) : shown(entry));
  }
  group.consumers.set(consumer, { seenMs: now });
  return [candidates[at] ? idText(candidates[at]!.id) : "0-0", claimed, deleted];
}

function information(call: Call): Reply {
  const [subcommand, key, name] = call.args as [string, string, string];
  const stream = key === undefined ? undefined : read(call, key);
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

export const streams: Commands = {
  XADD: command(-5, "write denyoom fast", one, add),
  XLEN: command(2, "readonly fast", one, (call) => read(call, call.args[0]!)?.entries.length ?? 0),
  XRANGE: command(-4, "readonly", one, rangeOf(false)),
  XREVRANGE: command(-4, "readonly", one, rangeOf(true)),
  XREAD: command(-4, "readonly blocking", null, readNew),
  XREADGROUP: command(-7, "write blocking", null, readGroup),
  XDEL: command(-3, "write fast", one, (call) => {
    const stream = read(call, call.args[0]!);
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
  XTRIM: command(-4, "write", one, (call) => {
    if (!["MAXLEN", "MINID"].includes(call.args[1]!.toUpperCase())) throw syntaxError();
    const { trim, words } = parseTrim(call.args, 1);
    if (words !== call.args.length - 1) throw syntaxError();
    const stream = read(call, call.args[0]!);
    const removed = stream ? trimmed(stream, trim) : 0;
    if (removed > 0) call.db.touch(call.args[0]!);
    return removed;
  }),
  XSETID: command(-3, "write denyoom fast", one, (call) => {
    const stream = read(call, call.args[0]!);
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
  XGROUP: command(-2, "write", [2, 2, 1], groupCommand),
  XACK: command(-4, "write fast", one, (call) => {
    const group = read(call, call.args[0]!)?.groups.get(call.args[1]!);
    if (!group) return 0;
    const ids = call.args.slice(2).map((id) => parseId(id, 0n));
    return ids.filter((id) => group.pending.delete(idText(id))).length;
  }),
  XPENDING: command(-3, "readonly", one, pendingCommand),
  XCLAIM: command(-6, "write fast", one, claim),
  XAUTOCLAIM: command(-6, "write fast", one, autoClaim),
  XINFO: command(-2, "readonly", [2, 2, 1], information),
};
