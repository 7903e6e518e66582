/**
 * The outbox: messages are written in the transaction that makes them true, and handed to their queues afterwards. What was handed over twice,
 * because a program ended between the queue's answer and the commit, is told apart by its deduplication id and by the run's state.
 */
import { type Database, type Transaction, transaction } from "./database.ts";
import { lock } from "./locks.ts";
import { log, reasonOf } from "./log.ts";
import { maxBatch, type Outgoing, type Queue } from "./queue.ts";

export type QueueName = "runs" | "notifications";

interface Letter {
  id: string;
  queue: QueueName;
  body: unknown;
  group: string | null;
  deduplicationId: string;
}

const pageLength = 200;
const lookEveryMs = 1000;

export async function leave(
  client: Transaction,
  { queue, body, group, deduplicationId }: { queue: QueueName; body: unknown; group?: string; deduplicationId: string },
): Promise<void> {
  await client.query("insert into outbox (queue, body, message_group, deduplication_id) values ($1, $2, $3, $4)", [
    queue,
    JSON.stringify(body),
    group ?? null,
    deduplicationId,
  ]);
}

/** Hands over a page of the outbox; how many letters it was. */
export async function handOver(database: Database, queues: Record<QueueName, Queue>): Promise<number> {
  return transaction(database, async (client) => {
    // One task at a time, or a conversation's second message could overtake its first.
    await lock(client, "relay");
    const { rows } = await client.query<Letter>(
      `select id, queue, body, message_group as "group", deduplication_id as "deduplicationId" from outbox order by id limit $1`,
      [pageLength],
    );
    const sent: string[] = [];
    for (const [name, queue] of Object.entries(queues)) {
      sent.push(
        ...(await sendInOrder(
          rows.filter((letter) => letter.queue === name),
          queue,
        )),
      );
    }
    await client.query("delete from outbox where id = any($1::bigint[])", [sent]);
    return sent.length;
  });
}

/**
 * The ids of the letters that the queue took. A batch holds one letter of a group at most: the queue may take a part of it only, and a letter
 * must not pass one that was left behind.
 */
export async function sendInOrder(letters: readonly Letter[], queue: Pick<Queue, "send">): Promise<string[]> {
  const sent: string[] = [];
  let waiting = [...letters];
  while (waiting.length > 0) {
    const batch = new Map<string, Letter>();
    for (const letter of waiting) {
      const place = letter.group ?? letter.id;
      if (batch.size < maxBatch && !batch.has(place)) batch.set(place, letter);
    }
    const refused = new Set(await queue.send([...batch.values()].map(outgoing)));
    const stuck = new Set<string>();
    for (const [place, { id }] of batch) {
      if (refused.has(id)) stuck.add(place);
      else sent.push(id);
    }
    const tried = new Set([...batch.values()].map(({ id }) => id));
    waiting = waiting.filter(({ id, group }) => !tried.has(id) && !stuck.has(group ?? id));
  }
  return sent;
}

function outgoing({ id, body, group, deduplicationId }: Letter): Outgoing {
  return { id, body: JSON.stringify(body), ...(group !== null && { group, deduplicationId }) };
}

export interface Relay {
  /** There is something new. */
  wake(): void;
  stop(): Promise<void>;
}

/** Hands over whatever comes: at once when woken, and each second what others left. */
export function openRelay(database: Database, queues: Record<QueueName, Queue>): Relay {
  const stopping = new AbortController();
  let woken = false;
  let wake = () => {};
  const ended = (async () => {
    while (!stopping.signal.aborted) {
      woken = false;
      const handed = await handOver(database, queues).catch((error: unknown) => {
        log("WARN", `the outbox could not be handed over: ${reasonOf(error)}`);
        return 0;
      });
      if (handed > 0 || woken || stopping.signal.aborted) continue;
      await new Promise<void>((done) => {
        const timer = setTimeout(done, lookEveryMs);
        wake = () => {
          clearTimeout(timer);
          done();
        };
      });
    }
  })();
  return {
    wake() {
      woken = true;
      wake();
    },
    async stop() {
      stopping.abort();
      wake();
      await ended;
    },
  };
}
