/**
 * Work that comes again after a while, as the metrics of each minute: one round at a time, and none that is still under way when the
 * cloud has stopped and its store is closed.
 */
import { AwsError } from "../aws-error.ts";
import type { Cloud } from "../cloud.ts";

export interface Round {
  start(cloud: Cloud): void;
  /** Resolves when nothing of it runs any more. To be called at a stop and at a reset, before what the work asks for is ended. */
  stop(cloud: Cloud): Promise<void>;
}

interface Turning {
  cancel: () => void;
  /** The round under way; never rejects. */
  running: Promise<void>;
}

/**
 * @param name what failed, as the cloud's log says it: `ecs: metrics`.
 * @param everyMs from one beginning to the next; a round that takes longer is waited for.
 * @param work its AwsErrors are expected (a cloud without CloudWatch has nobody to tell), and the next round tries again; others are logged.
 */
export function round(name: string, everyMs: number, work: (cloud: Cloud) => Promise<void>): Round {
  const key = Symbol(name);
  const turning = (cloud: Cloud) => cloud.memory<Turning>(key, () => ({ cancel: () => {}, running: Promise.resolve() }));
  const once = async (cloud: Cloud, ending: AbortSignal) => {
    try {
      await work(cloud);
    } catch (error) {
      if (!(error instanceof AwsError) && !ending.aborted) console.error(`${name} failed:`, error);
    }
  };
  const start = (cloud: Cloud) => {
    const own = turning(cloud);
    const ending = cloud.stopping;
    let waiting = false;
    const next = () => {
      own.cancel = cloud.world.clock.after(everyMs, () => {
        next();
        if (waiting) return;
        waiting = true;
        own.running = own.running.then(() => {
          waiting = false;
          return ending.aborted ? undefined : once(cloud, ending);
        });
      });
    };
    next();
  };
  return {
    start,
    async stop(cloud) {
      const own = turning(cloud);
      own.cancel();
      await own.running;
    },
  };
}
