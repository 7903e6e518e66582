/** Alarms of the app that are on, or whose actions somebody has switched off. */
import type { Diagnosis, Finding } from "../diagnosis.ts";

export const alarmFiring: Diagnosis = {
  title: "no alarm is on",
  async look({ aws, resources, stoppedSince, options }) {
    if (stoppedSince !== undefined) return [];
    const names = resources.filter(({ type }) => type === "AWS::CloudWatch::Alarm").map(({ physicalId }) => physicalId);
    if (names.length === 0) return [];
    const { MetricAlarms = [] } = await aws.call("cloudwatch", "DescribeAlarms", { AlarmNames: names.slice(0, 100) });
    return MetricAlarms.flatMap(({ AlarmName = "", StateValue, StateReason = "", ActionsEnabled }): Finding[] => {
      if (StateValue === "ALARM") {
        return [
          {
            severity: "warning",
            subject: AlarmName,
            symptom: "is on",
            cause: "What it watches has crossed its threshold.",
            remedy: `plinth status${options} and plinth logs${options} show what runs now`,
            evidence: [StateReason],
          },
        ];
      }
      if (ActionsEnabled !== false) return [];
      return [
        {
          severity: "warning",
          subject: AlarmName,
          symptom: "calls nobody",
          cause: "Somebody has switched its actions off.",
          remedy: `aws cloudwatch enable-alarm-actions --alarm-names ${AlarmName}`,
          evidence: [],
        },
      ];
    });
  },
};
