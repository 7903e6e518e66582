/** Secrets Manager's life: one timer to the rotation that is due next. What fell due while the cloud stood still is done at its start. */
import type { Cloud } from "../../cloud.ts";
import { begin, goOn, isPending, type Rotation } from "./rotation.ts";
import { keep } from "./replication.ts";
import { type Secret } from "./secret.ts";

/** A machine that slept wakes timers late: its clock is looked at this often. */
const longestWaitMs = 10_000;

interface Life {
  running: boolean;
  cancel: () => void;
  /** What is being rotated, by region and name. */
  turning: Map<string, Promise<void>>;
}

const key = Symbol("secretsmanager.life");
const life = (cloud: Cloud): Life => cloud.memory(key, () => ({ running: false, cancel: () => {}, turning: new Map() }));

export function startRotations(cloud: Cloud): void {
  life(cloud).running = true;
  // Not within the start itself: the function calls this cloud.
  life(cloud).cancel = cloud.world.clock.after(0, () => lookAtRotations(cloud));
}

export async function stopRotations(cloud: Cloud): Promise<void> {
  const own = life(cloud);
  own.running = false;
  own.cancel();
  await Promise.all(own.turning.values());
}

/** To be called when a rotation was set up, begun or cancelled. */
export function lookAtRotations(cloud: Cloud): void {
  const own = life(cloud);
  if (!own.running) return;
  own.cancel();
  const nowMs = cloud.world.clock.nowMs();
  let waitMs = longestWaitMs;
  try {
    for (const { scope: region, value: secret } of cloud.store.collection<Secret>("secrets").all()) {
      if (!secret.rotation || secret.deletionMs !== undefined || own.turning.has(`${region} ${secret.name}`)) continue;
      const dueMs = fallDue(cloud, region, secret as Secret & { rotation: Rotation }, nowMs);
      if (dueMs !== undefined && dueMs <= nowMs) turn(cloud, region, secret.name);
      else if (dueMs !== undefined) waitMs = Math.min(waitMs, dueMs - nowMs);
    }
  } catch {
    // What could not be written (a full disk) is looked at again with the next tick.
  }
  own.cancel = cloud.world.clock.after(waitMs, () => lookAtRotations(cloud));
}

/** @returns when there is something to be done for it; what falls due now is begun, on disk. */
function fallDue(cloud: Cloud, region: string, secret: Secret & { rotation: Rotation }, nowMs: number): number | undefined {
  const { underWay, nextMs } = secret.rotation;
  if (underWay) return underWay.tryMs;
  if (nextMs === undefined || nextMs > nowMs) return nextMs;
  // A version that somebody else left waiting stands in the way until its label is moved.
  if (isPending(secret)) return nowMs + longestWaitMs;
  begin(secret, cloud.world.random.uuid(), nowMs);
  keep({ cloud, account: cloud.account, region }, secret);
  return nowMs;
}

function turn(cloud: Cloud, region: string, name: string): void {
  const own = life(cloud);
  const id = `${region} ${name}`;
  const turning = goOn(cloud, region, name)
    .catch((error: unknown) => {
      if (!cloud.stopping.aborted) console.error(`secretsmanager: ${name} could not be rotated:`, error);
    })
    .finally(() => {
      own.turning.delete(id);
      lookAtRotations(cloud);
    });
  own.turning.set(id, turning);
}
