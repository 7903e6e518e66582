/** Alarms of CloudWatch: evaluated as time passes, told to SNS, with AWS's reasons. */
import { describe, expect, it } from "vitest";
import { servicePrincipal } from "../../../src/identity/principal.ts";
import { readMails } from "../../../src/services/sns/mailbox.ts";
import { startSimulatedCloud } from "../../cloud.ts";

const minuteMs = 60_000;
const topic = "arn:aws:sns:eu-central-1:123456789012:alerts";

async function withAlarm(change: object = {}) {
  const test = await startSimulatedCloud();
  await test.call("sns", "CreateTopic", { Name: "alerts" });
  await test.call("sns", "Subscribe", { TopicArn: topic, Protocol: "email", Endpoint: "ops@example.com" });
  const query = new URL(readMails(test.cloud)[0]!.confirmUrl!).searchParams;
  await test.call("sns", "ConfirmSubscription", { TopicArn: topic, Token: query.get("Token")! });
  await test.call("cloudwatch", "PutMetricAlarm", {
    AlarmName: "cpu",
    Namespace: "AWS/ECS",
    MetricName: "CPUUtilization",
    Dimensions: [{ Name: "ServiceName", Value: "web" }],
    Statistic: "Average",
    Period: 60,
    EvaluationPeriods: 1,
    DatapointsToAlarm: 1,
    Threshold: 80,
    ComparisonOperator: "GreaterThanThreshold",
    AlarmActions: [topic],
    OKActions: [topic],
    ...change,
  });
  const report = (Value: number) =>
    test.cloud.as(servicePrincipal(test.cloud.account, "ecs.amazonaws.com"), "eu-central-1")("cloudwatch", "PutMetricData", {
      Namespace: "AWS/ECS",
      MetricData: [{ MetricName: "CPUUtilization", Dimensions: [{ Name: "ServiceName", Value: "web" }], Value, Unit: "Percent" }],
    });
  const state = async () => (await test.call("cloudwatch", "DescribeAlarms", { AlarmNames: ["cpu"] })).MetricAlarms![0]!;
  return { ...test, report, state, [Symbol.asyncDispose]: () => test[Symbol.asyncDispose]() };
}

