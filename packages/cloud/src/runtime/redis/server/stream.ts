/** A stream: entries under ascending ids, and the consumer groups that read them. */
import { RedisError } from "./reply.ts";

export interface StreamId {
  ms: bigint;
  seq: bigint;
}

export interface StreamEntry {
  id: StreamId;
  /** Fields and values in turn. */
  fields: readonly string[];
}

export interface Pending {
  id: StreamId;
  consumer: string;
  deliveredMs: number;
  deliveries: number;
}

export interface Group {
  lastId: StreamId;
  entriesRead: number | undefined;
  /** By id, in order of ids. */
  pending: Map<string, Pending>;
  consumers: Map<string, { seenMs: number }>;
}

export interface Stream {
  entries: StreamEntry[];
  lastId: StreamId;
  maxDeletedId: StreamId;
  added: number;
  groups: Map<string, Group>;
}

export const zeroId: StreamId = { ms: 0n, seq: 0n };
export const maxSeq = 2n ** 64n - 1n;
export const maxId: StreamId = { ms: maxSeq, seq: maxSeq };

export function newStream(): Stream {
  return { entries: [], lastId: zeroId, maxDeletedId: zeroId, added: 0, groups: new Map() };
}

export const idText = ({ ms, seq }: StreamId) => `${ms}-${seq}`;

export function compareIds(a: StreamId, b: StreamId): number {
  if (a.ms !== b.ms) return a.ms < b.ms ? -1 : 1;
  return a.seq === b.seq ? 0 : a.seq < b.seq ? -1 : 1;
}

const invalidId = () => new RedisError("ERR Invalid stream ID specified as stream command argument");

/** An id as a command gives it; the part after the dash may be left out. */
export function parseId(text: string | undefined, missingSeq: bigint): StreamId {
  const match = /^(\d{1,20})(?:-(\d{1,20}))?$/.exec(text ?? "");
  if (!match) throw invalidId();
  const id = { ms: BigInt(match[1]!), seq: match[2] === undefined ? missingSeq : BigInt(match[2]) };
  if (id.ms > maxSeq || id.seq > maxSeq) throw invalidId();
  return id;
}

/** An end of a range: `-`, `+`, an id, or `(` and an id that is left out. */
export function parseBound(text: string | undefined, end: "start" | "stop"): StreamId {
  if (text === "-") return zeroId;
  if (text === "+") return maxId;
  const exclusive = text?.startsWith("(");
  const id = parseId(exclusive ? text!.slice(1) : text, end === "start" ? 0n : maxSeq);
  if (!exclusive) return id;
  if (end === "start") {
    if (compareIds(id, maxId) === 0) throw new RedisError("ERR invalid start ID for the interval");
    return nextId(id);
  }
  if (compareIds(id, zeroId) === 0) throw new RedisError("ERR invalid end ID for the interval");
  return id.seq > 0n ? { ms: id.ms, seq: id.seq - 1n } : { ms: id.ms - 1n, seq: maxSeq };
}

export function nextId({ ms, seq }: StreamId): StreamId {
  return seq < maxSeq ? { ms, seq: seq + 1n } : { ms: ms + 1n, seq: 0n };
}

/** The position of the first entry that is not before `id`. */
export function lowerBound(stream: Stream, id: StreamId): number {
  let low = 0;
  let high = stream.entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareIds(stream.entries[middle]!.id, id) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function entryAt(stream: Stream, id: StreamId): StreamEntry | undefined {
  const entry = stream.entries[lowerBound(stream, id)];
  return entry && compareIds(entry.id, id) === 0 ? entry : undefined;
}

export function range(stream: Stream, from: StreamId, to: StreamId, limit = Infinity): StreamEntry[] {
  const found: StreamEntry[] = [];
  for (let at = lowerBound(stream, from); at < stream.entries.length && found.length < limit; at++) {
    const entry = stream.entries[at]!;
    if (compareIds(entry.id, to) > 0) break;
    found.push(entry);
  }
  return found;
}
