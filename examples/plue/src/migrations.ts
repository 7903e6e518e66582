/** Brings the tables up to date: each file of `migrations/` once, in the order of their names, all or nothing. */
import { readdir, readFile } from "node:fs/promises";
import type { Database } from "./database.ts";

const folder = new URL("../migrations/", import.meta.url);
/** Any number, the same for all: two migrations at once wait for each other. */
const lock = 7_255_501;

/** The names of the files that were applied. */
export async function migrate(database: Database): Promise<string[]> {
  const client = await database.connect();
  try {
    await client.query("begin");
    await client.query("select pg_advisory_xact_lock($1)", [lock]);
    await client.query("create table if not exists migration (name text primary key, applied_at timestamptz not null default now())");
    const applied: string[] = [];
    for (const name of (await readdir(folder)).filter((file) => file.endsWith(".sql")).toSorted()) {
      const { rowCount } = await client.query("insert into migration (name) values ($1) on conflict do nothing", [name]);
      if (!rowCount) continue;
      await client.query(await readFile(new URL(name, folder), "utf8"));
      applied.push(name);
    }
    await client.query("commit");
    return applied;
  } catch (error) {
    await client.query("rollback").catch(() => {});
    throw error;
  } finally {
    client.release();
  }
}
