/** DescribeAlarmHistory. */
import { readToken, writeToken } from "../../../paging.ts";
import { operation } from "../../../service.ts";
import { history } from "../alarm-history.ts";
import { check } from "../constraints.ts";
import { invalidNextToken } from "../errors.ts";

export const describeAlarmHistory = operation("cloudwatch", "DescribeAlarmHistory", (input, { cloud, region }) => {
  const { AlarmName, AlarmTypes, HistoryItemType, StartDate, EndDate, MaxRecords = 100, NextToken, ScanBy = "TimestampDescending" } = input;
  check({
    alarmName: [AlarmName, { length: [1, 255] }],
    historyItemType: [
      HistoryItemType,
      { enum: ["ConfigurationUpdate", "StateUpdate", "Action", "AlarmContributorStateUpdate", "AlarmContributorAction"] },
    ],
    maxRecords: [MaxRecords, { range: [1, 100] }],
    scanBy: [ScanBy, { enum: ["TimestampDescending", "TimestampAscending"] }],
  });
  const types = AlarmTypes?.length ? AlarmTypes : ["MetricAlarm"];
  const query = JSON.stringify(["DescribeAlarmHistory", AlarmName, types, HistoryItemType, StartDate, EndDate, ScanBy]);
  const position = NextToken === undefined ? undefined : readToken(NextToken, query);
  if (NextToken !== undefined && position === undefined) throw invalidNextToken();
  const items = history(cloud, region, StartDate?.getTime() ?? 0, EndDate?.getTime() ?? Number.MAX_SAFE_INTEGER).filter(
    (item) =>
      (AlarmName === undefined || item.alarm === AlarmName) &&
      types.includes(item.alarm_type) &&
      (HistoryItemType === undefined || item.type === HistoryItemType),
  );
  if (ScanBy === "TimestampDescending") items.reverse();
  const start = position === undefined ? 0 : items.findIndex(({ id }) => String(id) === position) + 1;
  const page = items.slice(start, start + MaxRecords);
  return {
    AlarmHistoryItems: page.map((item) => ({
      AlarmName: item.alarm,
      AlarmType: item.alarm_type,
      Timestamp: new Date(item.time),
      HistoryItemType: item.type,
      HistorySummary: item.summary,
      HistoryData: item.data,
    })),
    ...(items.length > start + MaxRecords && { NextToken: writeToken(String(page.at(-1)!.id), query) }),
  };
});
