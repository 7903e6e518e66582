/** What makes the data outlive the process: every effect, in RESP, in one file, synced each second. */
import { closeSync, existsSync, fsyncSync, openSync, readSync, renameSync, writeSync } from "node:fs";
import type { Server } from "./command.ts";
import type { Entry } from "./keyspace.ts";
import { encode, formatDouble } from "./reply.ts";
import { requestReader } from "./request.ts";
import { idText } from "./stream.ts";

export interface AppendOnlyFile {
  append(database: number, command: readonly string[]): void;
  /** Writes out what is kept; with `sync` down to the disk. */
  flush(sync: boolean): void;
  close(): void;
}

/** Replays `path`, up to a last command that a crash has cut, into `run`. */
export function replay(path: string, run: (database: number, command: string[]) => void): void {
  if (!existsSync(path)) return;
  let database = 0;
  const read = requestReader((words) => {
    if (words[0] === "SELECT") database = Number(words[1]);
    else run(database, words);
  });
  const descriptor = openSync(path, "r");
  try {
    for (;;) {
      const chunk = Buffer.alloc(1 << 20);
      const size = readSync(descriptor, chunk);
      if (size === 0) break;
      read(chunk.subarray(0, size));
    }
  } finally {
    closeSync(descriptor);
  }
}

/** Begins the file anew with what `server` holds now, and takes what comes. */
export function openAppendOnlyFile(path: string, server: Server): AppendOnlyFile {
  const draft = `${path}.draft`;
  const descriptor = openSync(draft, "w", 0o600);
  let waiting = "";
  let current = -1;
  const write = () => {
    if (waiting === "") return;
    writeSync(descriptor, waiting, null, "latin1");
    waiting = "";
  };
  const append = (database: number, command: readonly string[]) => {
    if (database !== current) {
      waiting += encode(["SELECT", String(database)], 2);
      current = database;
    }
    waiting += encode(command, 2);
    if (waiting.length > 1 << 20) write();
  };
  for (const { code } of server.scripts.libraries.values()) append(0, ["FUNCTION", "LOAD", "REPLACE", code]);
  for (let index = 0; index < server.databaseCount; index++) {
    const database = server.database(index);
    for (const key of database.keys()) for (const command of rebuild(key, database.get(key)!)) append(index, command);
  }
  write();
  fsyncSync(descriptor);
  renameSync(draft, path);
  let unsynced = false;
  return {
    append,
    flush(sync) {
      if (waiting !== "") unsynced = true;
      write();
      if (sync && unsynced) {
        fsyncSync(descriptor);
        unsynced = false;
      }
    },
    close() {
      write();
      fsyncSync(descriptor);
      closeSync(descriptor);
    },
  };
}

/** The commands that make an entry again. */
function* rebuild(key: string, entry: Entry): Generator<string[]> {
  switch (entry.type) {
    case "string":
      yield ["SET", key, entry.value];
      break;
    case "hash":
      yield ["HSET", key, ...[...entry.value].flat()];
      break;
    case "list":
      for (let at = 0; at < entry.value.length; at += 1000) yield ["RPUSH", key, ...entry.value.slice(at, at + 1000)];
      break;
    case "set":
      yield ["SADD", key, ...entry.value];
      break;
    case "zset":
      yield ["ZADD", key, ...entry.value.ordered().flatMap(({ member, score }) => [formatDouble(score), member])];
      break;
    case "stream": {
      const stream = entry.value;
      // A stream without entries is made by one that goes again.
      if (stream.entries.length === 0)
        yield [
          "XADD",
          key,
          "MAXLEN",
          "0",
          idText(stream.lastId.ms === 0n && stream.lastId.seq === 0n ? { ms: 0n, seq: 1n } : stream.lastId),
          "x",
          "y",
        ];
      for (const { id, fields } of stream.entries) yield ["XADD", key, idText(id), ...fields];
      yield ["XSETID", key, idText(stream.lastId), "ENTRIESADDED", String(stream.added), "MAXDELETEDID", idText(stream.maxDeletedId)];
      for (const [name, group] of stream.groups) {
        yield ["XGROUP", "CREATE", key, name, idText(group.lastId)];
        for (const consumer of group.consumers.keys()) yield ["XGROUP", "CREATECONSUMER", key, name, consumer];
        for (const { id, consumer, deliveredMs, deliveries } of group.pending.values()) {
          yield [
            "XCLAIM",
            key,
            name,
            consumer,
            "0",
            idText(id),
            "TIME",
            String(deliveredMs),
            "RETRYCOUNT",
            String(deliveries),
            "FORCE",
            "JUSTID",
          ];
        }
      }
    }
  }
  if (entry.expiresMs !== undefined) yield ["PEXPIREAT", key, String(entry.expiresMs)];
}
