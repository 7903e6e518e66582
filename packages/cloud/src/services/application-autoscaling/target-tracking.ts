/** Target tracking: keeps a metric near its target, by an alarm above and one below it that are the policy's own. */
import type { TargetTrackingScalingPolicyConfiguration } from "@aws-sdk/client-application-auto-scaling";
import type { Input } from "../../aws.ts";
import { placeOf } from "./capacity.ts";
import { check, refused, validation } from "./errors.ts";
import { policiesOf, type TrackingPolicy } from "./policies.ts";
import type { At, TargetKey } from "./targets.ts";

type Configuration = TargetTrackingScalingPolicyConfiguration;
type MetricAlarm = Input<"cloudwatch", "PutMetricAlarm">;

/** Of a service of ECS: what AWS has a predefined metric for. */
const utilization: Readonly<Record<string, string>> = {
  ECSServiceAverageCPUUtilization: "CPUUtilization",
  ECSServiceAverageMemoryUtilization: "MemoryUtilization",
};
const requests = "ALBRequestCountPerTarget";
const labelPattern = /^(app\/[^/]+\/[^/]+)\/(targetgroup\/[^/]+\/[^/]+)$/u;

/** Below this part of the target capacity is taken away: between it and the target nothing happens, so that capacity does not swing. */
const lowShare = 0.9;
const highPeriods = 3;
const lowPeriods = 15;

export function checkTargetTracking(given: Configuration | undefined): Configuration {
  if (!given) throw validation("TargetTrackingScalingPolicyConfiguration must be specified for policies of type TargetTrackingScaling.");
  const at = "targetTrackingScalingPolicyConfiguration";
  const { PredefinedMetricSpecification: predefined, CustomizedMetricSpecification: customized } = given;
  check({
    [`${at}.customizedMetricSpecification.statistic`]: [
      customized?.Statistic,
      { enum: ["Average", "Minimum", "Maximum", "SampleCount", "Sum"] },
    ],
  });
  if ((predefined === undefined) === (customized === undefined)) {
    throw validation("Exactly one of PredefinedMetricSpecification and CustomizedMetricSpecification must be specified.");
  }
  if (!(given.TargetValue! > 0)) throw validation("TargetValue must be greater than 0.");
  if ((given.ScaleInCooldown ?? 0) < 0 || (given.ScaleOutCooldown ?? 0) < 0) {
    throw validation("Cooldown must be greater than or equal to 0.");
  }
  if (predefined) checkPredefined(predefined);
  if (customized) checkCustomized(customized);
  return given;
}

function checkPredefined({
  PredefinedMetricType: type,
  ResourceLabel: label,
}: NonNullable<Configuration["PredefinedMetricSpecification"]>): void {
  if (type?.endsWith("HighResolution")) throw refused(`the predefined metric ${type} (metrics of ECS come once a minute)`);
  if (type !== requests && utilization[type!] === undefined) {
    throw validation(`Predefined metric type ${type} is not supported for the scalable dimension ecs:service:DesiredCount.`);
  }
  if (type === requests && label === undefined) throw validation(`ResourceLabel is required for the predefined metric type ${requests}.`);
  if (type === requests && !labelPattern.test(label!)) {
    throw validation(
      `Invalid ResourceLabel: ${label}. It must have the format app/load-balancer-name/load-balancer-id/targetgroup/target-group-name/target-group-id.`,
    );
  }
  if (type !== requests && label !== undefined) throw validation(`ResourceLabel is not supported for the predefined metric type ${type}.`);
}

function checkCustomized({
  Metrics,
  MetricName,
  Namespace,
  Statistic,
  Dimensions,
  Unit,
}: NonNullable<Configuration["CustomizedMetricSpecification"]>): void {
  if (Metrics === undefined) {
    if (MetricName === undefined || Namespace === undefined || Statistic === undefined) {
      throw validation("MetricName, Namespace and Statistic must be specified for a CustomizedMetricSpecification without Metrics.");
    }
    return;
  }
  if ([MetricName, Namespace, Statistic, Dimensions, Unit].some((given) => given !== undefined)) {
    throw validation("MetricName, Namespace, Dimensions, Statistic and Unit must not be specified together with Metrics.");
  }
  if (Metrics.filter(({ ReturnData = true }) => ReturnData).length !== 1) {
    throw validation("Exactly one element of the metrics list should return data.");
  }
}

