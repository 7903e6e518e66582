/**
 * The job table. A job is begun by counting `attempts` up and leasing it for a while; it may be ended only under that number. So a worker
 * that was killed, or took too long, loses its job to another and can no longer end it: nothing is lost, and nothing has its effect twice.
 */
import { type Database, transaction } from "./database.ts";

export type JobState = "queued" | "working" | "done" | "failed";

export interface Job {
  id: string;
  uploadId: string;
  /** Which attempt this is, from 1. */
  attempts: number;
}

export const mostAttempts = 3;

/** One job for each upload, however often it is asked for. */
export async function queue(database: Database, uploadId: string): Promise<void> {
  await database.query("insert into job (upload_id) values ($1) on conflict do nothing", [uploadId]);
}

/** The oldest job that may be begun, now this worker's for `leaseSeconds`; `undefined` when there is none. */
export async function take(database: Database, worker: string, leaseSeconds: number): Promise<Job | undefined> {
  const { rows } = await database.query<{ id: string; upload_id: string; attempts: number }>(
    `update job set state = 'working', attempts = attempts + 1, worker = $1, leased_until = now() + make_interval(secs => $2)
      where id = (select id from job
        where (state = 'queued' and not_before <= now()) or (state = 'working' and leased_until < now())
        order by id for update skip locked limit 1)
      returning id, upload_id, attempts`,
    [worker, leaseSeconds],
  );
  const [row] = rows;
  return row && { id: row.id, uploadId: row.upload_id, attempts: row.attempts };
}

/** Whether it is still this worker's; then for `leaseSeconds` more. */
export async function keep(database: Database, { id, attempts }: Job, leaseSeconds: number): Promise<boolean> {
  const { rowCount } = await database.query(
    `update job set leased_until = now() + make_interval(secs => $3) where id = $1 and attempts = $2 and state = 'working'`,
    [id, attempts, leaseSeconds],
  );
  return rowCount === 1;
}

/** Ends it with its result, unless another worker has taken it over; answers whether. */
export async function finish(database: Database, { id, uploadId, attempts }: Job, result: unknown): Promise<boolean> {
  return transaction(database, async (client) => {
    const { rowCount } = await client.query(
      `update job set state = 'done', leased_until = null, error = null, ended_at = now()
        where id = $1 and attempts = $2 and state = 'working'`,
      [id, attempts],
    );
    if (rowCount === 1) await client.query("update upload set result = $2 where id = $1", [uploadId, JSON.stringify(result)]);
    return rowCount === 1;
  });
}

/** Tried again after `delaySeconds`, and after the last attempt given up for good. */
export async function fail(database: Database, { id, attempts }: Job, error: string, delaySeconds: number): Promise<JobState> {
  const state = attempts < mostAttempts ? "queued" : "failed";
  await database.query(
    `update job set state = $3, error = $4, leased_until = null, not_before = now() + make_interval(secs => $5),
        ended_at = case when $3 = 'failed' then now() end
      where id = $1 and attempts = $2 and state = 'working'`,
    [id, attempts, state, error, delaySeconds],
  );
  return state;
}

/** Whether any job is not ended, so that somebody has to look again. */
export async function anyOpen(database: Database): Promise<boolean> {
  const { rows } = await database.query<{ open: boolean }>("select exists (select from job where state in ('queued', 'working')) as open");
  return rows[0]!.open;
}
