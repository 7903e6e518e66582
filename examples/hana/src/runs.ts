/** Runs: one turn each of a conversation, posted by a client, done once by a worker. */
import { type Database, type Transaction, transaction } from "./database.ts";
import { leave } from "./outbox.ts";

export interface Run {
  id: string;
  conversationId: string;
  /** 1 is the conversation's first. */
  position: number;
  prompt: string;
  state: "queued" | "running" | "done" | "failed";
  /** How often a worker began it. */
  attempts: number;
  worker: string | null;
  /** The answer, or why there is none. */
  result: string | null;
  /** Whether there is something to fetch at `/api/v1/runs/{id}/attachment`. */
  attachment: boolean;
  postedAt: string;
  finishedAt: string | null;
}

/** One exchange that came before. */
export interface Turn {
  prompt: string;
  result: string;
}

/** What a client may post. */
export const limits = { conversationIdLength: 64, keyLength: 64, promptLength: 8000 };
// How much of a conversation is read again for its next turn.
const rememberedTurns = 20;

const columns = `id, conversation_id as "conversationId", position, prompt, state, attempts, worker, result, attachment is not null as attachment,
  to_json(posted_at at time zone 'utc') #>> '{}' || 'Z' as "postedAt", to_json(finished_at at time zone 'utc') #>> '{}' || 'Z' as "finishedAt"`;

/**
 * A new run, or with the same key in the same conversation the one that was posted before. `conflict`: that one has another prompt.
 * Its message lies in the outbox when this returns, behind those of the conversation's earlier runs.
 */
export async function post(
  database: Database,
  draft: { conversationId: string; key: string; prompt: string },
): Promise<{ outcome: "posted" | "repeated" | "conflict"; run: Run }> {
  const { conversationId, key, prompt } = draft;
  return transaction(database, async (client) => {
    // Takes the conversation's row: posts to one conversation go one after the other.
    const { rows: conversations } = await client.query<{ posted: number }>(
      `insert into conversation (id) values ($1) on conflict (id) do update set id = excluded.id returning posted`,
      [conversationId],
    );
    const { rows: earlier } = await client.query<Run>(`select ${columns} from run where conversation_id = $1 and key = $2`, [
      conversationId,
      key,
    ]);
    if (earlier[0]) return { outcome: earlier[0].prompt === prompt ? "repeated" : "conflict", run: earlier[0] };
    const position = conversations[0]!.posted + 1;
    await client.query("update conversation set posted = $2 where id = $1", [conversationId, position]);
    const { rows } = await client.query<Run>(
      `insert into run (conversation_id, position, key, prompt) values ($1, $2, $3, $4) returning ${columns}`,
      [conversationId, position, key, prompt],
    );
    const run = rows[0]!;
    await leave(client, { queue: "runs", body: { runId: run.id }, group: conversationId, deduplicationId: run.id });
    return { outcome: "posted", run };
  });
}

/** The run as begun by this worker, or `undefined` when it is done already. */
export async function begin(database: Database, id: string, worker: string): Promise<Run | undefined> {
  const { rows } = await database.query<Run>(
    `update run set state = 'running', attempts = attempts + 1, worker = $2, result = null where id = $1 and state <> 'done' returning ${columns}`,
    [id, worker],
  );
  const run = rows[0];
  // The queue hands out a conversation's messages in order. Those before this one which have no result are in the dead-letter queue.
  if (run)
    await database.query(
      `update run set state = 'failed', result = 'it was given up: its workers ended before it did', finished_at = clock_timestamp()
       where conversation_id = $1 and position < $2 and state in ('queued', 'running')`,
      [run.conversationId, run.position],
    );
  return run;
}

/** What was said before this run. */
export async function history(database: Database, { conversationId, position }: Run): Promise<Turn[]> {
  const { rows } = await database.query<Turn>(
    "select prompt, result from run where conversation_id = $1 and position < $2 and state = 'done' order by position desc limit $3",
    [conversationId, position, rememberedTurns],
  );
  return rows.toReversed();
}

/**
 * Writes the end of a run together with its notification. `undefined` when another worker has begun it since (`attempts` moved on) or
 * done it: then nothing is written.
 */
export async function end(
  database: Database,
  run: Run,
  ending: { state: "done" | "failed"; result: string; attachment?: string },
): Promise<Run | undefined> {
  return transaction(database, async (client) => {
    const { rows } = await client.query<Run>(
      `update run set state = $3, result = $4, attachment = $5, finished_at = clock_timestamp()
       where id = $1 and attempts = $2 and state = 'running' returning ${columns}`,
      [run.id, run.attempts, ending.state, ending.result, ending.attachment ?? null],
    );
    const ended = rows[0];
    if (ended) {
      const { id: runId, conversationId, state, attempts } = ended;
      const body = { runId, conversationId, state, attempts, finishedAt: ended.finishedAt };
      await leave(client, { queue: "notifications", body, deduplicationId: `${runId}-${attempts}` });
    }
    return ended;
  });
}

export async function find(database: Database, id: string): Promise<Run | undefined> {
  const { rows } = await database.query<Run>(`select ${columns} from run where id::text = $1`, [id]);
  return rows[0];
}

/** The key of its attachment in the bucket. */
export async function attachmentOf(database: Database, id: string): Promise<string | undefined> {
  const { rows } = await database.query<{ attachment: string | null }>("select attachment from run where id::text = $1", [id]);
  return rows[0]?.attachment ?? undefined;
}

/** In order, from the one after `after`. */
export async function list(database: Database | Transaction, conversationId: string, after = 0, count = 1000): Promise<Run[]> {
  const { rows } = await database.query<Run>(
    `select ${columns} from run where conversation_id = $1 and position > $2 order by position limit $3`,
    [conversationId, after, count],
  );
  return rows;
}

export async function counts(database: Database): Promise<Record<Run["state"], number>> {
  const { rows } = await database.query<{ state: Run["state"]; count: number }>("select state, count(*)::int from run group by state");
  return { queued: 0, running: 0, done: 0, failed: 0, ...Object.fromEntries(rows.map(({ state, count }) => [state, count])) };
}
