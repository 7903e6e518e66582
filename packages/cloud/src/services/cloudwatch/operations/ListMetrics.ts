/** ListMetrics: what had data in the last two weeks, by namespace, name and dimensions. */
import { readToken, writeToken } from "../../../paging.ts";
import { operation } from "../../../service.ts";
import { check, metricName, namespace } from "../constraints.ts";
import { invalidValue } from "../errors.ts";
import { listMetrics } from "../metrics.ts";

const hourMs = 3_600_000;
const pageSize = 500;

export const listMetricsOperation = operation("cloudwatch", "ListMetrics", (input, { cloud, region }) => {
  const { Namespace, MetricName, Dimensions = [], NextToken, RecentlyActive } = input;
  check({
    namespace: [Namespace, namespace],
    metricName: [MetricName, metricName],
    dimensions: [Dimensions, { length: [0, 10] }],
    recentlyActive: [RecentlyActive, { enum: ["PT3H"] }],
  });
  const sinceMs = cloud.world.clock.nowMs() - (RecentlyActive ? 3 : 14 * 24) * hourMs;
  const query = JSON.stringify(["ListMetrics", Namespace, MetricName, Dimensions, RecentlyActive]);
  const after = NextToken === undefined ? "0" : readToken(NextToken, query);
  if (after === undefined) throw invalidValue("Request parameter NextToken is invalid");
  const wanted = listMetrics(cloud, region, Namespace, MetricName).filter(
    (metric) =>
      metric.id > Number(after) &&
      metric.lastTimeMs >= sinceMs &&
      Dimensions.every(({ Name, Value }) =>
        metric.dimensions.some((each) => each.Name === Name && (Value === undefined || each.Value === Value)),
      ),
  );
  const page = wanted.slice(0, pageSize);
  return {
    Metrics: page.map(({ namespace: itsNamespace, name, dimensions }) => ({
      Namespace: itsNamespace,
      MetricName: name,
      Dimensions: [...dimensions],
    })),
    ...(wanted.length > pageSize && { NextToken: writeToken(String(page.at(-1)!.id), query) }),
  };
});
