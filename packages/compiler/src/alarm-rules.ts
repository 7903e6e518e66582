/** What alarms watch, and from what value on: by kind of thing. Source: aws-recipes §8. */
import type { AlarmsOptions } from "@plinth/language/reading";
import type { Balancer } from "./balancer.ts";
import type { BuiltBucket } from "./bucket.ts";
import type { LogGroups } from "./log-group.ts";
import type { BuiltDatabase } from "./database.ts";
import type { BuiltQueue } from "./queue.ts";
import type { BuiltRedis } from "./redis.ts";
import type { BuiltRotator } from "./rotation-function.ts";
import type { BuiltService } from "./service.ts";
import type { Here, Made } from "./value.ts";

export interface AlarmRule {
  readonly id: string;
  readonly key: string;
  readonly description: string;
  /** The metric, with its statistic and period; or several and an expression. */
  readonly measured: (here: Here) => Record<string, unknown>;
  readonly comparison: "GreaterThanThreshold" | "GreaterThanOrEqualToThreshold" | "LessThanThreshold";
  readonly threshold: number;
  /** How many periods are looked at. */
  readonly periods: number;
  /** How many of them must be beyond the threshold. @default all */
  readonly breaching?: number;
  readonly missing: "missing" | "breaching" | "notBreaching";
}

export interface Watched {
  readonly cluster: Made | undefined;
  readonly services: readonly BuiltService[];
  readonly databases: readonly BuiltDatabase[];
  readonly caches: readonly BuiltRedis[];
  readonly queues: readonly BuiltQueue[];
  readonly buckets: readonly BuiltBucket[];
  readonly loadBalancers: readonly Balancer[];
  readonly rotators: readonly BuiltRotator[];
  readonly logGroups: LogGroups;
}

export function rulesFor(options: AlarmsOptions, watched: Watched): AlarmRule[] {
  return [
    ...watched.services.flatMap((service) => serviceRules(options.services, service, watched.cluster!)),
    ...watched.databases.flatMap((database) => databaseRules(options.databases, database)),
    ...watched.caches.flatMap((cache) => cacheRules(options.caches, cache)),
    ...watched.loadBalancers.flatMap((balancer) => loadBalancerRules(options.loadBalancers, balancer, watched.services)),
    ...watched.queues.flatMap((queue) => queueRules(options.queues, queue)),
    ...watched.rotators.map(rotationRule),
  ];
}

/** Every failed step counts: it is tried again, but may need a person. */
function rotationRule({ named: { id, key }, function: made }: BuiltRotator): AlarmRule {
  return {
    key,
    id: `${id}Rotation`,
    description: `The rotation of ${key} has failed; programs go on with what they have`,
    measured: of(
      { namespace: "AWS/Lambda", metric: "Errors", dimensions: (here) => ({ FunctionName: here.take(made.ref()) }) },
      "Sum",
      300,
    ),
    comparison: "GreaterThanOrEqualToThreshold",
    threshold: 1,
    periods: 1,
    missing: "notBreaching",
  };
}

interface Metric {
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: (here: Here) => Record<string, unknown>;
}

const dimensionsOf = (all: Record<string, unknown>) => Object.entries(all).map(([Name, Value]) => ({ Name, Value: Value as string }));

/** One metric. */
function of({ namespace, metric, dimensions }: Metric, statistic: string, periodSeconds: number): AlarmRule["measured"] {
  return (here) => ({
    Namespace: namespace,
    MetricName: metric,
    Dimensions: dimensionsOf(dimensions(here)),
    Statistic: statistic,
    Period: periodSeconds,
  });
}

/** High on average for ten minutes. */
const high = { comparison: "GreaterThanThreshold", periods: 2, missing: "missing" } as const;

function serviceRules(options: AlarmsOptions["services"], { named, service, scale }: BuiltService, cluster: Made): AlarmRule[] {
  const { id, key } = named;
  const { cpu = 80, memory = 85, running = true } = options ?? {};
  const metric = (which: string): Metric => ({
    namespace: "AWS/ECS",
    metric: which,
    dimensions: (here) => ({ ClusterName: here.take(cluster.ref()), ServiceName: here.take(service.attribute("Name")) }),
  });
  const rules: AlarmRule[] = [];
  if (cpu !== false) {
    const description = `${key} uses more than ${cpu} % of its processor`;
    const measured = of(metric("CPUUtilization"), "Average", 300);
    rules.push({ ...high, key, measured, id: `${id}Cpu`, description, threshold: cpu });
  }
  if (memory !== false) {
    const description = `${key} uses more than ${memory} % of its memory`;
    const measured = of(metric("MemoryUtilization"), "Average", 300);
    rules.push({ ...high, key, measured, id: `${id}Memory`, description, threshold: memory });
  }
  if (running && scale.min > 0) {
    rules.push({
      key,
      id: `${id}Running`,
      description: `No task of ${key} has run for five minutes`,
      measured: of(metric("CPUUtilization"), "SampleCount", 60),
      comparison: "LessThanThreshold",
      threshold: 1,
      periods: 5,
      missing: "breaching",
    });
  }
  return rules;
}

