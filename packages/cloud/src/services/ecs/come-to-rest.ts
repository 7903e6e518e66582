/** When programs that neither listen nor have a health check count as started: they wait for something to do, or have run for a while. */
import type { Clock, Usage } from "../../world.ts";

/** Those that cannot start end within their first second, mostly. */
const longestMs = 1_500;
/** Longer than what is told of processes is kept. */
const lookMs = 450;
/** Of the time between two looks: a program that waits uses next to none. */
const restingShare = 0.1;

/** `usages` of all its programs; where the system does not tell them, only time counts. */
export async function comeToRest(clock: Clock, usages: () => (Usage | undefined)[]): Promise<void> {
  let before: number | undefined;
  for (let leftMs = longestMs; leftMs > 0; leftMs -= lookMs) {
    await clock.sleep(Math.min(lookMs, leftMs));
    const now = usages();
    const cpuSeconds = now.reduce<number | undefined>((sum, one) => (sum === undefined || !one ? undefined : sum + one.cpuSeconds), 0);
    const used = before === undefined || cpuSeconds === undefined ? undefined : cpuSeconds - before;
    if (used !== undefined && used <= (restingShare * lookMs) / 1000 && !now.some((one) => one?.busy)) return;
    before = cpuSeconds;
  }
}
