/** What the cloud remembers: SQLite in the state folder, written before a call is answered. */
import { closeSync, openSync } from "node:fs";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { type Document, recentDocuments, valueOf } from "./recent-documents.ts";

export interface Store {
  /** `state.sqlite`: every commit is on disk before it returns (synchronous=FULL). For tables of a service's own, made by `schema`. */
  readonly state: DatabaseSync;
  /** `telemetry.sqlite`: log events and metrics; a power cut may lose the last moments, a killed process loses nothing (synchronous=NORMAL). */
  readonly telemetry: DatabaseSync;
  /** Runs `create table if not exists …`, all of it or nothing; not inside of a transaction. */
  schema(database: "state" | "telemetry", sql: string): void;
  /** A prepared statement, made once and kept. */
  statement(database: "state" | "telemetry", sql: string): StatementSync;
  /** All or nothing, on `state`; nested calls join the outer one. `run` is synchronous. */
  transaction<R>(run: () => R): R;
  /** A named set of JSON documents. Ask for it anew wherever it is used: it is cheap. */
  collection<T>(name: string): Collection<T>;
  /** Whether it holds nothing yet, and no service has made tables of its own. */
  isBlank(): boolean;
  /** Empties every table of both databases. */
  clear(): void;
  close(): void;
}

/** Documents by scope (a region, or `global`) and key. A value read is the reader's own copy: change it freely, then `put`. */
export interface Collection<T> {
  get(scope: string, key: string): T | undefined;
  /** The same without the copy, for what is looked at with every call: frozen all through. */
  view(scope: string, key: string): Readonly<T> | undefined;
  has(scope: string, key: string): boolean;
  put(scope: string, key: string, value: T): void;
  /** Whether there was one. */
  delete(scope: string, key: string): boolean;
  /** In the order of the keys' bytes; of those that begin with `prefix`. */
  list(scope: string, prefix?: string): T[];
  entries(scope: string, prefix?: string): { key: string; value: T }[];
  /** Over all scopes. */
  all(): { scope: string; key: string; value: T }[];
}

/** The layout of the state folder. A folder of a newer one is refused, so that an older Plinth never harms it. */
export const stateVersion = 1;

export interface StoreOptions {
  /** See `Disk.outlivesPowerCut`. Default: true. */
  outlivesPowerCut?: boolean;
}

