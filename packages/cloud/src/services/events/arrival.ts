/** Keys that sort in the order in which events came. */
import type { Cloud } from "../../cloud.ts";

/** How many came in this life of the cloud: by it those of one moment keep their order. */
const memory = Symbol("events.arrivals");

export const timeKey = (ms: number): string => String(ms).padStart(15, "0");

export function arrivalKey(cloud: Cloud): string {
  const { clock, random } = cloud.world;
  const order = cloud.memory(memory, () => ({ next: 0 }));
  return `${timeKey(clock.nowMs())}-${String(order.next++).padStart(9, "0")}-${random.hex(6)}`;
}
