/**
 * The real world with a clock that a test can set forward, on a machine that a test can make as slow as it likes: what a program does with the processor in a
 * second then counts for a minute, and is the same however busy this machine is.
 */
import type { World } from "../src/world.ts";
import type { RunningProcess } from "../src/world/processes.ts";
import { realWorld } from "../src/world/real.ts";
import { type HurriedClock, hurriedClock } from "./hurried-clock.ts";

export interface HurriedWorld extends World {
  clock: HurriedClock;
  /** From now on each second of processor time counts for so many. */
  slow(times: number): void;
}

interface Followed {
  process: RunningProcess;
  /** Up to the last change. */
  countedSeconds: number;
  /** At the last change, really. */
  usedSeconds: number;
}

export function hurriedWorld(folder: string): HurriedWorld {
  const world = realWorld(folder, { outlivesPowerCut: false });
  let factor = 1;
  const all = new Set<Followed>();
  const counted = ({ countedSeconds, usedSeconds }: Followed, cpuSeconds: number) => countedSeconds + (cpuSeconds - usedSeconds) * factor;
  return {
    ...world,
    clock: hurriedClock(),
    slow(times) {
      for (const own of all) {
        const cpuSeconds = own.process.usage()?.cpuSeconds ?? own.usedSeconds;
        Object.assign(own, { countedSeconds: counted(own, cpuSeconds), usedSeconds: cpuSeconds });
      }
      factor = times;
    },
    processes: {
      ...world.processes,
      spawn(request) {
        const process = world.processes.spawn(request);
        const own: Followed = { process, countedSeconds: 0, usedSeconds: 0 };
        all.add(own);
        void process.exited.then(() => all.delete(own));
        return {
          ...process,
          usage() {
            const real = process.usage();
            return real && { ...real, cpuSeconds: counted(own, real.cpuSeconds) };
          },
        };
      },
    },
  };
}
