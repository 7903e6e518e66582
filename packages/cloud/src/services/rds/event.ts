/** What happened to instances, snapshots and groups. */
import type { Cloud } from "../../cloud.ts";
import { recentEvents } from "../../recent-events.ts";
import { arnOf } from "./names.ts";

export type SourceType = "db-instance" | "db-snapshot" | "db-parameter-group";

export interface RdsEvent {
  source: string;
  type: SourceType;
  arn: string;
  message: string;
  categories: string[];
}

export const events = recentEvents<RdsEvent>("rds.events");

/** Notes what happened to an instance. */
export function note(cloud: Cloud, region: string, identifier: string, message: string, ...categories: string[]): void {
  events.note(cloud, region, {
    source: identifier,
    type: "db-instance",
    arn: arnOf({ region, account: cloud.account }, "db", identifier),
    message,
    categories,
  });
}