/** Opens the store in `folder` (`:memory:` for none). Throws when the folder was written by a newer version. */
export function openStore(folder: string, { outlivesPowerCut = true }: StoreOptions = {}): Store {
  const state = open(folder, "state", outlivesPowerCut ? "FULL" : "OFF");
  const telemetry = open(folder, "telemetry", outlivesPowerCut ? "NORMAL" : "OFF");
  const { user_version: found } = state.prepare("pragma user_version").get() as { user_version: number };
  if (found > stateVersion) {
    state.close();
    telemetry.close();
    throw new NewerStateError(found);
  }
  // In one commit, of which a start that finds it done has none.
  if (found < stateVersion)
    state.exec(`begin immediate;
      create table if not exists document (collection text not null, scope text not null, key text not null, value text not null,
        primary key (collection, scope, key)) without rowid;
      pragma user_version = ${stateVersion};
      commit`);

  const statements = new Map<string, StatementSync>();
  const databases = { state, telemetry };
  const statement = (database: "state" | "telemetry", sql: string) => {
    const id = database + sql;
    let found = statements.get(id);
    if (!found) statements.set(id, (found = databases[database].prepare(sql)));
    return found;
  };
  const all = (sql: string, ...values: SQLInputValue[]) =>
    statement("state", sql).all(...values) as { scope: string; key: string; value: string }[];
  // Documents are changed by this store alone: one process has the folder, and only collections write to their table.
  const recent = recentDocuments();
  let depth = 0;

  return {
    state,
    telemetry,
    statement,
    schema(database, sql) {
      const its = databases[database];
      // One commit for all its tables, of which each would otherwise be waited for.
      its.exec("begin immediate");
      try {
        its.exec(sql);
        its.exec("commit");
      } catch (error) {
        if (its.isTransaction) its.exec("rollback");
        throw error;
      }
    },
    transaction(run) {
      if (depth > 0) return run();
      state.exec("begin immediate");
      depth++;
      try {
        const result = run();
        state.exec("commit");
        return result;
      } catch (error) {
        recent.clear();
        // On a full disk SQLite may have rolled back by itself.
        if (state.isTransaction) state.exec("rollback");
        throw error;
      } finally {
        depth--;
      }
    },
    collection<T>(name: string): Collection<T> {
      const entries = (scope: string, prefix = "") =>
        (prefix === ""
          ? all("select key, value from document where collection = ? and scope = ? order by key", name, scope)
          : all(
              "select key, value from document where collection = ? and scope = ? and key >= ? and key < ? order by key",
              name,
              scope,
              prefix,
              `${prefix}\u{10ffff}`,
            )
        ).map((row) => ({ key: row.key, value: JSON.parse(row.value) as T }));
      const read = (scope: string, key: string): Document | undefined => {
        const known = recent.get(name, scope, key);
        if (known) return known;
        const row = statement("state", "select value from document where collection = ? and scope = ? and key = ?").get(name, scope, key);
        if (!row) return undefined;
        const document = { text: row.value as string };
        recent.set(name, scope, key, document);
        return document;
      };
      return {
        get(scope, key) {
          const document = read(scope, key);
          return document && (JSON.parse(document.text) as T);
        },
        view(scope, key) {
          const document = read(scope, key);
          return document && (valueOf(document) as T);
        },
        has: (scope, key) =>
          statement("state", "select 1 from document where collection = ? and scope = ? and key = ?").get(name, scope, key) !== undefined,
        put(scope, key, value) {
          const text = JSON.stringify(value);
          // Not known until it is written: that may fail, as on a full disk.
          recent.forget(name, scope, key);
          const sql = "insert or replace into document (collection, scope, key, value) values (?, ?, ?, ?)";
          statement("state", sql).run(name, scope, key, text);
          recent.set(name, scope, key, { text });
        },
        delete(scope, key) {
          recent.forget(name, scope, key);
          return (
            statement("state", "delete from document where collection = ? and scope = ? and key = ?").run(name, scope, key).changes > 0
          );
        },
        entries,
        list: (scope, prefix) => entries(scope, prefix).map(({ value }) => value),
        all: () =>
          all("select scope, key, value from document where collection = ? order by scope, key", name).map((row) => ({
            ...row,
            value: JSON.parse(row.value) as T,
          })),
      };
    },
    isBlank() {
      const tables = [state, telemetry].map((database) =>
        database.prepare("select 1 from sqlite_master where type = 'table' and name <> 'document'"),
      );
      return tables.every((some) => some.get() === undefined) && state.prepare("select 1 from document limit 1").get() === undefined;
    },
    clear() {
      recent.clear();
      for (const database of [state, telemetry]) {
        const tables = database.prepare("select name from sqlite_master where type = 'table' and name not like 'sqlite_%'").all();
        for (const { name } of tables) database.exec(`delete from "${String(name)}"`);
      }
    },
    close() {
      recent.clear();
      state.close();
      telemetry.close();
    },
  };
}

/** The state folder was written by a newer Plinth. */
export class NewerStateError extends Error {
  readonly found: number;
  constructor(found: number) {
    super(`the state was written by a newer version of the embedded cloud (layout ${found}, this one reads up to ${stateVersion})`);
    this.found = found;
  }
}

function open(folder: string, name: string, synchronous: "FULL" | "NORMAL" | "OFF"): DatabaseSync {
  const path = folder === ":memory:" ? folder : `${folder}/${name}.sqlite`;
  // Private to the user; SQLite gives the files beside it the same mode.
  if (folder !== ":memory:") closeSync(openSync(path, "a", 0o600));
  const database = new DatabaseSync(path);
  database.exec(`pragma synchronous = ${synchronous}; pragma journal_mode = wal; pragma busy_timeout = 5000`);
  return database;
}
