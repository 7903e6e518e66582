/** The connection to PostgreSQL, and what is kept there: which repositories there are, and who pushed when. */
import { Pool } from "pg";
import { log } from "./log.ts";

export type Database = Pool;

export function openDatabase(url: string): Database {
  // The connection secret asks for encryption. plue asks for more: a certificate of an authority that NODE_EXTRA_CA_CERTS names.
  const connectionString = url.replace("sslmode=require", "sslmode=verify-full");
  const pool = new Pool({ connectionString, max: 5, idleTimeoutMillis: 30_000, connectionTimeoutMillis: 15_000 });
  pool.on("error", (error) => log("WARN", `an idle database connection was lost: ${error.message}`));
  return pool;
}

export interface Repository {
  name: string;
  createdAt: string;
  pushes: number;
  /** ISO 8601; `null` before the first. */
  pushedAt: string | null;
}

export async function listRepositories(database: Database): Promise<Repository[]> {
  const { rows } = await database.query<{ name: string; created_at: Date; pushes: string; pushed_at: Date | null }>(
    "select name, created_at, count(push.id) as pushes, max(pushed_at) as pushed_at from repository left join push on repository = name group by name order by name",
  );
  return rows.map(({ name, created_at, pushes, pushed_at }) => ({
    name,
    createdAt: created_at.toISOString(),
    pushes: Number(pushes),
    pushedAt: pushed_at?.toISOString() ?? null,
  }));
}

/** Whether it is new. */
export async function addRepository(database: Database, name: string): Promise<boolean> {
  const { rowCount } = await database.query("insert into repository (name) values ($1) on conflict do nothing", [name]);
  return rowCount === 1;
}

export async function hasRepository(database: Database, name: string): Promise<boolean> {
  const { rowCount } = await database.query("select 1 from repository where name = $1", [name]);
  return rowCount === 1;
}

export async function notePush(database: Database, name: string): Promise<void> {
  await database.query("insert into push (repository) values ($1)", [name]);
}
