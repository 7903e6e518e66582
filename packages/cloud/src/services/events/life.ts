/**
 * The life of EventBridge: what was accepted goes to its targets, to each in the order in which it came; what a target did not take waits
 * for its next time; schedules fall due.
 */
import type { Cloud } from "../../cloud.ts";
import { type Invocation, invocations } from "./invocation.ts";
import type { Place } from "./place.ts";

/** A machine that slept wakes timers late: its clock is looked at this often. */
const longestWaitMs = 60_000;

interface Life {
  running: boolean;
  cancel: () => void;
  /** By rule and target: what it is to get next. A lane that is there has somebody who works through it. */
  lanes: Map<string, Invocation[]>;
  working: Set<Promise<void>>;
  /** What waits for its next time, by key. */
  later: Map<string, Invocation>;
  work: Work;
}

export interface Work {
  /** Hands it to its target. Says what is left to be tried, with its next time; `undefined` when it is over. */
  attempt: (cloud: Cloud, invocation: Invocation) => Promise<Invocation | undefined>;
  /** Does what else is due at that time, and says when something will be again. */
  due: (cloud: Cloud, nowMs: number) => number | undefined;
}

const nothing: Work = { attempt: async () => undefined, due: () => undefined };

const memory = Symbol("events.life");
const life = (cloud: Cloud): Life =>
  cloud.memory(memory, () => ({
    running: false,
    cancel: () => {},
    lanes: new Map(),
    working: new Set(),
    later: new Map(),
    work: nothing,
  }));

export function startLife(cloud: Cloud, todo: Work): void {
  const own = life(cloud);
  own.work = todo;
  // What came before (other services tell events while they start) waits in its lanes already.
  const queued = new Set([...own.lanes.values()].flatMap((lane) => lane.map(({ key }) => key)));
  for (const { value } of invocations(cloud).all()) if (!queued.has(value.key)) enqueue(cloud, value);
  own.running = true;
  for (const lane of own.lanes.keys()) work(cloud, own, lane);
  look(cloud);
}

export async function stopLife(cloud: Cloud): Promise<void> {
  const own = life(cloud);
  own.running = false;
  own.cancel();
  await Promise.all(own.working);
}

const laneOf = ({ ruleArn, target }: Pick<Invocation, "ruleArn" | "target">) => `${ruleArn} ${target.Id}`;

/** To be called with what is on disk. */
export function enqueue(cloud: Cloud, invocation: Invocation): void {
  const own = life(cloud);
  if (invocation.tryMs > cloud.world.clock.nowMs()) {
    own.later.set(invocation.key, invocation);
    look(cloud);
    return;
  }
  const name = laneOf(invocation);
  const lane = own.lanes.get(name);
  if (lane) lane.push(invocation);
  else {
    own.lanes.set(name, [invocation]);
    work(cloud, own, name);
  }
}

function work(cloud: Cloud, own: Life, name: string): void {
  if (!own.running) return;
  const working = workThrough(cloud, own, name).finally(() => own.working.delete(working));
  own.working.add(working);
}

async function workThrough(cloud: Cloud, own: Life, name: string): Promise<void> {
  // What put it there may still be inside of a transaction.
  await Promise.resolve();
  const lane = own.lanes.get(name)!;
  for (let invocation = lane[0]; invocation !== undefined && own.running; invocation = lane[0]) {
    const again = await tryOnce(cloud, own, invocation);
    lane.shift();
    if (!again) continue;
    own.later.set(again.key, again);
    look(cloud);
  }
  if (own.running) own.lanes.delete(name);
}

/** What is left to be tried, later; `undefined` when it is over. */
async function tryOnce(cloud: Cloud, own: Life, invocation: Invocation): Promise<Invocation | undefined> {
  try {
    return await own.work.attempt(cloud, invocation);
  } catch (error) {
    // This machine (a full disk) kept it from being tried, or from being written down.
    if (!cloud.stopping.aborted) console.error(`events: a target of ${invocation.ruleArn} could not be called:`, error);
    return { ...invocation, tryMs: cloud.world.clock.nowMs() + longestWaitMs };
  }
}

/** To be called when something may be due earlier than it was. */
export function look(cloud: Cloud): void {
  const own = life(cloud);
  if (!own.running) return;
  own.cancel();
  const nowMs = cloud.world.clock.nowMs();
  let nextMs = nowMs + longestWaitMs;
  try {
    nextMs = Math.min(nextMs, own.work.due(cloud, nowMs) ?? nextMs);
  } catch (error) {
    // What could not be written (a full disk) is looked at again with the next tick.
    if (!cloud.stopping.aborted) console.error("events: what was due could not be noted:", error);
  }
  for (const [key, one] of own.later) {
    if (one.tryMs > nowMs) nextMs = Math.min(nextMs, one.tryMs);
    else {
      own.later.delete(key);
      enqueue(cloud, one);
    }
  }
  own.cancel = cloud.world.clock.after(Math.max(0, nextMs - nowMs), () => look(cloud));
}

/** What is not yet over of a rule, or of one of its targets, is forgotten with it. */
export function forget({ cloud, region }: Place, ruleArn: string, targetId?: string): void {
  const own = life(cloud);
  const gone = (one: Invocation) => one.ruleArn === ruleArn && (targetId === undefined || one.target.Id === targetId);
  for (const [key, one] of own.later) {
    if (!gone(one)) continue;
    own.later.delete(key);
    invocations(cloud).delete(region, key);
  }
}
