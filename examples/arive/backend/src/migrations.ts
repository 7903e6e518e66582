/** Brings the tables up to date when a program starts: each file of `migrations/` once, in the order of their names, all or nothing. */
import { readdir, readFile } from "node:fs/promises";
import { type Database, transaction } from "./database.ts";
import { log } from "./log.ts";

const folder = new URL("../migrations/", import.meta.url);
/** Any number that is this lock's alone. */
const migrationLock = 7_211_604;

export async function migrate(database: Database): Promise<void> {
  await transaction(database, async (client) => {
    // API and worker start at once: the second waits here, and then finds the work done.
    await client.query("select pg_advisory_xact_lock($1)", [migrationLock]);
    await client.query("create table if not exists migration (name text primary key, applied_at timestamptz not null default now())");
    for (const name of (await readdir(folder)).filter((file) => file.endsWith(".sql")).toSorted()) {
      const { rowCount } = await client.query("insert into migration (name) values ($1) on conflict do nothing", [name]);
      if (!rowCount) continue;
      await client.query(await readFile(new URL(name, folder), "utf8"));
      log("INFO", `applied ${name}`);
    }
  });
}
