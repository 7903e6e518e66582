/** The connection to Aurora, and what both services keep there: agents, and the requests that they answered. */
import { Pool } from "pg";
import { log } from "./log.ts";

export type Database = Pool;

/**
 * No connection is held that nobody uses, so that a preview's database can pause; one that wakes it waits for a minute.
 * The tables are made by whoever comes first.
 */
export async function openDatabase(): Promise<Database> {
  const connectionString = process.env.DATABASE_URL!.replace("sslmode=require", "sslmode=verify-full");
  const pool = new Pool({ connectionString, max: 5, min: 0, idleTimeoutMillis: 5_000, connectionTimeoutMillis: 60_000 });
  pool.on("error", (error) => log("WARN", `an idle database connection was lost: ${error.message}`));
  // Both services start at once: one of them makes the tables, the other waits for it.
  await pool.query(`
    begin;
    select pg_advisory_xact_lock(4711);
    create table if not exists agent (name text primary key, instructions text not null, created_at timestamptz not null default now());
    create table if not exists request (id bigint generated always as identity primary key, agent text not null references agent on delete cascade, at timestamptz not null default now());
    commit`);
  return pool;
}

export interface Agent {
  name: string;
  instructions: string;
  requests: number;
}

export async function listAgents(database: Database): Promise<Agent[]> {
  const { rows } = await database.query<{ name: string; instructions: string; requests: string }>(
    "select name, instructions, count(request.id) as requests from agent left join request on agent = name group by name order by name",
  );
  return rows.map((row) => ({ ...row, requests: Number(row.requests) }));
}

/** Whether it is new. */
export async function addAgent(database: Database, { name, instructions }: Omit<Agent, "requests">): Promise<boolean> {
  const { rowCount } = await database.query("insert into agent (name, instructions) values ($1, $2) on conflict do nothing", [
    name,
    instructions,
  ]);
  return rowCount === 1;
}

/** Its instructions; `undefined` where there is none of this name. The request is noted. */
export async function askAgent(database: Database, name: string): Promise<string | undefined> {
  const { rows } = await database.query<{ instructions: string }>(
    "with asked as (insert into request (agent) select name from agent where name = $1 returning agent) select instructions from agent join asked on agent = name",
    [name],
  );
  return rows[0]?.instructions;
}
