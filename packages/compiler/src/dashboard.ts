/** One dashboard: each service, database and cache with what its alarms watch. */
import type { Watched } from "./alarms.ts";
import type { Compilation } from "./compilation.ts";
import type { Named } from "./inventory.ts";
import type { Made } from "./value.ts";

interface Graph {
  readonly title: string;
  /** Namespace, metric, dimension names and values; `${…}` is a variable of the body. */
  readonly metrics: readonly (readonly string[])[];
  readonly statistic: string;
  readonly percent: boolean;
}

const columns = 2;
const width = 24 / columns;
const height = 6;

/** The dashboard, and where its URL stands. */
export function buildDashboard(
  compilation: Compilation,
  named: Named<"alarms">,
  { cluster, services, databases, caches }: Watched,
): { stack: string; output: string } {
  const { draft, stem, faults } = compilation;
  const variables: Record<string, Made | [Made, string]> = {};
  const graphs: Graph[] = [];
  if (cluster && services.length > 0) variables["Cluster"] = cluster;
  for (const { named: program, service } of services) {
    variables[`${program.id}Name`] = [service, "Name"];
    const dimensions = ["ClusterName", "${Cluster}", "ServiceName", `\${${program.id}Name}`];
    graphs.push({
      title: `${program.key}: processor and memory, %`,
      metrics: ["CPUUtilization", "MemoryUtilization"].map((metric) => ["AWS/ECS", metric, ...dimensions]),
      statistic: "Average",
      percent: true,
    });
  }
  for (const { named: database, instance } of databases) {
    variables[`${database.id}Instance`] = instance;
    const dimensions = ["DBInstanceIdentifier", `\${${database.id}Instance}`];
    graphs.push(
      {
        title: `${database.key}: processor, %`,
        metrics: [["AWS/RDS", "CPUUtilization", ...dimensions]],
        statistic: "Average",
        percent: true,
      },
      {
        title: `${database.key}: connections`,
        metrics: [["AWS/RDS", "DatabaseConnections", ...dimensions]],
        statistic: "Maximum",
        percent: false,
      },
      {
        title: `${database.key}: free storage, bytes`,
        metrics: [["AWS/RDS", "FreeStorageSpace", ...dimensions]],
        statistic: "Minimum",
        percent: false,
      },
    );
  }
  for (const { named: cache, group, nodes } of caches) {
    variables[`${cache.id}Group`] = group;
    graphs.push({
      title: `${cache.key}: memory, %`,
      metrics: Array.from({ length: nodes }, (_, i) => [
        "AWS/ElastiCache",
        "DatabaseMemoryUsagePercentage",
        "CacheClusterId",
        `\${${cache.id}Group}-${String(i + 1).padStart(3, "0")}`,
      ]),
      statistic: "Average",
      percent: true,
    });
  }
  if (graphs.length === 0) {
    faults.add({
      code: "nothing-to-watch",
      key: named.key,
      message: `${named.key} watches everything in the inventory, but it has no service, database or cache: add one, or delete ${named.key}`,
      at: named.declared.source,
    });
  }

  const widgets = graphs.map(({ title, metrics, statistic, percent }, i) => ({
    type: "metric",
    x: (i % columns) * width,
    y: Math.floor(i / columns) * height,
    width,
    height,
    properties: {
      title,
      region: "${AWS::Region}",
      view: "timeSeries",
      stat: statistic,
      period: 300,
      metrics,
      ...(percent && { yAxis: { left: { min: 0, max: 100 } } }),
    },
  }));
  const dashboard = draft.add("observability", `${named.id}Dashboard`, { ...compilation.origin(named), part: "Dashboard" }, (here) => ({
    Type: "AWS::CloudWatch::Dashboard",
    Properties: {
      DashboardName: named.declared.options.name ?? stem,
      DashboardBody: {
        "Fn::Sub": [
          JSON.stringify({ start: "-PT3H", widgets }),
          Object.fromEntries(
            Object.entries(variables).map(([name, made]) => [
              name,
              here.take(Array.isArray(made) ? made[0].attribute(made[1]) : made.ref()),
            ]),
          ),
        ],
      },
    },
  }));
  return draft.namedOutput(dashboard, "DashboardUrl", () => ({
    "Fn::Sub": `https://\${AWS::Region}.console.aws.amazon.com/cloudwatch/home?region=\${AWS::Region}#dashboards/dashboard/\${${dashboard.logicalId}}`,
  }));
}
