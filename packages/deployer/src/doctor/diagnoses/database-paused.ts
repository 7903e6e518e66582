/** Clusters that are paused: no fault, but the first connection waits, and clients that give up too soon do not get through. */
import type { Diagnosis, Finding } from "../diagnosis.ts";

const lookBackMs = 15 * 60_000;
const gaveUp = /(timeout|timed out|ETIMEDOUT|Connection terminated)/iu;

export const databasePaused: Diagnosis = {
  title: "no database is asleep",
  async look({ aws, resources, services, options }) {
    const found: Finding[] = [];
    for (const { physicalId, region } of resources.filter(({ type }) => type === "AWS::RDS::DBCluster")) {
      const here = aws.in(region);
      const { DBClusters: [cluster] = [] } = await here.call("rds", "DescribeDBClusters", { DBClusterIdentifier: physicalId });
      if (cluster?.Status !== "available" || cluster.ServerlessV2ScalingConfiguration?.MinCapacity !== 0) continue;
      const now = Date.now();
      const { Datapoints = [] } = await here.call("cloudwatch", "GetMetricStatistics", {
        Namespace: "AWS/RDS",
        MetricName: "ServerlessDatabaseCapacity",
        Dimensions: [{ Name: "DBClusterIdentifier", Value: physicalId }],
        StartTime: new Date(now - lookBackMs),
        // This machine's clock may be behind.
        EndTime: new Date(now + lookBackMs),
        Period: 60,
        Statistics: ["Maximum"],
      });
      const [latest] = Datapoints.sort((a, b) => b.Timestamp!.getTime() - a.Timestamp!.getTime());
      if (latest?.Maximum !== 0) continue;
      const lines = services.flatMap(({ name, lastLines }) =>
        lastLines.filter((line) => gaveUp.test(line)).map((line) => `${name} | ${line}`),
      );
      found.push({
        severity: lines.length > 0 ? "warning" : "hint",
        subject: physicalId,
        symptom: "is paused",
        cause:
          lines.length > 0
            ? "It sleeps since nobody was connected; the first connection wakes it, which takes half a minute and more, and a program gave up before."
            : "It sleeps since nobody was connected, and costs its storage only; the first connection wakes it, which takes half a minute and more.",
        remedy:
          lines.length > 0
            ? "Give the program's connections at least 60 seconds, or write capacity: { min: 0.5 } in plinth.config.ts and deploy, which never pauses"
            : `plinth connect NAME${options} wakes it, as does any request that needs it`,
        evidence: [`0 capacity units since ${latest.Timestamp!.toISOString()} or before`, ...lines.slice(0, 4)],
      });
    }
    return found;
  },
};
