/** GetMetricData: many metrics and expressions at once, page by page. */
import { readToken, writeToken } from "../../../paging.ts";
import { operation } from "../../../service.ts";
import { check } from "../constraints.ts";
import { invalidNextToken, validationError } from "../errors.ts";
import { checkQueries, runQueries } from "../queries.ts";

/** AWS's maximum, and default. */
const maximumPoints = 100_800;

export const getMetricData = operation("cloudwatch", "GetMetricData", (input, context) => {
  const { MetricDataQueries, StartTime, EndTime, NextToken, ScanBy = "TimestampDescending", MaxDatapoints = maximumPoints } = input;
  check({
    scanBy: [ScanBy, { enum: ["TimestampDescending", "TimestampAscending"] }],
    maxDatapoints: [MaxDatapoints, { range: [1, maximumPoints] }],
    metricDataQueries: [MetricDataQueries, { length: [1, 500] }],
  });
  const startMs = new Date(StartTime).getTime();
  const endMs = new Date(EndTime).getTime();
  if (startMs === endMs) throw validationError("The parameter StartTime must not equal parameter EndTime.");
  if (startMs > endMs) throw validationError("The parameter EndTime must be greater than StartTime.");
  checkQueries(MetricDataQueries, "MetricDataQueries");
  if (MetricDataQueries.every(({ ReturnData }) => ReturnData === false)) {
    throw validationError("At least one of the MetricDataQueries must have ReturnData set to true.");
  }

  const query = JSON.stringify(["GetMetricData", MetricDataQueries, startMs, endMs, ScanBy, MaxDatapoints]);
  const skipped = NextToken === undefined ? "0" : readToken(NextToken, query);
  if (skipped === undefined) throw invalidNextToken();
  const results = runQueries(context, MetricDataQueries, startMs, endMs)
    .filter(({ returned }) => returned)
    .flatMap(({ id, label, series }) =>
      series.map((each) => {
        const points = [...each.points].sort(([a], [b]) => (ScanBy === "TimestampAscending" ? a - b : b - a));
        return { id, label: series.length > 1 ? `${label} ${each.label}` : label, points };
      }),
    );
  // Each page goes on with the same number of points further in every series.
  const from = Number(skipped);
  const size = Math.max(1, Math.floor(MaxDatapoints / Math.max(1, results.length)));
  const more = results.some(({ points }) => points.length > from + size);
  return {
    MetricDataResults: results.map(({ id, label, points }) => {
      const page = points.slice(from, from + size);
      return {
        Id: id,
        Label: label,
        Timestamps: page.map(([time]) => new Date(time)),
        Values: page.map(([, value]) => value),
        StatusCode: points.length > from + size ? ("PartialData" as const) : ("Complete" as const),
      };
    }),
    Messages: [],
    ...(more && { NextToken: writeToken(String(from + size), query) }),
  };
});
