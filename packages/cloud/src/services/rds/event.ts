/** What happened to instances, snapshots and groups. */
import { recentEvents } from "../../recent-events.ts";

export type SourceType = "db-instance" | "db-snapshot" | "db-parameter-group";

export interface RdsEvent {
  source: string;
  type: SourceType;
  arn: string;
  message: string;
  categories: string[];
}

export const events = recentEvents<RdsEvent>("rds.events");
