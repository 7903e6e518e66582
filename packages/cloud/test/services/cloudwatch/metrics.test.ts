/** Metrics of CloudWatch: what goes in, and what statistics and math make of it. */
import { describe, expect, it } from "vitest";
import { startSimulatedCloud } from "../../cloud.ts";

const minuteMs = 60_000;

async function withMetrics() {
  const test = await startSimulatedCloud();
  const startMs = test.world.clock.nowMs();
  await test.world.clock.advance(10 * minuteMs);
  /** One value a minute, from the start; `undefined` leaves the minute out. */
  const put = (MetricName: string, values: (number | undefined)[], Dimensions?: { Name: string; Value: string }[]) =>
    test.call("cloudwatch", "PutMetricData", {
      Namespace: "App",
      MetricData: values.flatMap((Value, index) =>
        Value === undefined
          ? []
          : [
              {
                MetricName,
                Value,
                Timestamp: new Date(startMs + index * minuteMs + 12_345),
                Unit: "Count" as const,
                ...(Dimensions && { Dimensions }),
              },
            ],
      ),
    });
  const range = { StartTime: new Date(startMs), EndTime: new Date(startMs + 10 * minuteMs) };
  const compute = async (queries: Record<string, string>, metrics: string[]) => {
    const { MetricDataResults } = await test.call("cloudwatch", "GetMetricData", {
      ...range,
      ScanBy: "TimestampAscending",
      MetricDataQueries: [
        ...metrics.map((MetricName) => ({
          Id: MetricName,
          ReturnData: false,
          MetricStat: { Metric: { Namespace: "App", MetricName }, Period: 60, Stat: "Sum" },
        })),
        ...Object.entries(queries).map(([Id, Expression]) => ({ Id, Expression })),
      ],
    });
    return Object.fromEntries(MetricDataResults!.map(({ Id, Values }) => [Id, Values]));
  };
  return { ...test, startMs, put, range, compute, [Symbol.asyncDispose]: () => test[Symbol.asyncDispose]() };
}

describe("statistics", () => {
  it("of values, counts and statistic sets, by period and unit", async () => {
    await using test = await withMetrics();
    const Timestamp = new Date(test.startMs + 1000);
    await test.call("cloudwatch", "PutMetricData", {
      Namespace: "App",
      MetricData: [
        { MetricName: "m", Timestamp, Values: [1, 10], Counts: [2, 3], Unit: "Count" },
        { MetricName: "m", Timestamp, StatisticValues: { SampleCount: 2, Sum: 7, Minimum: 0.5, Maximum: 6.5 }, Unit: "Count" },
        { MetricName: "m", Timestamp, Value: 100, Unit: "Seconds" },
      ],
    });
    const { Label, Datapoints } = await test.call("cloudwatch", "GetMetricStatistics", {
      Namespace: "App",
      MetricName: "m",
      ...test.range,
      Period: 300,
      Statistics: ["SampleCount", "Sum", "Average", "Minimum", "Maximum"],
    });
    expect(Label).toBe("m");
    expect(Datapoints).toEqual([
      { Timestamp: new Date(test.startMs), Unit: "Count", SampleCount: 7, Sum: 39, Average: 39 / 7, Minimum: 0.5, Maximum: 10 },
      { Timestamp: new Date(test.startMs), Unit: "Seconds", SampleCount: 1, Sum: 100, Average: 100, Minimum: 100, Maximum: 100 },
    ]);
  });

  it.each([
    ["p50", 5],
    ["p90", 9],
    ["p100", 10],
    ["tm90", 5],
    ["TM(10%:90%)", 5],
    ["PR(:5)", 50],
    ["TS(8:)", 27],
    ["tc50", 5],
  ])("%s of 1 to 10 is %d", async (Stat, expected) => {
    await using test = await withMetrics();
    await test.put(
      "m",
      Array.from({ length: 10 }, (_, index) => index + 1),
    );
    const { MetricDataResults } = await test.call("cloudwatch", "GetMetricData", {
      ...test.range,
      MetricDataQueries: [{ Id: "m", MetricStat: { Metric: { Namespace: "App", MetricName: "m" }, Period: 600, Stat } }],
    });
    expect(MetricDataResults![0]!.Values).toEqual([expected]);
  });

  it("keeps dimension sets apart, whatever their order", async () => {
    await using test = await withMetrics();
    await test.put(
      "m",
      [1],
      [
        { Name: "A", Value: "1" },
        { Name: "B", Value: "2" },
      ],
    );
    await test.put(
      "m",
      [2],
      [
        { Name: "B", Value: "2" },
        { Name: "A", Value: "1" },
      ],
    );
    await test.put("m", [50]);
    const { Metrics } = await test.call("cloudwatch", "ListMetrics", { Namespace: "App", Dimensions: [{ Name: "A" }] });
    expect(Metrics).toEqual([
      {
        Namespace: "App",
        MetricName: "m",
        Dimensions: [
          { Name: "A", Value: "1" },
          { Name: "B", Value: "2" },
        ],
      },
    ]);
  });
});

