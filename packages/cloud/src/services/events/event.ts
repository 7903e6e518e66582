/** An event as targets see it. */
import type { Place } from "./place.ts";

export interface Event {
  version: "0";
  id: string;
  "detail-type": string;
  source: string;
  account: string;
  /** In whole seconds, as `2026-01-01T00:00:00Z`. */
  time: string;
  region: string;
  /** Of one that comes again out of an archive. */
  "replay-name"?: string;
  resources: string[];
  detail: object;
}

export interface Told {
  source: string;
  detailType: string;
  detail: object;
  resources?: readonly string[] | undefined;
  /** Default: now. */
  timeMs?: number | undefined;
}

export function newEvent({ cloud, account, region }: Place, { source, detailType, detail, resources = [], timeMs }: Told): Event {
  return {
    version: "0",
    id: cloud.world.random.uuid(),
    "detail-type": detailType,
    source,
    account,
    time: timeText(timeMs ?? cloud.world.clock.nowMs()),
    region,
    resources: [...resources],
    detail,
  };
}

export const timeText = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/u, "Z");
