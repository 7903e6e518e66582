/** Alarms: what is kept of each. A metric alarm watches a metric or an expression, a composite alarm the states of others. */
import type { MetricAlarm, MetricDataQuery } from "@aws-sdk/client-cloudwatch";
import type { Cloud } from "../../cloud.ts";

export type AlarmState = "OK" | "ALARM" | "INSUFFICIENT_DATA";

export interface AlarmBase {
  name: string;
  arn: string;
  description?: string;
  actionsEnabled: boolean;
  okActions: string[];
  alarmActions: string[];
  insufficientDataActions: string[];
  state: AlarmState;
  reason: string;
  /** JSON, as AWS gives it beside the reason. */
  reasonData?: string;
  configurationUpdatedMs: number;
  stateUpdatedMs: number;
  stateTransitionedMs: number;
  tags: Record<string, string>;
}

export interface MetricAlarmRecord extends AlarmBase {
  kind: "metric";
  /** Its watch, in the members of PutMetricAlarm. */
  watch: Watch;
}

export interface CompositeAlarmRecord extends AlarmBase {
  kind: "composite";
  rule: string;
}

export type AlarmRecord = MetricAlarmRecord | CompositeAlarmRecord;

export type Watch = Pick<
  MetricAlarm,
  | "MetricName"
  | "Namespace"
  | "Dimensions"
  | "Statistic"
  | "ExtendedStatistic"
  | "Period"
  | "Unit"
  | "EvaluationPeriods"
  | "DatapointsToAlarm"
  | "Threshold"
  | "ComparisonOperator"
  | "TreatMissingData"
  | "EvaluateLowSampleCountPercentile"
> & { Metrics?: MetricDataQuery[] };

export function alarms(cloud: Cloud) {
  return cloud.store.collection<AlarmRecord>("cloudwatch.alarm");
}

export function alarmArn({ region, account }: { region: string; account: string }, name: string): string {
  return `arn:aws:cloudwatch:${region}:${account}:alarm:${name}`;
}

/** What a watch looks at, as queries: of a plain metric, one. The one that returns data is watched. */
export function queriesOf(watch: Watch): MetricDataQuery[] {
  if (watch.Metrics && watch.Metrics.length > 0) return watch.Metrics;
  return [
    {
      Id: "m1",
      MetricStat: {
        Metric: { Namespace: watch.Namespace, MetricName: watch.MetricName, Dimensions: watch.Dimensions },
        Period: watch.Period,
        Stat: watch.Statistic ?? watch.ExtendedStatistic,
        ...(watch.Unit !== undefined && { Unit: watch.Unit }),
      },
      ReturnData: true,
    },
  ];
}
