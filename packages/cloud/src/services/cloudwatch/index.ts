/** CloudWatch in the embedded cloud. README.md says what is real, recorded and refused. */
import { defineService, type Authorization, type OperationContext } from "../../service.ts";
import { startAlarmClock, stopAlarmClock } from "./alarm-clock.ts";
import { alarmArn } from "./alarms.ts";
import { dashboardArn } from "./dashboards.ts";
import { schema } from "./metrics.ts";
import * as alarmOperations from "./operations/alarms.ts";
import * as detectors from "./operations/anomaly-detectors.ts";
import * as dashboardOperations from "./operations/dashboards.ts";
import { describeAlarmHistory } from "./operations/DescribeAlarmHistory.ts";
import { getMetricData } from "./operations/GetMetricData.ts";
import { getMetricStatistics } from "./operations/GetMetricStatistics.ts";
import * as insightRules from "./operations/insight-rules.ts";
import { listMetricsOperation } from "./operations/ListMetrics.ts";
import { putMetricAlarm } from "./operations/PutMetricAlarm.ts";
import { putMetricData } from "./operations/PutMetricData.ts";
import * as tags from "./operations/tags.ts";
import { alarm } from "./resources/Alarm.ts";
import { compositeAlarm } from "./resources/CompositeAlarm.ts";
import { dashboard } from "./resources/Dashboard.ts";
import { readers } from "./resources/readers.ts";

type OneOrMore = { AlarmName?: string | undefined; AlarmNames?: string[] | undefined };

const onAlarms =
  (action: string) =>
  ({ AlarmName, AlarmNames = [] }: OneOrMore, context: OperationContext): Authorization[] => {
    const names = AlarmName === undefined ? AlarmNames : [AlarmName];
    return (names.length === 0 ? ["*"] : names).map((name) => ({ action: `cloudwatch:${action}`, resource: alarmArn(context, name) }));
  };

const onDashboards =
  (action: string) =>
  (
    { DashboardName, DashboardNames = [] }: { DashboardName?: string; DashboardNames?: string[] },
    { account }: OperationContext,
  ): Authorization[] =>
    (DashboardName === undefined ? DashboardNames : [DashboardName]).map((name) => ({
      action: `cloudwatch:${action}`,
      resource: dashboardArn(account, name),
    }));

const onInsightRules = (action: string, names: readonly string[], { region, account }: OperationContext): Authorization[] =>
  names.map((name) => ({ action: `cloudwatch:${action}`, resource: `arn:aws:cloudwatch:${region}:${account}:insight-rule/${name}` }));

const onArn =
  (action: string) =>
  ({ ResourceARN }: { ResourceARN: string | undefined }): Authorization[] => [
    { action: `cloudwatch:${action}`, resource: ResourceARN ?? "*" },
  ];

export const cloudwatch = defineService({
  id: "cloudwatch",
  operations: {
    PutMetricData: putMetricData,
    GetMetricData: getMetricData,
    GetMetricStatistics: getMetricStatistics,
    ListMetrics: listMetricsOperation,
    PutMetricAlarm: putMetricAlarm,
    PutCompositeAlarm: alarmOperations.putCompositeAlarm,
    DeleteAlarms: alarmOperations.deleteAlarms,
    DescribeAlarms: alarmOperations.describeAlarms,
    DescribeAlarmsForMetric: alarmOperations.describeAlarmsForMetric,
    DescribeAlarmHistory: describeAlarmHistory,
    SetAlarmState: alarmOperations.setAlarmState,
    EnableAlarmActions: alarmOperations.enableAlarmActions,
    DisableAlarmActions: alarmOperations.disableAlarmActions,
    PutDashboard: dashboardOperations.putDashboard,
    GetDashboard: dashboardOperations.getDashboard,
    ListDashboards: dashboardOperations.listDashboards,
    DeleteDashboards: dashboardOperations.deleteDashboards,
    PutInsightRule: insightRules.putInsightRule,
    DescribeInsightRules: insightRules.describeInsightRules,
    EnableInsightRules: insightRules.enableInsightRules,
    DisableInsightRules: insightRules.disableInsightRules,
    DeleteInsightRules: insightRules.deleteInsightRules,
    PutAnomalyDetector: detectors.putAnomalyDetector,
    DescribeAnomalyDetectors: detectors.describeAnomalyDetectors,
    DeleteAnomalyDetector: detectors.deleteAnomalyDetector,
    TagResource: tags.tagResource,
    UntagResource: tags.untagResource,
    ListTagsForResource: tags.listTagsForResource,
  },
  authorize: {
    PutMetricData: ({ Namespace }) => [
      { action: "cloudwatch:PutMetricData", resource: "*", conditions: { "cloudwatch:namespace": Namespace } },
    ],
    PutMetricAlarm: onAlarms("PutMetricAlarm"),
    PutCompositeAlarm: onAlarms("PutCompositeAlarm"),
    DeleteAlarms: onAlarms("DeleteAlarms"),
    DescribeAlarms: onAlarms("DescribeAlarms"),
    DescribeAlarmHistory: onAlarms("DescribeAlarmHistory"),
    SetAlarmState: onAlarms("SetAlarmState"),
    EnableAlarmActions: onAlarms("EnableAlarmActions"),
    DisableAlarmActions: onAlarms("DisableAlarmActions"),
    PutDashboard: onDashboards("PutDashboard"),
    GetDashboard: onDashboards("GetDashboard"),
    DeleteDashboards: onDashboards("DeleteDashboards"),
    PutInsightRule: ({ RuleName }, context) => onInsightRules("PutInsightRule", [RuleName], context),
    EnableInsightRules: ({ RuleNames }, context) => onInsightRules("EnableInsightRules", RuleNames, context),
    DisableInsightRules: ({ RuleNames }, context) => onInsightRules("DisableInsightRules", RuleNames, context),
    DeleteInsightRules: ({ RuleNames }, context) => onInsightRules("DeleteInsightRules", RuleNames, context),
    TagResource: onArn("TagResource"),
    UntagResource: onArn("UntagResource"),
    ListTagsForResource: onArn("ListTagsForResource"),
  },
  readers,
  resources: {
    "AWS::CloudWatch::Alarm": alarm,
    "AWS::CloudWatch::CompositeAlarm": compositeAlarm,
    "AWS::CloudWatch::Dashboard": dashboard,
  },
  start(cloud) {
    cloud.store.schema("telemetry", schema);
    startAlarmClock(cloud);
  },
  stop: stopAlarmClock,
  reset: stopAlarmClock,
});
