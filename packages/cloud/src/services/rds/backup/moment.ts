/** The moment that a restore asks for: checked against what can be had, with the backup from which it begins. */
import type { Cloud } from "../../../cloud.ts";
import { invalidCombination, invalidValue, notEmulated, pointInTimeNotEnabled } from "../errors.ts";
import type { KeptSnapshot } from "./kept-snapshot.ts";
import { type BackedUp, baseFor, restorableWindow } from "./restorable-window.ts";

export interface Moment {
  base: KeptSnapshot;
  /** ISO 8601. */
  targetTime: string;
}

export interface MomentRequest {
  RestoreTime?: Date | undefined;
  UseLatestRestorableTime?: boolean | undefined;
}

/** @param latestMs the last time of a database that is gone. */
export function checkMoment(
  cloud: Cloud,
  region: string,
  source: BackedUp & { identifier: string },
  asked: MomentRequest,
  latestMs?: number,
): Moment {
  const what = `DB ${source.resourceId.startsWith("cluster-") ? "cluster" : "instance"} ${source.identifier}`;
  if (asked.RestoreTime && asked.UseLatestRestorableTime) {
    throw invalidCombination("You can't specify both RestoreTime and UseLatestRestorableTime.");
  }
  if (!asked.RestoreTime && !asked.UseLatestRestorableTime) {
    throw invalidCombination("You must specify either RestoreTime or UseLatestRestorableTime.");
  }
  if (source.settings.backupRetentionDays === 0) throw pointInTimeNotEnabled(source.identifier);
  if (source.server === "pglite") {
    throw notEmulated(
      "point-in-time recovery of a database that PGlite serves (it keeps no log): restore one of its snapshots, or install pgvector for the native server. It",
    );
  }
  const window = restorableWindow(cloud, region, source, latestMs);
  if (!window) throw invalidValue(`The ${what} has no restorable time yet: its first backup is not complete.`);
  const atMs = asked.RestoreTime?.getTime() ?? window.latestMs;
  const [earliest, latest] = [window.earliestMs, window.latestMs].map((ms) => new Date(ms).toISOString());
  const fault = (why: string) =>
    invalidValue(
      `The specified restore time ${new Date(atMs).toISOString()} is ${why} of the ${what}: it can be restored to a time from ${earliest} to ${latest}.`,
    );
  if (atMs < window.earliestMs) throw fault("before the earliest restorable time");
  if (atMs > window.latestMs) throw fault("after the latest restorable time");
  return { base: baseFor(cloud, region, source.resourceId, atMs)!, targetTime: new Date(atMs).toISOString() };
}
