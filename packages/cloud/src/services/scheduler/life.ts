/**
 * Its life: one timer to what is due next. What fell due while the cloud stood still is done once at its start, if it is not older
 * than its maximum event age.
 */
import type { Cloud } from "../../cloud.ts";
import { attempt, type Invocation, invocationKey, invocations } from "./invocation.ts";
import { keyOf, planned, type Schedule, schedules } from "./schedule.ts";

/** A machine that slept wakes timers late: its clock is looked at this often. */
const longestWaitMs = 60_000;

interface Life {
  running: boolean;
  cancel: () => void;
  /** What is being tried, by its id. */
  trying: Map<string, Promise<void>>;
  /** Until when one rests that this machine (a full disk) kept from being tried. */
  restingUntilMs: Map<string, number>;
}

const key = Symbol("scheduler.life");
const life = (cloud: Cloud): Life =>
  cloud.memory(key, () => ({ running: false, cancel: () => {}, trying: new Map(), restingUntilMs: new Map() }));

export function startScheduler(cloud: Cloud): void {
  life(cloud).running = true;
  look(cloud);
}

export async function stopScheduler(cloud: Cloud): Promise<void> {
  const own = life(cloud);
  own.running = false;
  own.cancel();
  await Promise.all(own.trying.values());
}

/** To be called when something of a schedule has changed. */
export function look(cloud: Cloud): void {
  const own = life(cloud);
  if (!own.running) return;
  own.cancel();
  const nowMs = cloud.world.clock.nowMs();
  try {
    for (const { scope, value } of schedules(cloud).all()) {
      if (value.invokeMs !== undefined && value.invokeMs <= nowMs) fallDue(cloud, scope, value, nowMs);
    }
    for (const { value } of invocations(cloud).all()) if (whenMs(own, value) <= nowMs) begin(cloud, value);
  } catch {
    // What could not be written (a full disk) is looked at again with the next tick.
    own.cancel = cloud.world.clock.after(longestWaitMs, () => look(cloud));
    return;
  }
  const times = [
    ...schedules(cloud)
      .all()
      .flatMap(({ value }) => value.invokeMs ?? []),
    ...invocations(cloud)
      .all()
      .flatMap(({ value }) => (own.trying.has(value.id) ? [] : whenMs(own, value))),
  ];
  const waitMs = Math.max(0, Math.min(longestWaitMs, ...times.map((time) => time - nowMs)));
  own.cancel = cloud.world.clock.after(waitMs, () => look(cloud));
}

const whenMs = (own: Life, { id, tryMs }: Invocation): number => Math.max(tryMs, own.restingUntilMs.get(id) ?? 0);

/** The invocation is on disk before the schedule has moved on, with it. */
function fallDue(cloud: Cloud, region: string, schedule: Schedule, nowMs: number): void {
  const next = planned(cloud, schedule, nowMs);
  const last = next.nextMs === undefined && schedule.afterCompletion === "DELETE";
  const invocation: Invocation = {
    id: cloud.world.random.hex(16),
    region,
    group: schedule.group,
    name: schedule.name,
    scheduleArn: schedule.arn,
    scheduledMs: schedule.nextMs!,
    target: schedule.target,
    attempts: 0,
    tryMs: nowMs,
    last,
  };
  const tooOld = nowMs - schedule.invokeMs! > (schedule.target.RetryPolicy?.MaximumEventAgeInSeconds ?? 86_400) * 1000;
  cloud.store.transaction(() => {
    if (!tooOld) invocations(cloud).put(region, invocationKey(invocation), invocation);
    schedules(cloud).put(region, keyOf(schedule), next);
    if (tooOld && last) schedules(cloud).delete(region, keyOf(schedule));
  });
}

function begin(cloud: Cloud, invocation: Invocation): void {
  const own = life(cloud);
  if (own.trying.has(invocation.id)) return;
  const trying = tryOnce(cloud, own, invocation).finally(() => {
    own.trying.delete(invocation.id);
    look(cloud);
  });
  own.trying.set(invocation.id, trying);
}

async function tryOnce(cloud: Cloud, own: Life, invocation: Invocation): Promise<void> {
  try {
    const outcome = await attempt(cloud, invocation);
    own.restingUntilMs.delete(invocation.id);
    if (outcome === "done" && invocation.last) schedules(cloud).delete(invocation.region, keyOf(invocation));
  } catch (error) {
    own.restingUntilMs.set(invocation.id, cloud.world.clock.nowMs() + longestWaitMs);
    if (!cloud.stopping.aborted) console.error(`scheduler: ${invocation.scheduleArn} could not be invoked:`, error);
  }
}
