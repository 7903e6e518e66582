/** Metric data queries, of GetMetricData and of alarms: metrics with a statistic, and expressions over them. */
import type { MetricDataQuery } from "@aws-sdk/client-cloudwatch";
import type { Cloud } from "../../cloud.ts";
import { check, checkDimensions, metricName, namespace, unit } from "./constraints.ts";
import { refused, validationError } from "./errors.ts";
import { evaluate, type Series, seriesOf, type Value } from "./math/evaluate.ts";
import { namesIn, type Node, parseExpression } from "./math/parse.ts";
import { dataOf, type Dimension } from "./metrics.ts";
import { alignedStartMs, byPeriod, isPeriod } from "./periods.ts";
import { parseStatistic } from "./statistics.ts";

export interface QueryResult {
  id: string;
  label: string;
  returned: boolean;
  series: Series[];
}

/** Refuses queries that AWS refuses, before any is run. */
export function checkQueries(queries: readonly MetricDataQuery[], parameter: string): void {
  const ids = new Set<string>();
  for (const [index, { Id, MetricStat, Expression, Period }] of queries.entries()) {
    const path = `${parameter}.member.${index + 1}`;
    check({ [`${path}.id`]: [Id, { length: [1, 255] }], [`${path}.expression`]: [Expression, { length: [1, 2048] }] });
    if (!/^[a-z]\w*$/u.test(Id!))
      throw validationError(`The value ${Id} for parameter ${path}.Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$.`);
    if (ids.has(Id!)) throw validationError(`The values for parameter id in ${parameter} are not unique.`);
    ids.add(Id!);
    if (!MetricStat && Expression === undefined) throw validationError(`The parameter ${path}.MetricStat is required.\n`);
    if (MetricStat && Expression !== undefined) {
      throw validationError(`The parameters ${path}.Expression and ${path}.MetricStat are mutually exclusive and you have specified both.`);
    }
    if (MetricStat) {
      const { Metric, Period: period, Stat, Unit } = MetricStat;
      check({
        [`${path}.metricStat.metric.namespace`]: [Metric?.Namespace, namespace],
        [`${path}.metricStat.metric.metricName`]: [Metric?.MetricName, metricName],
        [`${path}.metricStat.unit`]: [Unit, unit],
      });
      checkDimensions(Metric?.Dimensions, `${path}.metricStat.metric.dimensions`);
      if (!isPeriod(period!))
        throw validationError(
          `The value '${period}' for parameter ${path}.MetricStat.Period must be a multiple of 60 or one of 1, 5, 10, 20, 30.`,
        );
      if (!parseStatistic(Stat!)) throw validationError(`The value ${Stat} for parameter ${path}.MetricStat.Stat is not supported.`);
    } else {
      if (/^\s*SELECT\b/iu.test(Expression!)) throw refused("Metrics Insights queries (SELECT)");
      if (Period !== undefined && !isPeriod(Period))
        throw validationError(`The value '${Period}' for parameter ${path}.Period must be a multiple of 60 or one of 1, 5, 10, 20, 30.`);
    }
  }
  const trees = new Map(
    queries.flatMap(({ Id, Expression }) => (Expression === undefined ? [] : [[Id!, parseExpression(Expression, Id!)] as const])),
  );
  for (const [id, tree] of trees) checkNames(id, tree, ids, trees, []);
}

function checkNames(id: string, tree: Node, ids: ReadonlySet<string>, trees: ReadonlyMap<string, Node>, above: readonly string[]): void {
  if (above.includes(id)) throw validationError(`Error in expression '${id}': Circular dependency.`);
  for (const name of namesIn(tree)) {
    if (name === "REPEAT" || name === "LINEAR") continue;
    if (!ids.has(name)) throw validationError(`Error in expression '${id}': Unknown identifier '${name}'.`);
    const next = trees.get(name);
    if (next) checkNames(name, next, ids, trees, [...above, id]);
  }
}

