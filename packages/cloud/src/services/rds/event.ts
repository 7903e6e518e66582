/** What happened to instances, snapshots and groups. */
import type { Cloud } from "../../cloud.ts";
import { recentEvents } from "../../recent-events.ts";
import { arnOf } from "./names.ts";
import { tell } from "./told-events.ts";

export type SourceType = "db-instance" | "db-snapshot" | "db-parameter-group" | "db-cluster";

export interface RdsEvent {
  source: string;
  type: SourceType;
  arn: string;
  message: string;
  categories: string[];
}

const kept = recentEvents<RdsEvent>("rds.events");

export const events = {
  ...kept,
  /** Also to EventBridge. */
  note(cloud: Cloud, region: string, event: RdsEvent): void {
    kept.note(cloud, region, event);
    tell(cloud, region, event);
  },
};

/** Something has happened to an instance. */
export function note(cloud: Cloud, region: string, identifier: string, message: string, ...categories: string[]): void {
  const arn = arnOf({ region, account: cloud.account }, "db", identifier);
  events.note(cloud, region, { source: identifier, type: "db-instance", arn, message, categories });
}

/** Something has happened to a cluster. */
export function noteCluster(cloud: Cloud, region: string, identifier: string, message: string, ...categories: string[]): void {
  const arn = arnOf({ region, account: cloud.account }, "cluster", identifier);
  events.note(cloud, region, { source: identifier, type: "db-cluster", arn, message, categories });
}
