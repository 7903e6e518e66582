/** AuroraGlobalDBReplicationLag: by how many milliseconds each secondary cluster is behind its primary, told each minute in the secondary's region. */
import { AwsError } from "../../../aws-error.ts";
import type { Cloud } from "../../../cloud.ts";
import { servicePrincipal } from "../../../identity/principal.ts";
import { writerOf } from "../aurora/members.ts";
import { runningServer } from "../servers.ts";
import { clusterOf } from "../work.ts";
import { everywhere, type GlobalCluster, globalClusters, type Place, primaryOfGlobal } from "./global-cluster.ts";

export async function reportLags(cloud: Cloud): Promise<void> {
  for (const global of globalClusters(cloud).list(everywhere)) {
    for (const place of global.members.filter(({ writer }) => !writer)) {
      try {
        await report(cloud, global, place);
      } catch (error) {
        // A server that is just ending cannot be asked, and a cloud without CloudWatch has nobody to tell.
        if (!cloud.stopping.aborted && !(error instanceof AwsError) && !(error instanceof Error && "code" in error)) throw error;
      }
    }
  }
}

async function report(cloud: Cloud, global: GlobalCluster, place: Place): Promise<void> {
  const cluster = clusterOf(cloud, place.region, place.resourceId);
  const lagMs = cluster && (await lagOf(cloud, global, place));
  if (lagMs === undefined) return;
  const call = cloud.as(servicePrincipal(cloud.account, "rds.amazonaws.com"), place.region);
  await call("cloudwatch", "PutMetricData", {
    Namespace: "AWS/RDS",
    MetricData: [
      {
        MetricName: "AuroraGlobalDBReplicationLag",
        Dimensions: [{ Name: "DBClusterIdentifier", Value: cluster!.identifier }],
        Timestamp: new Date(cloud.world.clock.nowMs()),
        Value: lagMs,
        Unit: "Milliseconds",
      },
    ],
  });
}

/** As the primary sees it; where it does not see the secondary, the age of the last thing that the secondary has got. */
async function lagOf(cloud: Cloud, global: GlobalCluster, place: Place): Promise<number | undefined> {
  const primary = primaryOfGlobal(global);
  const cluster = primary && clusterOf(cloud, primary.region, primary.resourceId);
  const writer = cluster && writerOf(cloud, primary.region, cluster);
  const server = writer && runningServer(cloud, writer);
  const [seen] = server
    ? await server.query(
        "select (extract(epoch from coalesce(replay_lag, interval '0')) * 1000)::float8 as lag from pg_stat_replication where application_name = $1",
        { parameters: [place.resourceId] },
      )
    : [];
  if (seen) return Number(seen.lag);
  const [last] =
    (await runningServer(cloud, place)?.query(
      "select (extract(epoch from now() - pg_last_xact_replay_timestamp()) * 1000)::float8 as lag",
    )) ?? [];
  return typeof last?.lag === "number" ? last.lag : undefined;
}