describe("a metric alarm", () => {
  it("goes to ALARM and back to OK, tells its topic, and notes both", async () => {
    await using test = await withAlarm();
    expect(await test.state()).toMatchObject({
      StateValue: "INSUFFICIENT_DATA",
      StateReason: "Unchecked: Initial alarm creation",
      AlarmArn: "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:cpu",
    });
    await test.report(90);
    await test.world.clock.advance(minuteMs + 2000);
    const alarmed = await test.state();
    expect(alarmed.StateValue).toBe("ALARM");
    expect(alarmed.StateReason).toBe(
      "Threshold Crossed: 1 out of the last 1 datapoints [90.0 (01/01/26 00:00:00)] was greater than the threshold (80.0) (minimum 1 datapoint for OK -> ALARM transition).",
    );
    expect(JSON.parse(alarmed.StateReasonData!)).toEqual({
      version: "1.0",
      queryDate: "2026-01-01T00:01:01.000+0000",
      startDate: "2026-01-01T00:00:00.000+0000",
      statistic: "Average",
      period: 60,
      recentDatapoints: [90],
      threshold: 80,
      evaluatedDatapoints: [{ timestamp: "2026-01-01T00:00:00.000+0000", sampleCount: 1, value: 90 }],
    });
    const [mail] = readMails(test.cloud);
    expect(mail!.subject).toBe('ALARM: "cpu" in EU (Frankfurt)');
    expect(JSON.parse(mail!.text.split("\n")[0]!)).toMatchObject({
      AlarmName: "cpu",
      AWSAccountId: "123456789012",
      NewStateValue: "ALARM",
      OldStateValue: "INSUFFICIENT_DATA",
      StateChangeTime: "2026-01-01T00:01:01.000+0000",
      Trigger: { MetricName: "CPUUtilization", Statistic: "AVERAGE", Dimensions: [{ name: "ServiceName", value: "web" }], Threshold: 80 },
    });

    await test.report(10);
    await test.world.clock.advance(minuteMs);
    expect(await test.state()).toMatchObject({
      StateValue: "OK",
      StateReason:
        "Threshold Crossed: 1 out of the last 1 datapoints [10.0 (01/01/26 00:01:00)] was not greater than the threshold (80.0) (minimum 1 datapoint for ALARM -> OK transition).",
    });
    const { AlarmHistoryItems } = await test.call("cloudwatch", "DescribeAlarmHistory", { AlarmName: "cpu", ScanBy: "TimestampAscending" });
    expect(AlarmHistoryItems!.map(({ HistorySummary }) => HistorySummary)).toEqual([
      'Alarm "cpu" created',
      "Alarm updated from INSUFFICIENT_DATA to ALARM",
      `Successfully executed action ${topic}`,
      "Alarm updated from ALARM to OK",
      `Successfully executed action ${topic}`,
    ]);
  });

  it("treats what is missing as breaching when told so", async () => {
    await using test = await withAlarm({ TreatMissingData: "breaching", EvaluationPeriods: 2, DatapointsToAlarm: undefined });
    await test.world.clock.advance(minuteMs + 2000);
    expect(await test.state()).toMatchObject({
      StateValue: "ALARM",
      StateReason: "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were treated as [Breaching].",
    });
  });

  it("falls silent when its data stops", async () => {
    await using test = await withAlarm();
    await test.report(10);
    await test.world.clock.advance(minuteMs + 2000);
    expect((await test.state()).StateValue).toBe("OK");
    await test.world.clock.advance(3 * minuteMs);
    expect(await test.state()).toMatchObject({
      StateValue: "INSUFFICIENT_DATA",
      StateReason: "Insufficient Data: 1 datapoint was unknown.",
    });
  });

  it("watches metric math", async () => {
    await using test = await startSimulatedCloud();
    await test.call("cloudwatch", "PutMetricAlarm", {
      AlarmName: "rate",
      EvaluationPeriods: 1,
      Threshold: 50,
      ComparisonOperator: "GreaterThanOrEqualToThreshold",
      Metrics: [
        { Id: "e", ReturnData: false, MetricStat: { Metric: { Namespace: "App", MetricName: "errors" }, Period: 60, Stat: "Sum" } },
        { Id: "r", ReturnData: false, MetricStat: { Metric: { Namespace: "App", MetricName: "requests" }, Period: 60, Stat: "Sum" } },
        { Id: "x", Expression: "100 * e / r", Label: "Error rate" },
      ],
    });
    const data = [
      ["errors", 5],
      ["requests", 10],
    ] as const;
    await test.call("cloudwatch", "PutMetricData", {
      Namespace: "App",
      MetricData: data.map(([MetricName, Value]) => ({ MetricName, Value })),
    });
    await test.world.clock.advance(minuteMs + 2000);
    expect((await test.call("cloudwatch", "DescribeAlarms", {})).MetricAlarms).toMatchObject([{ StateValue: "ALARM" }]);
  });

  it("is fed by a metric filter on logs", async () => {
    await using test = await startSimulatedCloud();
    await test.call("logs", "CreateLogGroup", { logGroupName: "g" });
    await test.call("logs", "CreateLogStream", { logGroupName: "g", logStreamName: "s" });
    await test.call("logs", "PutMetricFilter", {
      logGroupName: "g",
      filterName: "f",
      filterPattern: '{ $.level = "error" }',
      metricTransformations: [{ metricName: "errors", metricNamespace: "App", metricValue: "$.count", defaultValue: 0 }],
    });
    const timestamp = test.world.clock.nowMs();
    const put = (messages: object[], offset: number) =>
      test.call("logs", "PutLogEvents", {
        logGroupName: "g",
        logStreamName: "s",
        logEvents: messages.map((message) => ({ timestamp: timestamp + offset, message: JSON.stringify(message) })),
      });
    await put([{ level: "error", count: 3 }, { level: "info" }, { level: "error", count: 4 }], 0);
    await put([{ level: "info" }], minuteMs);
    await put([{ level: "info" }], minuteMs + 1);
    const { Datapoints } = await test.call("cloudwatch", "GetMetricStatistics", {
      Namespace: "App",
      MetricName: "errors",
      StartTime: new Date(timestamp),
      EndTime: new Date(timestamp + 5 * minuteMs),
      Period: 60,
      Statistics: ["Sum", "SampleCount"],
    });
    expect(Datapoints!.map(({ Sum, SampleCount }) => [Sum, SampleCount])).toEqual([
      [7, 2],
      [0, 1],
    ]);
  });

  it("keeps its state when it is changed, and obeys SetAlarmState and disabled actions", async () => {
    await using test = await withAlarm();
    const mails = () => readMails(test.cloud).length;
    await test.call("cloudwatch", "SetAlarmState", { AlarmName: "cpu", StateValue: "ALARM", StateReason: "test" });
    expect(mails()).toBe(2);
    await test.call("cloudwatch", "DisableAlarmActions", { AlarmNames: ["cpu"] });
    await test.call("cloudwatch", "SetAlarmState", { AlarmName: "cpu", StateValue: "OK", StateReason: "test again" });
    expect(mails()).toBe(2);
    expect(await test.state()).toMatchObject({ ActionsEnabled: false, StateValue: "OK", StateReason: "test again" });
    await expect(
      test.call("cloudwatch", "SetAlarmState", { AlarmName: "cpu", StateValue: "BAD" as "OK", StateReason: "" }),
    ).rejects.toMatchObject({
      code: "ValidationError",
      message:
        "1 validation error detected: Value 'BAD' at 'stateValue' failed to satisfy constraint: Member must satisfy enum value set: [INSUFFICIENT_DATA, ALARM, OK]",
    });
  });
});

