/** The history of alarms: changes of their configuration, of their state, and what was done about it. */
import type { Cloud } from "../../cloud.ts";
import type { AlarmRecord } from "./alarms.ts";
import { isoTime } from "./alarm-reason.ts";

export type HistoryItemType = "ConfigurationUpdate" | "StateUpdate" | "Action";

export interface HistoryItem {
  id: number;
  alarm: string;
  alarm_type: "MetricAlarm" | "CompositeAlarm";
  time: number;
  type: HistoryItemType;
  summary: string;
  data: string;
}

export function note(cloud: Cloud, region: string, alarm: AlarmRecord, type: HistoryItemType, summary: string, data: object): void {
  cloud.store
    .statement("telemetry", "insert into alarm_history (region, alarm, alarm_type, time, type, summary, data) values (?, ?, ?, ?, ?, ?, ?)")
    .run(
      region,
      alarm.name,
      alarm.kind === "metric" ? "MetricAlarm" : "CompositeAlarm",
      cloud.world.clock.nowMs(),
      type,
      summary,
      JSON.stringify({ version: "1.0", ...data }),
    );
}

/** `Created`, `Updated` or `Deleted`, with what the alarm then is. */
export function noteConfiguration(cloud: Cloud, region: string, alarm: AlarmRecord, type: "Create" | "Update" | "Delete"): void {
  const verb = { Create: "created", Update: "updated", Delete: "deleted" }[type];
  const configuration = {
    alarmName: alarm.name,
    alarmArn: alarm.arn,
    ...(alarm.description !== undefined && { alarmDescription: alarm.description }),
    actionsEnabled: alarm.actionsEnabled,
    okActions: alarm.okActions,
    alarmActions: alarm.alarmActions,
    insufficientDataActions: alarm.insufficientDataActions,
    alarmConfigurationUpdatedTimestamp: isoTime(alarm.configurationUpdatedMs),
    ...(alarm.kind === "metric" ? alarm.watch : { alarmRule: alarm.rule }),
  };
  const key = { Create: "createdAlarm", Update: "updatedAlarm", Delete: "deletedAlarm" }[type];
  note(cloud, region, alarm, "ConfigurationUpdate", `Alarm "${alarm.name}" ${verb}`, { type, [key]: configuration });
}

/** All of a region's items, the oldest first. */
export function history(cloud: Cloud, region: string, fromMs: number, toMs: number): HistoryItem[] {
  return cloud.store
    .statement("telemetry", "select * from alarm_history where region = ? and time >= ? and time <= ? order by time, id")
    .all(region, fromMs, toMs) as unknown as HistoryItem[];
}
