/** Brings the database's tables up to date: each file of `migrations/` once, in the order of their names, all or nothing each. */
import { readdir, readFile } from "node:fs/promises";
import { connect } from "./database.ts";

const { DATABASE_URL } = process.env;
if (!DATABASE_URL) throw new Error("DATABASE_URL is not set");

const folder = new URL("../migrations/", import.meta.url);
const client = await connect(DATABASE_URL);
try {
  await client.query("create table if not exists migration (name text primary key, applied_at timestamptz not null default now())");
  for (const name of (await readdir(folder)).filter((file) => file.endsWith(".sql")).toSorted()) {
    await client.query("begin");
    // A second migration at the same moment waits here, and then finds the work done.
    await client.query("lock table migration in exclusive mode");
    const { rowCount } = await client.query("select 1 from migration where name = $1", [name]);
    if (!rowCount) {
      await client.query(await readFile(new URL(name, folder), "utf8"));
      await client.query("insert into migration (name) values ($1)", [name]);
      console.log(`applied ${name}`);
    }
    await client.query("commit");
  }
  console.log("the database is up to date");
} finally {
  await client.end();
}