function databaseRules(options: AlarmsOptions["databases"], { named, server }: BuiltDatabase): AlarmRule[] {
  const { id, key } = named;
  const { cpu = 80, freeStorage = 5, capacity = 90 } = options ?? {};
  const aurora = named.declared.kind === "aurora";
  const metric = (which: string, dimensions: Metric["dimensions"]): Metric => ({ namespace: "AWS/RDS", metric: which, dimensions });
  const dimensions: Metric["dimensions"] = (here) =>
    aurora ? { DBClusterIdentifier: here.take(server.ref()), Role: "WRITER" } : { DBInstanceIdentifier: here.take(server.ref()) };
  const rules: AlarmRule[] = [];
  if (cpu !== false) {
    const description = `${key} uses more than ${cpu} % of its processor`;
    const measured = of(metric("CPUUtilization", dimensions), "Average", 300);
    rules.push({ ...high, key, measured, id: `${id}Cpu`, description, threshold: cpu });
  }
  if (freeStorage !== false && !aurora) {
    rules.push({
      key,
      id: `${id}Storage`,
      description: `${key} has less than ${freeStorage} GB of storage left`,
      measured: of(metric("FreeStorageSpace", dimensions), "Minimum", 300),
      comparison: "LessThanThreshold",
      threshold: freeStorage * 1024 ** 3,
      periods: 1,
      missing: "missing",
    });
  }
  if (capacity !== false && aurora && !("instance" in named.declared.options)) {
    rules.push({
      key,
      id: `${id}Capacity`,
      description: `${key} takes more than ${capacity} % of the capacity that it may take`,
      measured: of(
        metric("ACUUtilization", (here) => ({ DBClusterIdentifier: here.take(server.ref()) })),
        "Average",
        300,
      ),
      comparison: "GreaterThanThreshold",
      threshold: capacity,
      periods: 3,
      missing: "notBreaching",
    });
  }
  return rules;
}

function cacheRules(options: AlarmsOptions["caches"], { named, group, nodes }: BuiltRedis): AlarmRule[] {
  const { memory = 80 } = options ?? {};
  if (memory === false) return [];
  return Array.from({ length: nodes }, (_, i): AlarmRule => {
    const suffix = nodes === 1 ? "" : String(i + 1);
    return {
      ...high,
      id: `${named.id}Memory${suffix}`,
      key: named.key,
      description: `${named.key} uses more than ${memory} % of its memory`,
      measured: of(
        {
          namespace: "AWS/ElastiCache",
          metric: "DatabaseMemoryUsagePercentage",
          dimensions: (here) => ({
            CacheClusterId: { "Fn::Sub": [`\${Group}-${String(i + 1).padStart(3, "0")}`, { Group: here.take(group.ref()) }] },
          }),
        },
        "Average",
        300,
      ),
      threshold: memory,
    };
  });
}

function loadBalancerRules(
  options: AlarmsOptions["loadBalancers"],
  { named, loadBalancer, targetGroups, alternates }: Balancer,
  services: readonly BuiltService[],
): AlarmRule[] {
  const { id, key } = named;
  const { errors = 10, unhealthy = true } = options ?? {};
  const full = (here: Here) => here.take(loadBalancer.attribute("LoadBalancerFullName"));
  const rules: AlarmRule[] = [];
  if (errors !== false) {
    // Its own answers and those of services are two metrics, and each is missing where there were none.
    const count = (here: Here, Id: string, MetricName: string) => ({
      Id,
      ReturnData: false,
      MetricStat: {
        Stat: "Sum",
        Period: 300,
        Metric: { Namespace: "AWS/ApplicationELB", MetricName, Dimensions: dimensionsOf({ LoadBalancer: full(here) }) },
      },
    });
    rules.push({
      key,
      id: `${id}Errors`,
      description: `${key} has answered more than ${errors} requests with 500 to 599 within five minutes`,
      measured: (here) => ({
        Metrics: [
          count(here, "own", "HTTPCode_ELB_5XX_Count"),
          count(here, "targets", "HTTPCode_Target_5XX_Count"),
          { Id: "errors", ReturnData: true, Label: "5xx", Expression: "FILL(own, 0) + FILL(targets, 0)" },
        ],
      }),
      comparison: "GreaterThanThreshold",
      threshold: errors,
      periods: 1,
      missing: "notBreaching",
    });
  }
  if (unhealthy) {
    for (const { named: service } of services) {
      // A rollout goes back and forth between two groups.
      const groups = [targetGroups.get(service.declared), alternates.get(service.declared)].filter((group) => group !== undefined);
      groups.forEach((group, i) => {
        const suffix = i === 0 ? "" : "Other";
        rules.push({
          key: service.key,
          id: `${id}${service.id}Unhealthy${suffix}`,
          description: `A copy of ${service.key} has not been well for three minutes of five`,
          measured: of(
            {
              namespace: "AWS/ApplicationELB",
              metric: "UnHealthyHostCount",
              dimensions: (here) => ({ LoadBalancer: full(here), TargetGroup: here.take(group.attribute("TargetGroupFullName")) }),
            },
            "Maximum",
            60,
          ),
          comparison: "GreaterThanThreshold",
          threshold: 0,
          periods: 5,
          breaching: 3,
          missing: "notBreaching",
        });
      });
    }
  }
  return rules;
}

function queueRules(options: AlarmsOptions["queues"], { named, dead }: BuiltQueue): AlarmRule[] {
  const { dead: messages = 1 } = options ?? {};
  if (messages === false || !dead) return [];
  return [
    {
      key: named.key,
      id: `${named.id}Dead`,
      description: `${messages === 1 ? "A message" : `${messages} messages`} of ${named.key} could not be handled`,
      measured: of(
        {
          namespace: "AWS/SQS",
          metric: "ApproximateNumberOfMessagesVisible",
          dimensions: (here) => ({ QueueName: here.take(dead.attribute("QueueName")) }),
        },
        "Maximum",
        60,
      ),
      comparison: "GreaterThanOrEqualToThreshold",
      threshold: messages,
      periods: 1,
      missing: "notBreaching",
    },
  ];
}
