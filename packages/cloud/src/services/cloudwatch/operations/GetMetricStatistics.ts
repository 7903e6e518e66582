/** GetMetricStatistics: one metric's statistics by period, a point for each unit that it came in. */
import { operation } from "../../../service.ts";
import { check, checkDimensions, metricName, namespace, unit } from "../constraints.ts";
import { invalidCombination, invalidValue } from "../errors.ts";
import { dataOf, type Dimension } from "../metrics.ts";
import { alignedStartMs, byPeriod, isPeriod } from "../periods.ts";
import { simpleStatistics, statistic } from "../statistics.ts";

/** AWS gives no more in one answer. */
const maximumPoints = 1440;

export const getMetricStatistics = operation("cloudwatch", "GetMetricStatistics", (input, { cloud, region }) => {
  const { Namespace, MetricName, Dimensions = [], StartTime, EndTime, Period, Statistics = [], ExtendedStatistics = [], Unit } = input;
  check({
    namespace: [Namespace, namespace],
    metricName: [MetricName, metricName],
    period: [Period, { range: [1, Infinity] }],
    unit: [Unit, unit],
    statistics: [Statistics, { length: [0, 5] }],
    ...Object.fromEntries(Statistics.map((each, index) => [`statistics.${index + 1}.member`, [each, { enum: simpleStatistics }] as const])),
  });
  checkDimensions(Dimensions);
  if (Statistics.length === 0 && ExtendedStatistics.length === 0)
    throw invalidCombination("Must specify either Statistics or ExtendedStatistics");
  if (Statistics.length > 0 && ExtendedStatistics.length > 0)
    throw invalidCombination("Cannot specify both Statistics and ExtendedStatistics");
  if (!isPeriod(Period)) throw invalidValue(`The parameter Period must be a multiple of 60 or one of 1, 5, 10, 20, 30.`);
  const startMs = new Date(StartTime).getTime();
  const endMs = new Date(EndTime).getTime();
  if (startMs >= endMs) throw invalidValue("The parameter StartTime must be less than the parameter EndTime.");
  const points = (endMs - startMs) / (Period * 1000);
  if (points > maximumPoints) {
    throw invalidCombination(
      `You have requested up to ${Math.ceil(points).toLocaleString("en-US")} datapoints, which exceeds the limit of 1,440. You may reduce the datapoints requested by increasing Period, or decreasing the time range.`,
    );
  }
  const alignedMs = alignedStartMs(startMs, Period);
  const extended = ExtendedStatistics.map((each) => ({ name: each, of: statistic(each, "ExtendedStatistics") }));
  const metric = { namespace: Namespace, name: MetricName, dimensions: Dimensions as Dimension[] };
  const datapoints = byPeriod(dataOf(cloud, region, metric, alignedMs, endMs, Unit), alignedMs, Period).flatMap(({ timeMs, data }) =>
    [...Map.groupBy(data, (datum) => datum.unit)].map(([itsUnit, ofUnit]) => ({
      Timestamp: new Date(timeMs),
      ...Object.fromEntries(Statistics.map((each) => [each, statistic(each, "Statistics")(ofUnit)])),
      ...(extended.length > 0 && {
        ExtendedStatistics: Object.fromEntries(
          extended.flatMap(({ name, of }) => {
            const value = of(ofUnit);
            return value === undefined ? [] : [[name, value]];
          }),
        ),
      }),
      Unit: itsUnit as "None",
    })),
  );
  return { Label: MetricName, Datapoints: datapoints };
});
