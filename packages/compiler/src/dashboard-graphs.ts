/** What the dashboard shows: services, load balancers, databases, caches, queues, and the newest errors. */
import type { Watched } from "./alarm-rules.ts";
import type { Value } from "./value.ts";

export type Graph = MetricGraph | LogGraph;

interface MetricGraph {
  readonly kind: "metric";
  readonly title: string;
  readonly metrics: readonly Line[];
  /** Its left axis is percent. */
  readonly percent: boolean;
}

interface LogGraph {
  readonly kind: "log";
  readonly title: string;
  /** In the language of CloudWatch Logs Insights. */
  readonly query: string;
}

interface Line {
  /** Namespace, metric, names and values of dimensions. */
  readonly metric: readonly string[];
  readonly label: string;
  readonly statistic: string;
  /** Whether it belongs to the axis on the right. */
  readonly right?: boolean;
}

/** Makes a value a variable of the dashboard's body; answers how the body names it. */
type Variable = (name: string, value: Value) => string;

/** The newest lines that say that something went wrong. */
const errorQuery =
  "fields @timestamp, @log, @message | filter @message like /(?i)(error|exception|fatal)/ | sort @timestamp desc | limit 50";

/** How many log groups one query may name. Source: "CloudWatch Logs quotas". */
const mostLogGroups = 50;

/**
 * How many things of a kind are shown. A name is a parameter of the stack, of which CloudFormation takes 200, and a graph of hundreds of lines
 * shows nobody anything.
 */
const mostThings = 24;

export function dashboardGraphs(whole: Watched, variable: Variable): Graph[] {
  const watched: Watched = {
    ...whole,
    services: whole.services.slice(0, mostThings),
    loadBalancers: whole.loadBalancers.slice(0, mostThings),
    databases: whole.databases.slice(0, mostThings),
    caches: whole.caches.slice(0, mostThings),
    queues: whole.queues.slice(0, mostThings),
  };
  const of = (title: string, kind: "services" | "loadBalancers" | "databases" | "caches" | "queues"): string =>
    whole[kind].length > mostThings ? `${title} (${mostThings} of ${whole[kind].length})` : title;
  const graphs = [
    graph(of("Services: processor and memory, %", "services"), serviceLines(watched, variable), true),
    graph(of("Load balancers: requests and response time", "loadBalancers"), loadBalancerLines(watched, variable)),
    graph(of("Databases: processor, % and connections", "databases"), databaseLines(watched, variable), true),
    graph(of("Caches: memory, %", "caches"), cacheLines(watched, variable), true),
    graph(of("Queues: messages", "queues"), queueLines(watched, variable)),
  ];
  const groups = new Set(whole.services.map(({ named }) => watched.logGroups.nameOf(named.declared)));
  const sources = [...groups].slice(0, mostLogGroups).map((name) => `SOURCE '${name}'`);
  return [
    ...graphs.filter(({ metrics }) => metrics.length > 0),
    ...(sources.length > 0 ? [{ kind: "log" as const, title: "Recent errors", query: [...sources, errorQuery].join(" | ") }] : []),
  ];
}

function graph(title: string, metrics: readonly Line[], percent = false): MetricGraph {
  return { kind: "metric", title, metrics, percent };
}

function serviceLines({ services, cluster }: Watched, variable: Variable): Line[] {
  if (!cluster || services.length === 0) return [];
  const clusterName = variable("Cluster", cluster.ref());
  return services.flatMap(({ named, service }) => {
    const dimensions = ["ClusterName", clusterName, "ServiceName", variable(`${named.id}Name`, service.attribute("Name"))];
    return [
      { metric: ["AWS/ECS", "CPUUtilization", ...dimensions], label: `${named.key} processor`, statistic: "Average" },
      { metric: ["AWS/ECS", "MemoryUtilization", ...dimensions], label: `${named.key} memory`, statistic: "Average" },
    ];
  });
}

function loadBalancerLines({ loadBalancers }: Watched, variable: Variable): Line[] {
  return loadBalancers.flatMap(({ named, loadBalancer }) => {
    const dimensions = ["LoadBalancer", variable(`${named.id}FullName`, loadBalancer.attribute("LoadBalancerFullName"))];
    return [
      { metric: ["AWS/ApplicationELB", "RequestCount", ...dimensions], label: `${named.key} requests`, statistic: "Sum" },
      {
        metric: ["AWS/ApplicationELB", "TargetResponseTime", ...dimensions],
        label: `${named.key} response time, s`,
        statistic: "p95",
        right: true,
      },
    ];
  });
}

function databaseLines({ databases }: Watched, variable: Variable): Line[] {
  return databases.flatMap(({ named, server }) => {
    const dimensions =
      named.declared.kind === "aurora"
        ? ["DBClusterIdentifier", variable(`${named.id}Cluster`, server.ref()), "Role", "WRITER"]
        : ["DBInstanceIdentifier", variable(`${named.id}Instance`, server.ref())];
    return [
      { metric: ["AWS/RDS", "CPUUtilization", ...dimensions], label: `${named.key} processor`, statistic: "Average" },
      { metric: ["AWS/RDS", "DatabaseConnections", ...dimensions], label: `${named.key} connections`, statistic: "Maximum", right: true },
    ];
  });
}

function cacheLines({ caches }: Watched, variable: Variable): Line[] {
  return caches.flatMap(({ named, group, nodes }) => {
    const id = variable(`${named.id}Group`, group.ref());
    return Array.from({ length: nodes }, (_, i) => ({
      metric: ["AWS/ElastiCache", "DatabaseMemoryUsagePercentage", "CacheClusterId", `${id}-${String(i + 1).padStart(3, "0")}`],
      label: nodes === 1 ? named.key : `${named.key} ${i + 1}`,
      statistic: "Average",
    }));
  });
}

function queueLines({ queues }: Watched, variable: Variable): Line[] {
  return queues.flatMap(({ named, queue, dead }) => {
    const line = (part: string, made: typeof queue, label: string): Line => ({
      metric: ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", variable(`${named.id}${part}`, made.attribute("QueueName"))],
      label,
      statistic: "Maximum",
    });
    return [line("Queue", queue, named.key), ...(dead ? [line("DeadQueue", dead, `${named.key} dead letters`)] : [])];
  });
}
