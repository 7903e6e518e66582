/** What stands between the RDS Data API and the databases that it runs statements in: RDS says here where each is, and how it is. */
import type { Cloud } from "../cloud.ts";

export interface SqlEndpoint {
  /** Stays when the database is renamed. */
  resourceId: string;
  /** Whether statements may come over HTTP (`HttpEndpointEnabled`). */
  enabled: boolean;
  /** `paused`: it can be woken; `away`: nobody can be reached now, because it is stopped, is being made or has no instance that writes. */
  state: "serving" | "paused" | "away";
  /** Where it is connected to. */
  at: { address: string; port: number } | undefined;
  /** The database that is meant where a call names none. */
  database: string | undefined;
  /** Begins to wake it; nobody waits for it. */
  wake(): void;
}

type Find = (region: string, arn: string) => SqlEndpoint | undefined;

const key = Symbol("sql endpoints");
const shelf = (cloud: Cloud) => cloud.memory(key, (): { find: Find } => ({ find: () => undefined }));

export function serveSqlEndpoints(cloud: Cloud, find: Find): void {
  shelf(cloud).find = find;
}

/** `undefined` where there is no such database. */
export const sqlEndpoint = (cloud: Cloud, region: string, arn: string): SqlEndpoint | undefined => shelf(cloud).find(region, arn);
