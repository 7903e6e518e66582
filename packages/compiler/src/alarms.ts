/** Alarms on everything in the inventory. Source: aws-recipes §8. */
import type { AlarmsOptions } from "@plinth/language/reading";
import { deleted, type Compilation } from "./compilation.ts";
import type { Named } from "./inventory.ts";
import type { BuiltPostgres } from "./postgres.ts";
import type { BuiltRedis } from "./redis.ts";
import type { BuiltService } from "./service.ts";
import type { Here, Made } from "./value.ts";

interface AlarmRule {
  readonly id: string;
  readonly name: string;
  readonly key: string;
  readonly description: string;
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: (here: Here) => Record<string, unknown>;
  readonly statistic: "Average" | "Minimum" | "Maximum" | "SampleCount";
  readonly periodSeconds: 60 | 300;
  readonly comparison: "GreaterThanThreshold" | "LessThanThreshold";
  readonly threshold: number;
  readonly periods: number;
  readonly missing: "missing" | "breaching" | "notBreaching";
}

export interface Watched {
  readonly cluster: Made | undefined;
  readonly services: readonly BuiltService[];
  readonly databases: readonly BuiltPostgres[];
  readonly caches: readonly BuiltRedis[];
}

/** The alarms, and the topic that they write to. */
export function buildAlarms(compilation: Compilation, named: Named<"alarms">, watched: Watched): { topic: Made } {
  const { draft, stem } = compilation;
  const { options } = named.declared;
  const origin = compilation.origin(named);
  const topic = draft.add("messaging", `${named.id}Topic`, { ...origin, part: "Topic" }, () => ({
    Type: "AWS::SNS::Topic",
    Properties: { TopicName: `${stem}-${named.kebab}`, DisplayName: stem },
  }));
  const emails = [options.email ?? []].flat();
  emails.forEach((email, i) => {
    draft.add("messaging", `${named.id}Email${i === 0 ? "" : i + 1}`, origin, (here) => ({
      Type: "AWS::SNS::Subscription",
      Properties: { TopicArn: here.take(topic.ref()), Protocol: "email", Endpoint: email },
    }));
  });
  for (const rule of rulesFor(options, watched)) {
    draft.add("observability", `${rule.id}Alarm`, { ...origin, key: rule.key }, (here) => ({
      Type: "AWS::CloudWatch::Alarm",
      ...deleted,
      Properties: {
        AlarmName: `${stem}-${rule.name}`,
        AlarmDescription: rule.description,
        Namespace: rule.namespace,
        MetricName: rule.metric,
        Dimensions: Object.entries(rule.dimensions(here)).map(([Name, Value]) => ({ Name, Value: Value as string })),
        Statistic: rule.statistic,
        Period: rule.periodSeconds,
        EvaluationPeriods: rule.periods,
        DatapointsToAlarm: rule.periods,
        ComparisonOperator: rule.comparison,
        Threshold: rule.threshold,
        TreatMissingData: rule.missing,
        AlarmActions: [here.take(topic.ref())],
        OKActions: [here.take(topic.ref())],
      },
    }));
  }
  return { topic };
}

const high = { statistic: "Average", periodSeconds: 300, comparison: "GreaterThanThreshold", periods: 2, missing: "missing" } as const;

function rulesFor(options: AlarmsOptions, { cluster, services, databases, caches }: Watched): AlarmRule[] {
  const rules: AlarmRule[] = [];
  const { cpu = 80, memory = 80, running = true } = options.services ?? {};
  for (const { named, service, scale } of services) {
    const { id, kebab: name, key } = named;
    const common = {
      key,
      namespace: "AWS/ECS",
      dimensions: (here: Here) => ({ ClusterName: here.take(cluster!.ref()), ServiceName: here.take(service.attribute("Name")) }),
    };
    if (cpu !== false) {
      const description = `${key} uses more than ${cpu} % of its processor`;
      rules.push({ ...common, ...high, id: `${id}Cpu`, name: `${name}-cpu`, description, metric: "CPUUtilization", threshold: cpu });
    }
    if (memory !== false) {
      const description = `${key} uses more than ${memory} % of its memory`;
      rules.push({
        ...common,
        ...high,
        id: `${id}Memory`,
        name: `${name}-memory`,
        description,
        metric: "MemoryUtilization",
        threshold: memory,
      });
    }
    if (running && scale.min > 0) {
      rules.push({
        ...common,
        id: `${id}Running`,
        name: `${name}-no-running-tasks`,
        description: `No task of ${key} has run for five minutes`,
        metric: "CPUUtilization",
        statistic: "SampleCount",
        periodSeconds: 60,
        comparison: "LessThanThreshold",
        threshold: 1,
        periods: 5,
        missing: "breaching",
      });
    }
  }

  const { cpu: databaseCpu = 80, freeStorage = 5 } = options.databases ?? {};
  for (const { named, instance } of databases) {
    const { id, kebab: name, key } = named;
    const common = { key, namespace: "AWS/RDS", dimensions: (here: Here) => ({ DBInstanceIdentifier: here.take(instance.ref()) }) };
    if (databaseCpu !== false) {
      const description = `${key} uses more than ${databaseCpu} % of its processor`;
      rules.push({
        ...common,
        ...high,
        id: `${id}Cpu`,
        name: `${name}-cpu`,
        description,
        metric: "CPUUtilization",
        threshold: databaseCpu,
      });
    }
    if (freeStorage !== false) {
      rules.push({
        ...common,
        id: `${id}Storage`,
        name: `${name}-free-storage`,
        description: `${key} has less than ${freeStorage} GB of storage left`,
        metric: "FreeStorageSpace",
        statistic: "Minimum",
        periodSeconds: 300,
        comparison: "LessThanThreshold",
        threshold: freeStorage * 1024 ** 3,
        periods: 1,
        missing: "missing",
      });
    }
  }

  const { memory: cacheMemory = 80 } = options.caches ?? {};
  for (const { named, group, nodes } of caches) {
    if (cacheMemory === false) continue;
    for (let node = 1; node <= nodes; node++) {
      const suffix = nodes === 1 ? "" : String(node);
      rules.push({
        ...high,
        id: `${named.id}Memory${suffix}`,
        name: `${named.kebab}-memory${suffix && `-${suffix}`}`,
        key: named.key,
        description: `${named.key} uses more than ${cacheMemory} % of its memory`,
        namespace: "AWS/ElastiCache",
        metric: "DatabaseMemoryUsagePercentage",
        dimensions: (here) => ({
          CacheClusterId: { "Fn::Sub": [`\${Group}-${String(node).padStart(3, "0")}`, { Group: here.take(group.ref()) }] },
        }),
        threshold: cacheMemory,
      });
    }
  }
  return rules;
}
