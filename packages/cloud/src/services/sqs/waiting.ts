/**
 * Receiving, with patience: who finds nothing waits in the queue's line until a message arrives or becomes visible, the time is over,
 * the caller hangs up or the cloud stops. Messages go to the line in the transaction that made them visible, the longest waiting first.
 */
import type { Cloud } from "../../cloud.ts";
import type { OperationContext } from "../../service.ts";
import { atEnd, commit } from "./commits.ts";
import { overLimit, queueNotFound } from "./errors.ts";
import { mostInFlight, roomInFlight } from "./in-flight.ts";
import { nextVisibleMs } from "./messages.ts";
import { type Queue, queueById } from "./queue.ts";
import { take, type Wanted } from "./receiving.ts";
import type { MessageRow } from "./tables.ts";

interface Waiter {
  wanted: Wanted;
  done: (rows: MessageRow[]) => void;
  failed: (error: unknown) => void;
  outcome: Promise<MessageRow[]>;
}

interface Line {
  waiters: Waiter[];
  cancelTimer: () => void;
}

const memory = Symbol("sqs waiting");
const lines = (cloud: Cloud) => cloud.memory(memory, () => new Map<number, Line>());

/** How many callers wait for messages, of all queues. */
export const waitingCount = (cloud: Cloud): number => [...lines(cloud).values()].reduce((sum, { waiters }) => sum + waiters.length, 0);

/** Within a change: messages of this queue may have become visible. */
export function arrived(cloud: Cloud, { id }: Pick<Queue, "id">): void {
  if (lines(cloud).has(id)) atEnd(cloud, id, () => serve(cloud, id));
}

export async function receive(
  { cloud, signal }: Pick<OperationContext, "cloud" | "signal">,
  { id }: Queue,
  wanted: Wanted,
  waitMs: number,
): Promise<MessageRow[]> {
  let waiter: Waiter | undefined;
  try {
    const rows = await commit(cloud, () => {
      const queue = queueById(cloud, id);
      if (!queue) throw queueNotFound();
      // Long polls and FIFO queues say nothing of it. Source: Amazon SQS Developer Guide, "Quotas".
      if (waitMs === 0 && !queue.settings.fifo && roomInFlight(cloud, queue) === 0) {
        throw overLimit(`Too many messages in flight: the limit is ${mostInFlight}.`);
      }
      const taken = take(cloud, queue, wanted, (other) => arrived(cloud, other));
      if (taken.length === 0 && waitMs > 0) waiter = join(cloud, id, wanted);
      // Also when this took something: the line's timer goes by what is in flight.
      arrived(cloud, queue);
      return taken;
    });
    if (!waiter) return rows;
    return await waitFor(cloud, signal, waiter, waitMs);
  } finally {
    if (waiter) leave(cloud, id, waiter);
  }
}

async function waitFor(cloud: Cloud, signal: AbortSignal, { outcome, done, failed }: Waiter, waitMs: number): Promise<MessageRow[]> {
  if (signal.aborted) throw signal.reason;
  const cancel = cloud.world.clock.after(waitMs, () => done([]));
  const hungUp = () => failed(signal.reason);
  signal.addEventListener("abort", hungUp, { once: true });
  try {
    return await outcome;
  } finally {
    cancel();
    signal.removeEventListener("abort", hungUp);
  }
}

function join(cloud: Cloud, id: number, wanted: Wanted): Waiter {
  let line = lines(cloud).get(id);
  if (!line) lines(cloud).set(id, (line = { waiters: [], cancelTimer: () => {} }));
  const { promise, resolve, reject } = Promise.withResolvers<MessageRow[]>();
  // Who hung up before the change was written does not look at it.
  promise.catch(() => {});
  const waiter: Waiter = { wanted, done: resolve, failed: reject, outcome: promise };
  line.waiters.push(waiter);
  return waiter;
}

function leave(cloud: Cloud, id: number, waiter: Waiter): void {
  const line = lines(cloud).get(id);
  if (!line) return;
  line.waiters = line.waiters.filter((each) => each !== waiter);
  if (line.waiters.length > 0) return;
  line.cancelTimer();
  lines(cloud).delete(id);
}

function serve(cloud: Cloud, id: number): () => void {
  const line = lines(cloud).get(id);
  const queue = queueById(cloud, id);
  if (!line || !queue) return () => {};
  const served: { waiter: Waiter; rows: MessageRow[] }[] = [];
  for (const waiter of line.waiters) {
    const rows = take(cloud, queue, waiter.wanted, (other) => arrived(cloud, other));
    if (rows.length === 0) break;
    served.push({ waiter, rows });
  }
  const nextMs = served.length < line.waiters.length ? nextVisibleMs(cloud, queue) : undefined;
  return () => {
    for (const { waiter, rows } of served) {
      leave(cloud, id, waiter);
      waiter.done(rows);
    }
    line.cancelTimer();
    if (nextMs === undefined) return;
    line.cancelTimer = cloud.world.clock.after(Math.max(1, nextMs - cloud.world.clock.nowMs()), () => {
      // Where that cannot be written (a full disk), the next arrival or the end of the wait goes on.
      commit(cloud, () => arrived(cloud, queue)).catch(() => {});
    });
  };
}

/** The queue is gone. */
export function dismiss(cloud: Cloud, id: number): void {
  for (const { failed } of lines(cloud).get(id)?.waiters ?? []) failed(queueNotFound());
}

export function stopWaiting(cloud: Cloud): void {
  for (const { cancelTimer } of lines(cloud).values()) cancelTimer();
}
