/** The rows of a query, some at a time, so that a large table needs no more memory than a small one. */
import type { Client } from "pg";

/** Every value as text: what it means is left to whoever reads it. */
const types = { getTypeParser: () => (text: string) => text };

export async function* rowBatches(client: Client, sql: string, rows: number): AsyncGenerator<(string | null)[][]> {
  await client.query("begin transaction read only");
  await client.query(`declare batches no scroll cursor for ${sql}`);
  for (;;) {
    const result = await client.query({ text: `fetch ${rows} from batches`, rowMode: "array", types: types as never });
    if (result.rows.length === 0) break;
    yield result.rows as (string | null)[][];
  }
  await client.query("commit");
}
