/** The data: databases of keys, each with a value of one type and perhaps a time at which it ends. */
import { wrongType } from "./reply.ts";
import type { SortedSet } from "./sorted-set.ts";
import type { Stream } from "./stream.ts";

export interface Values {
  string: string;
  hash: Map<string, string>;
  list: string[];
  set: Set<string>;
  zset: SortedSet;
  stream: Stream;
}

export type TypeName = keyof Values;

export type Entry = {
  [T in TypeName]: {
    type: T;
    value: Values[T];
    expiresMs?: number | undefined;
    /** What OBJECT ENCODING tells where the way in which a string was made decides. */
    encoding?: "raw" | "embstr" | undefined;
  };
}[TypeName];

export interface Database {
  readonly index: number;
  /** Without those that have ended. */
  get(key: string): Entry | undefined;
  /** The value of that type, `undefined` when there is none; throws WRONGTYPE for another. */
  value<T extends TypeName>(key: string, type: T): Values[T] | undefined;
  /** The value of that type, made when there is none. */
  make<T extends TypeName>(key: string, type: T, empty: () => Values[T]): Values[T];
  /** Puts a whole value; its time to live goes unless `keepTtl`. */
  set(key: string, entry: Entry, options?: { keepTtl?: boolean }): void;
  delete(key: string): boolean;
  /** To be called after a value was changed in place: wakes who waits, fails who watches, and removes an empty collection. */
  touch(key: string): void;
  expire(key: string, atMs: number | undefined): void;
  /** In the order in which they were made. */
  keys(): string[];
  size(): number;
  expiring(): number;
  clear(): void;
  randomKey(random: () => number): string | undefined;
}

export interface KeyspaceEvents {
  /** A key was changed, made or removed. */
  changed(database: number, key: string): void;
  /** A key ended by its time. */
  expired(database: number, key: string): void;
}

export function database(index: number, nowMs: () => number, events: KeyspaceEvents): Database {
  const entries = new Map<string, Entry>();
  const ending = new Set<string>();

  const get = (key: string): Entry | undefined => {
    const entry = entries.get(key);
    if (entry?.expiresMs === undefined || entry.expiresMs > nowMs()) return entry;
    remove(key);
    events.expired(index, key);
    return undefined;
  };
  const remove = (key: string): boolean => {
    ending.delete(key);
    const was = entries.delete(key);
    if (was) events.changed(index, key);
    return was;
  };
  const sweep = () => {
    for (const key of ending) get(key);
  };

  return {
    index,
    get,
    value(key, type) {
      const entry = get(key);
      if (!entry) return undefined;
      if (entry.type !== type) throw wrongType();
      return entry.value as never;
    },
    make(key, type, empty) {
      const found = get(key);
      if (found) {
        if (found.type !== type) throw wrongType();
        return found.value as never;
      }
      const value = empty();
      entries.set(key, { type, value } as Entry);
      return value;
    },
    set(key, entry, { keepTtl = false } = {}) {
      const before = get(key);
      const expiresMs = entry.expiresMs ?? (keepTtl ? before?.expiresMs : undefined);
      entries.set(key, { ...entry, expiresMs });
      if (expiresMs === undefined) ending.delete(key);
      else ending.add(key);
      events.changed(index, key);
    },
    delete: (key) => get(key) !== undefined && remove(key),
    touch(key) {
      const entry = entries.get(key);
      if (entry && isEmpty(entry)) {
        entries.delete(key);
        ending.delete(key);
      }
      events.changed(index, key);
    },
    expire(key, atMs) {
      const entry = get(key);
      if (!entry) return;
      entry.expiresMs = atMs;
      if (atMs === undefined) ending.delete(key);
      else ending.add(key);
      events.changed(index, key);
    },
    keys() {
      sweep();
      return [...entries.keys()];
    },
    size() {
      sweep();
      return entries.size;
    },
    expiring() {
      sweep();
      return ending.size;
    },
    clear() {
      const all = [...entries.keys()];
      entries.clear();
      ending.clear();
      for (const key of all) events.changed(index, key);
    },
    randomKey(random) {
      sweep();
      const all = [...entries.keys()];
      return all[Math.floor(random() * all.length)];
    },
  };
}

function isEmpty(entry: Entry): boolean {
  switch (entry.type) {
    case "hash":
    case "set":
      return entry.value.size === 0;
    case "list":
      return entry.value.length === 0;
    case "zset":
      return entry.value.size === 0;
    default:
      return false; // an empty string is a string, and a stream stays when its entries are gone
  }
}
