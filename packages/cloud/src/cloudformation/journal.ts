/** Writes of resources that run side by side, gathered into one commit: each waits until its own is on disk. */
import { isDiskFull } from "../disk-full.ts";
import type { Store } from "../store.ts";

/** The engine was halted: nothing more is written, and what runs ends as if the process had been killed. */
export class Halted extends Error {
  constructor() {
    super("the engine was halted");
  }
}

export interface Journal {
  /** Runs `write` in a transaction with others that come at the same moment; resolves once it is committed. Rejects with Halted. */
  commit(write: () => void): Promise<void>;
  /** The same at once and alone. Throws Halted. */
  now(write: () => void): void;
}

/** `step` is called at every commit, before it: a test halts there. */
export function openJournal(store: Store, isHalted: () => boolean, step: (name: string) => void): Journal {
  let waiting: { write: () => void; done: () => void; fail: (reason: unknown) => void }[] = [];

  function flush(): void {
    const batch = waiting;
    waiting = [];
    try {
      step("commit");
      if (isHalted()) throw new Halted();
      store.transaction(() => batch.forEach(({ write }) => write()));
    } catch (error) {
      return batch.forEach(({ fail }) => fail(error));
    }
    batch.forEach(({ done }) => done());
  }

  return {
    commit: (write) =>
      new Promise((done, fail) => {
        if (isHalted()) return fail(new Halted());
        if (waiting.push({ write, done, fail }) === 1) setImmediate(flush);
      }),
    now(write) {
      step("commit");
      if (isHalted()) throw new Halted();
      store.transaction(write);
    },
  };
}

/**
 * The journal of one operation. Once the disk has no room for a write of it, nothing more of it is written, and it ends as if the
 * process had been killed there: what it has in memory has run ahead of what can be taken up again.
 */
export function ownJournal(journal: Journal): Journal & { isFull(): boolean } {
  let full = false;
  const refuse = (error: unknown): never => {
    full ||= isDiskFull(error);
    throw full ? new Halted() : error;
  };
  return {
    isFull: () => full,
    commit: async (write) => (full ? refuse(undefined) : journal.commit(write).catch(refuse)),
    now(write) {
      if (full) refuse(undefined);
      try {
        journal.now(write);
      } catch (error) {
        refuse(error);
      }
    },
  };
}