describe("metric math", () => {
  it.each([
    ["e * 2", [2, 4, 6]],
    ["e / r", [0.1, 0.1]],
    ["100 * e / (e + r)", [100 / 11, 100 / 11]],
    ["FILL(r, 0)", [10, 20, 0, 0, 0, 0, 0, 0, 0, 0]],
    ["FILL(r, REPEAT) + 0", [10, 20, 20, 20, 20, 20, 20, 20, 20, 20]],
    ["IF(e > 1, e, 0)", [0, 2, 3]],
    ["SUM(METRICS())", [11, 22, 3]],
    ["MAX([e, r])", [10, 20, 3]],
    ["AVG(r)", Array.from({ length: 10 }, () => 15)],
    ["DIFF(e)", [1, 1]],
    ["RATE(e)", [1 / 60, 1 / 60]],
    ["e * PERIOD(e)", [60, 120, 180]],
    ["e >= 2 AND r > 0", [0, 1]],
    ["-e ^ 2", [-1, -4, -9]],
  ])("%s", async (expression, expected) => {
    await using test = await withMetrics();
    await test.put("e", [1, 2, 3]);
    await test.put("r", [10, 20]);
    expect((await test.compute({ x: expression }, ["e", "r"]))["x"]).toEqual(expected);
  });

  it.each(["e +", "nope", "NOPE(e)", "x", "e $ 2"])("refuses %s", async (expression) => {
    await using test = await withMetrics();
    await expect(test.compute({ x: expression }, ["e"])).rejects.toMatchObject({ code: "ValidationError" });
  });

  it("answers page by page", async () => {
    await using test = await withMetrics();
    await test.put("m", [1, 2, 3, 4, 5]);
    const query = {
      ...test.range,
      MaxDatapoints: 2,
      MetricDataQueries: [{ Id: "m", MetricStat: { Metric: { Namespace: "App", MetricName: "m" }, Period: 60, Stat: "Sum" } }],
    };
    const seen: number[] = [];
    let NextToken: string | undefined;
    do {
      const page = await test.call("cloudwatch", "GetMetricData", { ...query, ...(NextToken && { NextToken }) });
      seen.push(...page.MetricDataResults![0]!.Values!);
      NextToken = page.NextToken;
    } while (NextToken);
    expect(seen).toEqual([5, 4, 3, 2, 1]);
  });
});

describe("PutMetricData refuses", () => {
  it.each([
    ["AWS's own namespaces", "AWS/X", { Value: 1 }, "The value AWS/ for parameter Namespace is invalid."],
    [
      "a value and values",
      "App",
      { Value: 1, Values: [1] },
      "The parameters MetricData.member.1.Value and MetricData.member.1.Values are mutually exclusive and you have specified both.",
    ],
    [
      "values and counts of different sizes",
      "App",
      { Values: [1], Counts: [1, 2] },
      "The parameters MetricData.member.1.Values and MetricData.member.1.Counts must be of the same size.",
    ],
    ["no number", "App", { Value: NaN }, "The value NaN for parameter MetricData.member.1.Value is invalid."],
  ])("%s", async (_, Namespace, datum, message) => {
    await using test = await startSimulatedCloud();
    const call = test.call("cloudwatch", "PutMetricData", { Namespace, MetricData: [{ MetricName: "m", ...datum }] });
    await expect(call).rejects.toMatchObject({ message });
  });
});
