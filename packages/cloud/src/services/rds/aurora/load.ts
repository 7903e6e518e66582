/** How many ACUs a serverless instance has, by the load that its server really makes. */
import type { Capacity } from "./capacity.ts";

/** An ACU is about 2 GiB of memory, of which a processor of the classes for databases has 8. */
const acusPerProcessor = 4;
const step = 0.5;
/** More is given than is used, so that there is room to grow into; and given back slowly. */
const headroom = 1.25;
const shrinkTo = 0.5;

/** The processors in use as ACUs. */
export const acusOf = (processors: number) => processors * acusPerProcessor;

/** The capacity after an interval in which `used` ACUs were in use; at once up to what is asked for, at most by half down. */
export function nextCapacity({ min, max }: Capacity, used: number, before: number): number {
  const wanted = Math.ceil((used * headroom) / step) * step;
  const kept = Math.floor((before * shrinkTo) / step) * step;
  return Math.min(max, Math.max(step, min, wanted, kept));
}
