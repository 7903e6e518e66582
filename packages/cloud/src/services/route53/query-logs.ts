/** Query logging configurations: kept and listed; questions to the DNS server are not written into log groups. */
import type { Cloud } from "../../cloud.ts";
import type { Collection } from "../../store.ts";
import { everywhere } from "./zones.ts";

export interface QueryLogRecord {
  id: string;
  zoneId: string;
  logGroupArn: string;
}

export const queryLogs = (cloud: Cloud): Collection<QueryLogRecord> => cloud.store.collection("route53:query-log");

export const queryLogsOf = (cloud: Cloud, zoneId: string) =>
  queryLogs(cloud)
    .list(everywhere)
    .filter((each) => each.zoneId === zoneId);
