/** A clock that runs as the real one does, and that a test can set forward: real processes, and waits of minutes that take none. */
import type { Clock } from "../src/world.ts";

export interface HurriedClock extends Clock {
  /** As if so long had passed: what has become due runs at once, in order. */
  skip(milliseconds: number): void;
}

interface Timer {
  dueMs: number;
  run: () => void;
  handle: NodeJS.Timeout;
}

export function hurriedClock(): HurriedClock {
  let aheadMs = 0;
  const timers = new Set<Timer>();
  const nowMs = () => Date.now() + aheadMs;
  const arm = (timer: Timer) => {
    clearTimeout(timer.handle);
    timer.handle = setTimeout(
      () => {
        timers.delete(timer);
        timer.run();
      },
      Math.max(0, timer.dueMs - nowMs()),
    );
  };
  const clock: HurriedClock = {
    nowMs,
    after(delayMs, run) {
      const timer: Timer = { dueMs: nowMs() + delayMs, run, handle: setTimeout(() => {}, 0) };
      timers.add(timer);
      arm(timer);
      return () => {
        timers.delete(timer);
        clearTimeout(timer.handle);
      };
    },
    sleep: (delayMs, signal) =>
      new Promise((done, fail) => {
        if (signal?.aborted) return fail(signal.reason);
        const stop = () => {
          cancel();
          fail(signal!.reason);
        };
        const cancel = clock.after(delayMs, () => {
          signal?.removeEventListener("abort", stop);
          done();
        });
        signal?.addEventListener("abort", stop, { once: true });
      }),
    skip(milliseconds) {
      aheadMs += milliseconds;
      for (const timer of [...timers].toSorted((a, b) => a.dueMs - b.dueMs)) arm(timer);
    },
  };
  return clock;
}
