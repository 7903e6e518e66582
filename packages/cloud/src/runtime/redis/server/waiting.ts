/** A command that waits, as the blocking ones do: tried again whenever one of its keys changes. */
import { nullArray, type Reply } from "./reply.ts";

/**
 * What the append-only file gets instead of the command as it came: for commands whose effect depends on the time or on
 * chance. An empty list: nothing.
 */
export type Propagate = (...commands: readonly (readonly (string | number)[])[]) => void;

export interface Waiting {
  waiting: true;
  keys: readonly string[];
  /** 0: for ever. */
  timeoutMs: number;
  /** The answer once there is one. */
  attempt(propagate: Propagate): Reply | undefined;
  onTimeout: Reply;
}

/** Waits until one of the keys, looked at in their order, gives something. */
export function firstOf(
  keys: readonly string[],
  timeoutMs: number,
  take: (key: string, propagate: Propagate) => Reply | undefined,
): Waiting {
  return {
    waiting: true,
    keys,
    timeoutMs,
    onTimeout: nullArray,
    attempt(propagate) {
      for (const key of keys) {
        const taken = take(key, propagate);
        if (taken !== undefined) return taken;
      }
      return undefined;
    },
  };
}
