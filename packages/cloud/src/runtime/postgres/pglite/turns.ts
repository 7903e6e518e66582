/** Whose turn it is at the one session: first come, first served; a turn lasts until it is given back. */

export interface Turns<Owner> {
  /** Resolves when `owner` has the turn; at once when it has it already. Rejects when it is withdrawn. */
  take(owner: Owner): Promise<void>;
  give(owner: Owner): void;
  holder(): Owner | undefined;
  /** How many wait. */
  waiting(): number;
  /** Takes a waiting owner out of the queue, whose `take` then rejects with `reason`; `false` when it does not wait. */
  withdraw(owner: Owner, reason: Error): boolean;
}

/** `onWait` is told when somebody begins to wait for `holder`. */
export function openTurns<Owner>(onWait: (holder: Owner) => void = () => {}): Turns<Owner> {
  let holder: Owner | undefined;
  let queue: { owner: Owner; start: () => void; fail: (reason: Error) => void }[] = [];
  return {
    async take(owner) {
      if (holder === owner) return;
      if (holder === undefined) {
        holder = owner;
        return;
      }
      onWait(holder);
      await new Promise<void>((start, fail) => queue.push({ owner, start, fail }));
    },
    give(owner) {
      if (holder !== owner) return;
      const next = queue.shift();
      holder = next?.owner;
      next?.start();
      if (holder !== undefined && queue.length > 0) onWait(holder);
    },
    holder: () => holder,
    waiting: () => queue.length,
    withdraw(owner, reason) {
      const found = queue.find((one) => one.owner === owner);
      queue = queue.filter((one) => one !== found);
      found?.fail(reason);
      return found !== undefined;
    },
  };
}
