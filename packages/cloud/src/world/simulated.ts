/** A world for tests: a clock that moves only when told to, randomness from a seed, real files in a folder of the test's own. */
import type { Clock, Processes, Random, World } from "../world.ts";
import { type DiskOptions, realDisk } from "./real.ts";
import { realProcesses } from "./real-processes.ts";

export interface SimulatedWorld extends World {
  readonly clock: SimulatedClock;
}

export interface SimulatedClock extends Clock {
  /** Lets time pass: runs what is due on the way, in order, and lets promises settle in between. */
  advance(milliseconds: number): Promise<void>;
  /** As for a computer that slept so long: what has become due runs once, late. Days take no longer than minutes. */
  sleepThrough(milliseconds: number): Promise<void>;
}

/** `folder` exists and is the test's own. `processes` are real ones unless a test brings its own. */
export function simulatedWorld({
  seed,
  folder,
  startMs = Date.UTC(2026, 0, 1),
  processes,
  outlivesPowerCut,
}: {
  seed: number;
  folder: string;
  startMs?: number;
  processes?: Processes;
} & DiskOptions): SimulatedWorld {
  const random = seededRandom(seed);
  const disk = realDisk(folder, random, { outlivesPowerCut });
  return { clock: simulatedClock(startMs), random, disk, processes: processes ?? realProcesses(disk) };
}

export function simulatedClock(startMs: number): SimulatedClock {
  let nowMs = startMs;
  let order = 0;
  const timers = new Map<number, { dueMs: number; run: () => void }>();
  const settle = () => new Promise<void>((done) => setImmediate(done));
  const clock: SimulatedClock = {
    nowMs: () => nowMs,
    after(delayMs, run) {
      const id = order++;
      timers.set(id, { dueMs: nowMs + Math.max(0, delayMs), run });
      return () => void timers.delete(id);
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
    advance: (milliseconds) => runUntil(nowMs + milliseconds),
    sleepThrough(milliseconds) {
      nowMs += milliseconds;
      return runUntil(nowMs);
    },
  };
  /** Of those that are due together the one that was set first, as the map has them. */
  function firstDue(endMs: number): number | undefined {
    let first: number | undefined;
    let earliestMs = Number.POSITIVE_INFINITY;
    for (const [id, { dueMs }] of timers) {
      if (dueMs > endMs || dueMs >= earliestMs) continue;
      first = id;
      earliestMs = dueMs;
    }
    return first;
  }
  async function runUntil(endMs: number): Promise<void> {
    await settle();
    for (;;) {
      const next = firstDue(endMs);
      if (next === undefined) break;
      const { dueMs, run } = timers.get(next)!;
      timers.delete(next);
      nowMs = Math.max(nowMs, dueMs);
      run();
      await settle();
    }
    nowMs = endMs;
    await settle();
  }
  return clock;
}

/** Mulberry32 by T. Ettinger: 32 bits of state, enough for tests, never for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const text = (length: number, alphabet: string) => Array.from({ length }, () => alphabet[next() % alphabet.length]).join("");
  const hex = (digits: number) => text(digits, "0123456789abcdef");
  return {
    bytes: (count) => Uint8Array.from({ length: count }, () => next() & 0xff),
    hex,
    text,
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-${text(1, "89ab")}${hex(3)}-${hex(12)}`,
  };
}
