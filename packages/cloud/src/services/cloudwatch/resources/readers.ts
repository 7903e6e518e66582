/** How alarms and dashboards are read again. */
import type { Readers } from "../../../resource.ts";

const byName = (a: { Name?: string | undefined }, b: { Name?: string | undefined }) => ((a.Name ?? "") < (b.Name ?? "") ? -1 : 1);

export const readers: Readers = {
  "AWS::CloudWatch::Alarm": async ({ call, physicalId }) => {
    const { MetricAlarms = [] } = await call("cloudwatch", "DescribeAlarms", { AlarmNames: [physicalId], AlarmTypes: ["MetricAlarm"] });
    const [alarm] = MetricAlarms;
    return alarm && { ...alarm, ...(alarm.Dimensions && { Dimensions: [...alarm.Dimensions].sort(byName) }) };
  },
  "AWS::CloudWatch::CompositeAlarm": async ({ call, physicalId }) => {
    const { CompositeAlarms = [] } = await call("cloudwatch", "DescribeAlarms", {
      AlarmNames: [physicalId],
      AlarmTypes: ["CompositeAlarm"],
    });
    return CompositeAlarms[0] && { ...CompositeAlarms[0] };
  },
  "AWS::CloudWatch::Dashboard": async ({ call, physicalId }) => {
    const { DashboardName, DashboardBody } = await call("cloudwatch", "GetDashboard", { DashboardName: physicalId });
    return { DashboardName, DashboardBody };
  },
};
