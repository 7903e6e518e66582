/** The connection to PostgreSQL. */
import { Client, Pool } from "pg";

export type Database = Pool;

export function openDatabase(url: string): Database {
  const pool = new Pool({ connectionString: verified(url), max: 5, idleTimeoutMillis: 30_000, connectionTimeoutMillis: 15_000 });
  pool.on("error", (error) =>
    console.error(JSON.stringify({ level: "warn", message: `an idle database connection was lost: ${error.message}` })),
  );
  return pool;
}

/** One connection, with the patience that a database needs to wake up. */
export async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: verified(url), connectionTimeoutMillis: 60_000 });
  await client.connect();
  return client;
}

/**
 * The connection secret asks for encryption (`sslmode=require`). threa asks for more: that the server's certificate is
 * signed by an authority that it knows, which NODE_EXTRA_CA_CERTS names.
 */
function verified(url: string): string {
  return url.replace("sslmode=require", "sslmode=verify-full");
}
