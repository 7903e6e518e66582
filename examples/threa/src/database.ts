/** The connection to PostgreSQL. */
import { Pool } from "pg";

export type Database = Pool;

/** `url` comes from the connection secret and asks for TLS; the authority that signed the server is in NODE_EXTRA_CA_CERTS. */
export function openDatabase(url: string): Database {
  const pool = new Pool({ connectionString: url, max: 5, idleTimeoutMillis: 30_000, connectionTimeoutMillis: 15_000 });
  pool.on("error", (error) =>
    console.error(JSON.stringify({ level: "warn", message: `an idle database connection was lost: ${error.message}` })),
  );
  return pool;
}