/** Two policies of a target must not steer by the same metric. */
export function checkAlone(at: At, target: TargetKey, name: string, given: Configuration): void {
  const metric = metricKey(given);
  const other = policiesOf(at, target).find(
    (policy) => policy.type === "TargetTrackingScaling" && policy.name !== name && metricKey(policy.tracking) === metric,
  );
  if (other) throw validation("Only one TargetTrackingScaling policy for a given metric specification is allowed.");
}

const metricKey = (of: Configuration) => JSON.stringify([of.PredefinedMetricSpecification, of.CustomizedMetricSpecification]);

/** The alarms of a policy, the high one first; the low one only where it may scale in. */
export function alarmsOf(policy: Pick<TrackingPolicy, "arn" | "tracking" | "alarms"> & TargetKey): MetricAlarm[] {
  const { tracking, alarms } = policy;
  const base = {
    AlarmDescription: `DO NOT EDIT OR DELETE. For TargetTrackingScaling policy ${policy.arn}.`,
    AlarmActions: [policy.arn],
    ActionsEnabled: true,
    ...watched(policy, tracking),
  };
  const target = tracking.TargetValue!;
  return [
    { ...base, AlarmName: alarms.high, Threshold: target, ComparisonOperator: "GreaterThanThreshold", EvaluationPeriods: highPeriods },
    ...(alarms.low === undefined
      ? []
      : [
          {
            ...base,
            AlarmName: alarms.low,
            // Without the digits that binary fractions add: 63 for 70, not 63.00000000000001.
            Threshold: Number((target * lowShare).toPrecision(12)),
            ComparisonOperator: "LessThanThreshold" as const,
            EvaluationPeriods: lowPeriods,
          },
        ]),
  ];
}

function watched(
  target: TargetKey,
  { PredefinedMetricSpecification: predefined, CustomizedMetricSpecification: customized }: Configuration,
) {
  if (customized?.Metrics) {
    const Metrics = customized.Metrics.map(({ MetricStat, ...query }) => ({
      ...query,
      ...(MetricStat && { MetricStat: { ...MetricStat, Period: 60 } }),
    }));
    return { Metrics: Metrics as NonNullable<MetricAlarm["Metrics"]> };
  }
  if (customized) {
    const { MetricName, Namespace, Dimensions = [], Statistic, Unit } = customized;
    return { MetricName, Namespace, Dimensions, Statistic, Period: 60, ...(Unit !== undefined && { Unit }) } as Partial<MetricAlarm>;
  }
  const type = predefined!.PredefinedMetricType!;
  if (type === requests) {
    const [, loadBalancer, targetGroup] = labelPattern.exec(predefined!.ResourceLabel!)!;
    return {
      Namespace: "AWS/ApplicationELB",
      MetricName: "RequestCountPerTarget",
      Dimensions: [
        { Name: "LoadBalancer", Value: loadBalancer! },
        { Name: "TargetGroup", Value: targetGroup! },
      ],
      Statistic: "Sum" as const,
      Period: 60,
    };
  }
  const { cluster, service } = placeOf(target);
  return {
    Namespace: "AWS/ECS",
    MetricName: utilization[type],
    Dimensions: [
      { Name: "ClusterName", Value: cluster },
      { Name: "ServiceName", Value: service },
    ],
    Statistic: "Average" as const,
    Period: 60,
    Unit: "Percent" as const,
  };
}

/** The capacity at which the metric would be at its target, were it spread over it evenly. From nothing, demand asks for one. */
export function proposed(capacity: number, metric: number, target: number): number {
  if (capacity === 0) return metric > target ? 1 : 0;
  // A hair over a whole number is that number, not the next one.
  return Math.ceil(Number(((capacity * metric) / target).toPrecision(12)));
}
