/** How many instances a service needs for the requests that are under way: as many as keep each below its concurrency, between MinSize and MaxSize. */
import type { AutoScalingRecord } from "./auto-scaling.ts";

export type Sizes = Pick<AutoScalingRecord, "maxConcurrency" | "minSize" | "maxSize">;

/** How long less has to be enough before instances go. AWS does not say; a minute keeps bursts from making and ending instances in turn. */
export const calmMs = 60_000;

export interface Scaling {
  /** The size for `concurrency` requests at once, seen at `nowMs`: more at once, fewer after a calm. */
  sizeFor(concurrency: number, nowMs: number, sizes: Sizes): number;
}

export const bounded = (count: number, { minSize, maxSize }: Sizes): number => Math.min(maxSize, Math.max(minSize, count));

export function scaling(): Scaling {
  /** What was needed and when, newest last: only looks that none after them exceeds. */
  let needs: { atMs: number; count: number }[] = [];
  return {
    sizeFor(concurrency, nowMs, sizes) {
      const count = bounded(Math.ceil(concurrency / sizes.maxConcurrency), sizes);
      needs = [...needs.filter((need) => nowMs - need.atMs < calmMs && need.count > count), { atMs: nowMs, count }];
      return bounded(needs[0]!.count, sizes);
    },
  };
}
