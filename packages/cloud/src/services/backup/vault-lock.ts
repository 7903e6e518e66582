/**
 * What a vault's lock forbids: recovery points with too short or too long a life are not taken in, and none is deleted or given another life.
 * A lock with a date can be changed or removed until then, and never afterwards. Source: AWS Backup Developer Guide, "AWS Backup Vault Lock".
 */
import type { Cloud } from "../../cloud.ts";
import { invalidRequest, invalidValue } from "./errors.ts";
import type { Lifecycle } from "./lifecycle.ts";

/** A vault as far as its lock is concerned. */
interface Lockable {
  name: string;
  lock?: VaultLock;
}

export interface VaultLock {
  minDays?: number;
  maxDays?: number;
  /** From when on it holds for good. Absent: whoever may remove it, can. */
  forGoodAtMs?: number;
}

const dayMs = 24 * 60 * 60_000;
/** A hundred years. */
const longestDays = 36_500;
/** The time for thinking it over. */
const shortestChangeableDays = 3;

interface Asked {
  MinRetentionDays?: number | undefined;
  MaxRetentionDays?: number | undefined;
  ChangeableForDays?: number | undefined;
}

export function lockOf({ MinRetentionDays: min, MaxRetentionDays: max, ChangeableForDays: days }: Asked, nowMs: number): VaultLock {
  if (min !== undefined && (min < 1 || min > longestDays)) throw invalidValue(`MinRetentionDays must be from 1 to ${longestDays}.`);
  if (max !== undefined && (max < 1 || max > longestDays)) throw invalidValue(`MaxRetentionDays must be from 1 to ${longestDays}.`);
  if (min !== undefined && max !== undefined && min > max) throw invalidValue("MinRetentionDays cannot be greater than MaxRetentionDays.");
  if (days !== undefined && (days < shortestChangeableDays || days > longestDays))
    throw invalidValue(`ChangeableForDays must be from ${shortestChangeableDays} to ${longestDays}.`);
  return {
    ...(min !== undefined && { minDays: min }),
    ...(max !== undefined && { maxDays: max }),
    ...(days !== undefined && { forGoodAtMs: nowMs + days * dayMs }),
  };
}

export function checkChangeable(cloud: Cloud, { name, lock }: Lockable): void {
  if (lock?.forGoodAtMs !== undefined && lock.forGoodAtMs <= cloud.world.clock.nowMs())
    throw invalidRequest(
      `The lock of backup vault ${name} cannot be changed or removed since ${new Date(lock.forGoodAtMs).toISOString()}.`,
    );
}

export function checkUnlocked({ name, lock }: Lockable): void {
  if (lock) throw invalidRequest(`Backup vault ${name} is locked: its recovery points are neither deleted nor given another lifecycle.`);
}

/** Whether a recovery point of that life may come in. */
export function checkRetention({ name, lock }: Lockable, { DeleteAfterDays: days = Infinity }: Lifecycle): void {
  if (lock?.minDays !== undefined && days < lock.minDays)
    throw new Error(`The retention of ${days} days is shorter than the ${lock.minDays} days that backup vault ${name} asks for at least.`);
  if (lock?.maxDays !== undefined && days > lock.maxDays) {
    const wanted = days === Infinity ? "for ever" : `of ${days} days`;
    throw new Error(`The retention ${wanted} is longer than the ${lock.maxDays} days that backup vault ${name} allows.`);
  }
}
