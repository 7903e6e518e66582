/** Replays: the events of an archive, between two times, on their bus once more. How far one has come is on disk with what it gave out. */
import type { Cloud } from "../../cloud.ts";
import { accept } from "./acceptance.ts";
import { archivedSince, keyBefore } from "./archive.ts";
import { replayNotFound } from "./errors.ts";
import type { Place } from "./place.ts";

export interface Replay {
  name: string;
  arn: string;
  description?: string;
  archive: string;
  archiveArn: string;
  bus: string;
  busArn: string;
  /** The rules that may take what comes; absent: all of the bus. */
  filterArns?: string[];
  fromMs: number;
  toMs: number;
  state: "STARTING" | "RUNNING" | "CANCELLING" | "COMPLETED" | "CANCELLED";
  startedMs: number;
  endedMs?: number;
  /** Of the event that was given out last. */
  lastMs?: number;
  /** The archived event that was given out last. */
  cursor: string;
}

/** It begins so long after it was asked for. */
const beginsAfterMs = 1_000;
/** How many events are given out at once. */
const chunk = 100;

export const replays = (cloud: Cloud) => cloud.store.collection<Replay>("events.replay");

/** Throws where there is none. */
export function requireReplay({ cloud, region }: Place, name: string): Replay {
  const found = replays(cloud).get(region, name);
  if (!found) throw replayNotFound(name);
  return found;
}

/** Says when there will be something to do again. */
export function runReplays(cloud: Cloud, nowMs: number): number | undefined {
  let nextMs: number | undefined;
  for (const { scope: region, value: replay } of replays(cloud).all()) {
    if (replay.endedMs !== undefined) continue;
    const place: Place = { cloud, account: cloud.account, region };
    const beginsMs = replay.startedMs + beginsAfterMs;
    const atMs = beginsMs > nowMs ? beginsMs : go(place, replay, nowMs);
    if (atMs !== undefined) nextMs = Math.min(nextMs ?? atMs, atMs);
  }
  return nextMs;
}

/** A chunk of it; `undefined` when it has ended. */
function go(place: Place, replay: Replay, nowMs: number): number | undefined {
  const { cloud, region } = place;
  if (replay.state === "CANCELLING") {
    replays(cloud).put(region, replay.name, { ...replay, state: "CANCELLED", endedMs: nowMs });
    return undefined;
  }
  const left = archivedSince(place, replay.archive, replay.cursor || keyBefore(replay.archive, replay.fromMs)).filter(
    ({ value }) => value.atMs <= replay.toMs,
  );
  const now = left.slice(0, chunk);
  const last = now.at(-1);
  cloud.store.transaction(() => {
    for (const { value } of now) {
      const { version, id, source, account, time, region: at, "detail-type": detailType, ...rest } = value.event;
      const again = { version, id, "detail-type": detailType, source, account, time, region: at, "replay-name": replay.name, ...rest };
      accept(place, replay.bus, again, { only: replay.filterArns });
    }
    replays(cloud).put(region, replay.name, {
      ...replay,
      state: left.length > chunk ? "RUNNING" : "COMPLETED",
      ...(last && { cursor: last.key, lastMs: last.value.atMs }),
      ...(left.length <= chunk && { endedMs: nowMs }),
    });
  });
  return left.length > chunk ? nowMs : undefined;
}

export const describeReplay = (replay: Replay) => ({
  ReplayName: replay.name,
  EventSourceArn: replay.archiveArn,
  State: replay.state,
  EventStartTime: new Date(replay.fromMs),
  EventEndTime: new Date(replay.toMs),
  ...(replay.lastMs !== undefined && { EventLastReplayedTime: new Date(replay.lastMs) }),
  ReplayStartTime: new Date(replay.startedMs),
  ...(replay.endedMs !== undefined && { ReplayEndTime: new Date(replay.endedMs) }),
});
