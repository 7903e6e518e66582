/** What CloudWatch tells EventBridge when an alarm changes its state. Source: Amazon CloudWatch User Guide, "Alarm events and EventBridge". */
import type { Cloud } from "../../cloud.ts";
import { tellEvent } from "../../runtime/service-events.ts";
import { isoTime } from "./alarm-reason.ts";
import type { AlarmRecord, Watch } from "./alarms.ts";

const stateOf = ({ state, reason, reasonData, stateUpdatedMs }: AlarmRecord) => ({
  value: state,
  reason,
  ...(reasonData !== undefined && { reasonData }),
  timestamp: isoTime(stateUpdatedMs),
});

export function tellAlarm({ cloud, region }: { cloud: Cloud; region: string }, before: AlarmRecord, alarm: AlarmRecord): void {
  tellEvent(cloud, region, {
    source: "aws.cloudwatch",
    detailType: "CloudWatch Alarm State Change",
    resources: [alarm.arn],
    detail: {
      alarmName: alarm.name,
      state: stateOf(alarm),
      previousState: stateOf(before),
      configuration: {
        ...(alarm.description !== undefined && { description: alarm.description }),
        ...(alarm.kind === "composite" ? { alarmRule: alarm.rule } : { metrics: metricsOf(alarm.watch, alarm.arn) }),
      },
    },
  });
}

type Metric = NonNullable<NonNullable<Watch["Metrics"]>[number]["MetricStat"]>["Metric"];

const metricOf = (metric: Metric) => ({
  namespace: metric?.Namespace,
  name: metric?.MetricName,
  dimensions: Object.fromEntries((metric?.Dimensions ?? []).map(({ Name, Value }) => [Name, Value])),
});

/** The id of an alarm's one metric says nothing; on AWS it is drawn for each alarm, here it is the same for each. */
function metricsOf(watch: Watch, arn: string) {
  if (!watch.Metrics) {
    const stat = watch.Statistic ?? watch.ExtendedStatistic;
    const id = Buffer.from(arn).toString("hex").slice(-32);
    return [{ id, metricStat: { metric: metricOf(watch), period: watch.Period, stat }, returnData: true }];
  }
  return watch.Metrics.map(({ Id, Expression, Label, MetricStat, ReturnData = true }) => ({
    id: Id,
    ...(Expression !== undefined && { expression: Expression }),
    ...(Label !== undefined && { label: Label }),
    ...(MetricStat && { metricStat: { metric: metricOf(MetricStat.Metric), period: MetricStat.Period, stat: MetricStat.Stat } }),
    returnData: ReturnData,
  }));
}