/** The queries' series from `startMs` (rounded down) to `endMs` (exclusive), in the order of the queries. */
export function runQueries(
  { cloud, region }: { cloud: Cloud; region: string },
  queries: readonly MetricDataQuery[],
  startMs: number,
  endMs: number,
): QueryResult[] {
  const done = new Map<string, Value>();
  const metricSeries = (query: MetricDataQuery): Series => {
    const { Metric, Period, Stat, Unit } = query.MetricStat!;
    const metric = { namespace: Metric!.Namespace!, name: Metric!.MetricName!, dimensions: (Metric!.Dimensions ?? []) as Dimension[] };
    const alignedMs = alignedStartMs(startMs, Period!);
    const statistic = parseStatistic(Stat!)!;
    const points = byPeriod(dataOf(cloud, region, metric, alignedMs, endMs, Unit), alignedMs, Period!).flatMap(({ timeMs, data }) => {
      const value = statistic(data);
      return value === undefined ? [] : [[timeMs, value] as const];
    });
    return { label: query.Label ?? metric.name, periodSeconds: Period!, points: new Map(points) };
  };
  const valueOf = (id: string): Value => {
    if (id === "REPEAT" || id === "LINEAR") return id;
    const found = done.get(id);
    if (found !== undefined) return found;
    const query = queries.find((each) => each.Id === id)!;
    const value = query.MetricStat ? metricSeries(query) : expressionValue(query);
    done.set(id, value);
    return value;
  };
  const expressionValue = (query: MetricDataQuery): Value => {
    const tree = parseExpression(query.Expression!, query.Id!);
    const periodSeconds = query.Period ?? periodOf(tree, queries);
    const alignedMs = alignedStartMs(startMs, periodSeconds);
    const times: number[] = [];
    for (let time = alignedMs; time < endMs; time += periodSeconds * 1000) times.push(time);
    const scope = {
      id: query.Id!,
      periodSeconds,
      times,
      lookUp: valueOf,
      metrics: (containing: string | undefined) =>
        queries
          .filter(({ Id, MetricStat }) => MetricStat && (containing === undefined || Id!.includes(containing)))
          .map(({ Id }) => valueOf(Id!) as Series),
    };
    const result = evaluate(tree, scope);
    if (typeof result === "number") return seriesOf(result, scope)[0]!;
    return result;
  };
  return queries.map((query) => {
    const value = valueOf(query.Id!);
    const series = Array.isArray(value) ? value : [value as Series];
    const label = query.Label ?? (query.MetricStat ? metricLabel(query, queries) : query.Id!);
    return { id: query.Id!, label, returned: query.ReturnData ?? true, series };
  });
}

/** A metric's name, with the statistic where another query asks for another of the same metric. */
function metricLabel({ MetricStat }: MetricDataQuery, queries: readonly MetricDataQuery[]): string {
  const { Metric, Stat } = MetricStat!;
  const same = JSON.stringify(Metric);
  const others = queries.some(
    (each) => each.MetricStat && each.MetricStat.Stat !== Stat && JSON.stringify(each.MetricStat.Metric) === same,
  );
  return others ? `${Metric!.MetricName} ${Stat}` : Metric!.MetricName!;
}

/** The longest period of the metrics that an expression is made of; a minute where there are none. */
export function periodOf(tree: Node, queries: readonly MetricDataQuery[]): number {
  const all = queries.filter(({ MetricStat }) => MetricStat);
  const named = namesIn(tree).flatMap((name) => {
    const query = queries.find(({ Id }) => Id === name);
    if (query?.MetricStat) return [query.MetricStat.Period!];
    return query?.Expression === undefined ? [] : [periodOf(parseExpression(query.Expression, query.Id!), queries)];
  });
  const periods = named.length > 0 ? named : all.map(({ MetricStat }) => MetricStat!.Period!);
  return Math.max(...periods, periods.length === 0 ? 60 : 1);
}
