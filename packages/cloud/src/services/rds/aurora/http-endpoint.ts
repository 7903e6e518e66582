/** Clusters as the Data API reaches them: by their ARN, through the writer's endpoint. */
import type { Cloud } from "../../../cloud.ts";
import { serveSqlEndpoints, type SqlEndpoint } from "../../../runtime/sql-endpoints.ts";
import { runningServer } from "../servers.ts";
import { clusterWork } from "../work.ts";
import { type Cluster, clusters } from "./cluster.ts";
import { writerOf } from "./members.ts";
import { wake } from "./wake.ts";

export function openToDataApi(cloud: Cloud): void {
  serveSqlEndpoints(cloud, (region, arn) => {
    const [, of, account, identifier] = /^arn:aws[^:]*:rds:([^:]*):([^:]*):cluster:(.+)$/.exec(arn) ?? [];
    if (of !== region || account !== cloud.account) return undefined;
    const cluster = clusters(cloud).get(region, identifier!.toLowerCase());
    return cluster && endpointOf(cloud, region, cluster);
  });
}

function endpointOf(cloud: Cloud, region: string, cluster: Cluster): SqlEndpoint {
  const { resourceId, settings, status } = cluster;
  const writer = writerOf(cloud, region, cluster);
  const serves = writer !== undefined && (status === "available" || status === "modifying" || status === "backing-up");
  return {
    resourceId,
    enabled: settings.httpEndpoint ?? false,
    state: !serves ? "away" : runningServer(cloud, writer) ? "serving" : writer.member.paused ? "paused" : "away",
    at: cluster.endpoint,
    database: cluster.databaseName,
    wake: () =>
      void clusterWork(cloud, region, resourceId, (identifier) => wake(cloud, region, identifier, writer?.resourceId, "connection")),
  };
}
