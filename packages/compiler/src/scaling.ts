/** What adds and takes copies of a service: Application Auto Scaling. Source: aws-recipes §8, Application Auto Scaling User Guide. */
import type { Balancer } from "./balancer.ts";
import { scaleByBacklog } from "./backlog-scaling.ts";
import type { Compilation } from "./compilation.ts";
import type { Named } from "./inventory.ts";
import type { BuiltQueue } from "./queue.ts";
import { backlogOf, metricsOf, scales, type FilledScale } from "./scale.ts";
import type { Made } from "./value.ts";

const statistics = { average: "Average", minimum: "Minimum", maximum: "Maximum", sum: "Sum", count: "SampleCount" };

export function buildScaling(
  compilation: Compilation,
  named: Named<"service">,
  parts: {
    scale: FilledScale;
    cluster: Made;
    service: Made;
    loadBalancers: readonly Balancer[];
    queues: readonly BuiltQueue[];
  },
): void {
  const { draft } = compilation;
  const { scale, cluster, service } = parts;
  if (!scales(scale)) return;
  const origin = compilation.origin(named);
  const target = draft.add("compute", `${named.id}Scaling`, origin, (here) => ({
    Type: "AWS::ApplicationAutoScaling::ScalableTarget",
    Properties: {
      ServiceNamespace: "ecs",
      ScalableDimension: "ecs:service:DesiredCount",
      ResourceId: {
        "Fn::Sub": ["service/${Cluster}/${Service}", { Cluster: here.take(cluster.ref()), Service: here.take(service.attribute("Name")) }],
      },
      MinCapacity: scale.min,
      MaxCapacity: scale.max,
      ...(scale.schedule?.length && {
        ScheduledActions: scale.schedule.map(({ cron, timeZone = "UTC", min, max }, i) => ({
          ScheduledActionName: `${compilation.stem}-${named.kebab}-${i + 1}`,
          Schedule: `cron(${cron})`,
          Timezone: timeZone,
          ScalableTargetAction: { MinCapacity: min, MaxCapacity: max },
        })),
      }),
    },
  }));
  if (scale.max <= scale.min) return;

  const follow = (part: string, value: number, metric: (here: Parameters<Parameters<typeof draft.add>[3]>[0]) => object): void => {
    draft.add("compute", `${named.id}${part}Scaling`, origin, (here) => ({
      Type: "AWS::ApplicationAutoScaling::ScalingPolicy",
      Properties: {
        PolicyName: `${compilation.stem}-${named.kebab}-${part.toLowerCase()}`,
        PolicyType: "TargetTrackingScaling",
        ScalingTargetId: here.take(target.ref()),
        TargetTrackingScalingPolicyConfiguration: {
          ...metric(here),
          TargetValue: value,
          ScaleInCooldown: 300,
          ScaleOutCooldown: 60,
        },
      },
    }));
  };
  const predefined = (PredefinedMetricType: string) => () => ({ PredefinedMetricSpecification: { PredefinedMetricType } });
  if (scale.cpu !== undefined) follow("Cpu", scale.cpu, predefined("ECSServiceAverageCPUUtilization"));
  if (scale.memory !== undefined) follow("Memory", scale.memory, predefined("ECSServiceAverageMemoryUtilization"));
  const balancer = parts.loadBalancers.find(({ targetGroups }) => targetGroups.has(named.declared));
  if (scale.requestsPerTarget !== undefined && balancer) {
    follow("Requests", scale.requestsPerTarget, (here) => ({
      PredefinedMetricSpecification: {
        PredefinedMetricType: "ALBRequestCountPerTarget",
        ResourceLabel: {
          "Fn::Sub": [
            "${Balancer}/${Targets}",
            {
              Balancer: here.take(balancer.loadBalancer.attribute("LoadBalancerFullName")),
              Targets: here.take(balancer.targetGroups.get(named.declared)!.attribute("TargetGroupFullName")),
            },
          ],
        },
      },
    }));
  }
  metricsOf(scale).forEach(({ namespace, name, dimensions = {}, statistic = "average", target: value }, i) => {
    follow(`Metric${i === 0 ? "" : i + 1}`, value, () => ({
      CustomizedMetricSpecification: {
        Namespace: namespace,
        MetricName: name,
        ...(Object.keys(dimensions).length > 0 && {
          Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
        }),
        Statistic: statistics[statistic],
      },
    }));
  });
  const backlog = backlogOf(scale);
  const queue = parts.queues.find((one) => one.named.declared === backlog?.queue);
  if (backlog && queue) scaleByBacklog(compilation, named, { ...parts, target, queue, messages: backlog.messages, follow });
}
