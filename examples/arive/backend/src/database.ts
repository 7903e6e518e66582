/** The connection to PostgreSQL, given up as soon as nobody needs it: an open one would keep the database from pausing. */
import { Pool, type PoolClient } from "pg";
import { log } from "./log.ts";

export type Database = Pool;
/** One connection, within a transaction. */
export type Transaction = PoolClient;

export function openDatabase(url: string, connections: number): Database {
  // The connection secret asks for encryption. arive asks for more: a certificate of an authority that NODE_EXTRA_CA_CERTS names.
  const connectionString = url.replace("sslmode=require", "sslmode=verify-full");
  const pool = new Pool({
    connectionString,
    max: connections,
    min: 0,
    idleTimeoutMillis: 10_000,
    // A database that is paused takes half a minute and more to wake.
    connectionTimeoutMillis: 90_000,
  });
  pool.on("error", (error) => log("WARN", `an idle database connection was lost: ${error.message}`));
  return pool;
}

/** All of `work` or nothing of it. */
export async function transaction<T>(database: Database, work: (transaction: Transaction) => Promise<T>): Promise<T> {
  const client = await database.connect();
  let broken: Error | undefined;
  try {
    await client.query("begin");
    const result = await work(client);
    await client.query("commit");
    return result;
  } catch (error) {
    await client.query("rollback").catch((fault: Error) => (broken = fault));
    throw error;
  } finally {
    client.release(broken);
  }
}