it("a composite alarm follows the alarms of its rule", async () => {
  await using test = await withAlarm();
  const AlarmRule = 'ALARM(cpu) AND NOT OK("cpu")';
  await test.call("cloudwatch", "PutCompositeAlarm", { AlarmName: "all", AlarmRule });
  const state = async () =>
    (await test.call("cloudwatch", "DescribeAlarms", { AlarmTypes: ["CompositeAlarm"] })).CompositeAlarms![0]!.StateValue;
  expect(await state()).toBe("OK");
  await test.call("cloudwatch", "SetAlarmState", { AlarmName: "cpu", StateValue: "ALARM", StateReason: "test" });
  expect(await state()).toBe("ALARM");
  await expect(test.call("cloudwatch", "PutCompositeAlarm", { AlarmName: "bad", AlarmRule: "ALARM(nope)" })).rejects.toMatchObject({
    code: "ValidationError",
  });
});

describe("dashboards", () => {
  const body = {
    widgets: [
      { type: "metric", x: 0, y: 0, width: 6, height: 6, properties: { metrics: [["AWS/ECS", "CPUUtilization"]], region: "eu-central-1" } },
    ],
  };

  it("are kept, listed and removed", async () => {
    await using test = await startSimulatedCloud();
    const DashboardBody = JSON.stringify(body);
    expect(await test.call("cloudwatch", "PutDashboard", { DashboardName: "d", DashboardBody })).toEqual({
      DashboardValidationMessages: [],
    });
    expect(await test.call("cloudwatch", "GetDashboard", { DashboardName: "d" })).toEqual({
      DashboardArn: "arn:aws:cloudwatch::123456789012:dashboard/d",
      DashboardBody,
      DashboardName: "d",
    });
    expect((await test.call("cloudwatch", "ListDashboards", {})).DashboardEntries).toMatchObject([
      { DashboardName: "d", Size: DashboardBody.length },
    ]);
    await test.call("cloudwatch", "DeleteDashboards", { DashboardNames: ["d"] });
    await expect(test.call("cloudwatch", "GetDashboard", { DashboardName: "d" })).rejects.toMatchObject({
      code: "ResourceNotFound",
      message: "Dashboard d does not exist",
    });
  });

  it.each([
    ["no JSON", "{"],
    ["a widget without a type", JSON.stringify({ widgets: [{ properties: {} }] })],
    ["a widget that is too wide", JSON.stringify({ widgets: [{ ...body.widgets[0], width: 25 }] })],
  ])("are refused with %s", async (_, DashboardBody) => {
    await using test = await startSimulatedCloud();
    await expect(test.call("cloudwatch", "PutDashboard", { DashboardName: "d", DashboardBody })).rejects.toMatchObject({
      code: "InvalidParameterInput",
    });
  });
});
