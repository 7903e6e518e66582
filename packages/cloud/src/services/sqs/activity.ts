/** What happened on each queue since CloudWatch was told last. Counted in memory: a killed cloud loses its last minute of it. */
import type { Cloud } from "../../cloud.ts";
import type { Queue } from "./queue.ts";

export interface Activity {
  sent: { count: number; sum: number; min: number; max: number };
  received: number;
  deleted: number;
  emptyReceives: number;
}

interface Counted {
  current: Activity;
  /** Of the last call. */
  lastMs: number;
}

const memory = Symbol("sqs activity");
const counted = (cloud: Cloud) => cloud.memory(memory, () => new Map<number, Counted>());

const nothing = (): Activity => ({ sent: { count: 0, sum: 0, min: Infinity, max: 0 }, received: 0, deleted: 0, emptyReceives: 0 });

function of(cloud: Cloud, { id }: Pick<Queue, "id">): Activity {
  const all = counted(cloud);
  let found = all.get(id);
  if (!found) all.set(id, (found = { current: nothing(), lastMs: 0 }));
  found.lastMs = cloud.world.clock.nowMs();
  return found.current;
}

export function countSent(cloud: Cloud, queue: Queue, bytes: number): void {
  const { sent } = of(cloud, queue);
  sent.count++;
  sent.sum += bytes;
  sent.min = Math.min(sent.min, bytes);
  sent.max = Math.max(sent.max, bytes);
}

export function countReceived(cloud: Cloud, queue: Queue, count: number): void {
  const activity = of(cloud, queue);
  activity.received += count;
  if (count === 0) activity.emptyReceives++;
}

export function countDeleted(cloud: Cloud, queue: Queue, count: number): void {
  of(cloud, queue).deleted += count;
}

/** What happened since the last time, and when anything did. */
export function takeActivity(cloud: Cloud, { id }: Queue): { activity: Activity; lastMs: number | undefined } {
  const found = counted(cloud).get(id);
  const activity = found?.current ?? nothing();
  if (found) found.current = nothing();
  return { activity, lastMs: found?.lastMs };
}

export function forgetActivity(cloud: Cloud, id: number): void {
  counted(cloud).delete(id);
}
