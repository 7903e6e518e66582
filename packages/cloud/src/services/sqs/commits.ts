/**
 * Changes of messages, written together: what calls ask for at about the same time goes to disk in one transaction, and each is
 * answered when that is there. So a queue is as durable as one commit for each call, at a fraction of the cost.
 */
import { AwsError } from "../../aws-error.ts";
import type { Cloud } from "../../cloud.ts";

interface Change {
  run: () => unknown;
  done: (value: never) => void;
  failed: (error: unknown) => void;
}

/** Runs inside the transaction after all its changes; what it gives back runs once they are on disk. */
export type Finish = () => () => void;

interface Pending {
  changes: Change[];
  /** By a key, so that what many changes ask for is done once. */
  finishes: Map<unknown, Finish>;
}

const memory = Symbol("sqs commits");
const pending = (cloud: Cloud) => cloud.memory<Pending>(memory, () => ({ changes: [], finishes: new Map() }));

/**
 * Resolves with what `run` gave, after its changes are on disk. `run` is synchronous, and throws an AwsError only before it
 * has changed anything: the changes of others are in the same transaction.
 */
export function commit<T>(cloud: Cloud, run: () => T): Promise<T> {
  const state = pending(cloud);
  return new Promise<T>((done, failed) => {
    state.changes.push({ run, done, failed });
    // The state that it began with: a cloud that stops in between forgets its own, and the callers are still answered.
    if (state.changes.length === 1) setImmediate(() => write(cloud, state));
  });
}

/** Within a change: has `finish` run at the end of the transaction, once for each key. */
export function atEnd(cloud: Cloud, key: unknown, finish: Finish): void {
  const { finishes } = pending(cloud);
  if (!finishes.has(key)) finishes.set(key, finish);
}

function write(cloud: Cloud, state: Pending): void {
  const changes = state.changes;
  state.changes = [];
  const answers: (() => void)[] = [];
  try {
    cloud.store.transaction(() => {
      for (const { run, done, failed } of changes) {
        try {
          const value = run();
          answers.push(() => done(value as never));
        } catch (error) {
          if (!(error instanceof AwsError)) throw error;
          answers.push(() => failed(error));
        }
      }
      // A finish may move messages to another queue, which then finishes, too.
      for (const [key, finish] of state.finishes) {
        state.finishes.delete(key);
        answers.push(finish());
      }
    });
  } catch (error) {
    state.finishes.clear();
    for (const { failed } of changes) failed(error);
    return;
  }
  for (const answer of answers) answer();
}
