/** Retention for real: once an hour, and soon after a policy changes, events older than their group keeps them are removed. */
import type { Cloud } from "../../cloud.ts";
import { deleteOlder } from "./events.ts";
import { groups } from "./groups.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Events removed in one go, so that calls are answered in between. */
const step = 20_000;

interface Timer {
  cancel: () => void;
}

const timer = Symbol("logs.retention");

export function startRetention(cloud: Cloud): void {
  schedule(cloud, hourMs);
}

export function stopRetention(cloud: Cloud): void {
  held(cloud).cancel();
}

/** Runs within a second. */
export function expireSoon(cloud: Cloud): void {
  schedule(cloud, 1_000);
}

function schedule(cloud: Cloud, delayMs: number): void {
  const own = held(cloud);
  own.cancel();
  own.cancel = cloud.world.clock.after(delayMs, () => schedule(cloud, expire(cloud) ? 50 : hourMs));
}

/** Whether there is more to remove. */
function expire(cloud: Cloud): boolean {
  const nowMs = cloud.world.clock.nowMs();
  let more = false;
  for (const { value: group } of groups(cloud).all()) {
    if (group.retentionInDays === undefined) continue;
    try {
      more = deleteOlder(cloud, group.id, nowMs - group.retentionInDays * dayMs, step) || more;
    } catch {
      // Nothing was removed (a disk that is full, say); the next hour tries again.
    }
  }
  return more;
}

function held(cloud: Cloud): Timer {
  return cloud.memory<Timer>(timer, () => ({ cancel: () => {} }));
}
