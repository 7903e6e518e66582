/** Metric math: works a parsed expression out over series. */
import { refused, validationError } from "../errors.ts";
import type { Node, Operator } from "./parse.ts";

export interface Series {
  label: string;
  periodSeconds: number;
  /** Value by time in milliseconds. */
  points: ReadonlyMap<number, number>;
}

export type Value = number | Series | Series[] | string;

export interface MathScope {
  /** Of the expression, for errors. */
  id: string;
  periodSeconds: number;
  /** Every period's start in the range that is asked for. */
  times: readonly number[];
  /** The value of another query, by id. */
  lookUp(name: string): Value;
  /** All metrics of the request in their order, for METRICS(). */
  metrics(containing: string | undefined): Series[];
}

export function evaluate(node: Node, scope: MathScope): Value {
  const fail = (message: string) => validationError(`Error in expression '${scope.id}': ${message}`);
  switch (node.kind) {
    case "number":
    case "text":
      return node.value;
    case "name":
      return scope.lookUp(node.name);
    case "negative":
      return combine("*", -1, evaluate(node.of, scope), fail);
    case "list":
      return node.items.flatMap((item) => seriesOf(evaluate(item, scope), scope));
    case "operator":
      return combine(node.operator, evaluate(node.left, scope), evaluate(node.right, scope), fail);
    case "call":
      return call(node.name, node.arguments, scope, fail);
  }
}

type Fail = (message: string) => Error;

const operators: Readonly<Record<Operator, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "^": (a, b) => a ** b,
  "==": (a, b) => Number(a === b),
  "!=": (a, b) => Number(a !== b),
  ">": (a, b) => Number(a > b),
  "<": (a, b) => Number(a < b),
  ">=": (a, b) => Number(a >= b),
  "<=": (a, b) => Number(a <= b),
  "&&": (a, b) => Number(a !== 0 && b !== 0),
  "||": (a, b) => Number(a !== 0 || b !== 0),
};

/** Numbers with numbers; a number or a series with each point; a series with the points of another at the same times. */
function combine(operator: Operator, left: Value, right: Value, fail: Fail): Value {
  if (typeof left === "string" || typeof right === "string") throw fail("Unexpected text operand.");
  const apply = operators[operator];
  if (typeof left === "number" && typeof right === "number") return apply(left, right);
  if (Array.isArray(left)) {
    if (Array.isArray(right)) {
      if (left.length !== right.length) throw fail("Arrays must have the same size.");
      return left.map((each, index) => combine(operator, each, right[index]!, fail) as Series);
    }
    return left.map((each) => combine(operator, each, right, fail) as Series);
  }
  if (Array.isArray(right)) return right.map((each) => combine(operator, left, each, fail) as Series);
  const shape = typeof left === "number" ? (right as Series) : left;
  const points = new Map<number, number>();
  for (const time of shape.points.keys()) {
    const a = typeof left === "number" ? left : left.points.get(time);
    const b = typeof right === "number" ? right : right.points.get(time);
    if (a === undefined || b === undefined) continue;
    const result = apply(a, b);
    // A division by zero gives no point.
    if (Number.isFinite(result)) points.set(time, result);
  }
  return { ...shape, points };
}

const aggregates: Readonly<Record<string, (values: readonly number[]) => number>> = {
  SUM: (values) => values.reduce((total, value) => total + value, 0),
  AVG: (values) => values.reduce((total, value) => total + value, 0) / values.length,
  MIN: (values) => Math.min(...values),
  MAX: (values) => Math.max(...values),
  STDDEV: (values) => {
    const mean = values.reduce((total, value) => total + value, 0) / values.length;
    return Math.sqrt(values.reduce((total, value) => total + (value - mean) ** 2, 0) / values.length);
  },
};

const pointwise: Readonly<Record<string, (value: number) => number>> = {
  ABS: Math.abs,
  CEIL: Math.ceil,
  FLOOR: Math.floor,
  LOG: Math.log,
  LOG10: Math.log10,
};

function call(name: string, given: Node[], scope: MathScope, fail: Fail): Value {
  const count = (least: number, most = least) => {
    if (given.length < least || given.length > most) throw fail(`Function ${name} has the wrong number of arguments.`);
  };
  if (name === "METRICS") {
    count(0, 1);
    const containing = given[0] && evaluate(given[0], scope);
    return scope.metrics(typeof containing === "string" ? containing : undefined);
  }
  const values = () => given.map((node) => evaluate(node, scope));
  const each = (value: Value, change: (series: Series) => ReadonlyMap<number, number>): Value =>
    Array.isArray(value)
      ? value.map((one) => ({ ...one, points: change(one) }))
      : { ...single(value, fail), points: change(single(value, fail)) };

  const aggregate = aggregates[name];
  if (aggregate) {
    count(1);
    const value = values()[0]!;
    // Of one series a number; of several, their values at each time together.
    if (!Array.isArray(value)) return aggregate([...single(value, fail).points.values()]);
    const times = new Set(value.flatMap((series) => [...series.points.keys()]));
    const points = [...times]
      .sort((a, b) => a - b)
      .map((time): [number, number] => {
        const at = value.map((series) => series.points.get(time)).filter((point) => point !== undefined);
        return [time, aggregate(at)];
      });
    return { label: scope.id, periodSeconds: scope.periodSeconds, points: new Map(points) };
  }
  const change = pointwise[name];
  if (change) {
    count(1);
    const value = values()[0]!;
    if (typeof value === "number") return change(value);
    return each(value, ({ points }) => mapped(points, change));
  }
  switch (name) {
    case "FILL": {
      count(2);
      const [value, filler] = values() as [Value, Value];
      const mode = given[1]!.kind === "name" ? (given[1] as { name: string }).name.toUpperCase() : undefined;
      return each(value, (series) => filled(series, scope.times, mode ?? filler));
    }
    case "IF": {
      count(2, 3);
      return choose(values(), scope, fail);
    }
    case "RATE":
    case "DIFF":
    case "DIFF_TIME": {
      count(1);
      return each(values()[0]!, ({ points }) => differences(points, name));
    }
    case "RUNNING_SUM": {
      count(1);
      let total = 0;
      return each(values()[0]!, ({ points }) => ((total = 0), mapped(points, (value) => (total += value))));
    }
    case "PERIOD":
      count(1);
      return single(values()[0]!, fail).periodSeconds;
    case "DATAPOINT_COUNT":
      count(1);
      return single(values()[0]!, fail).points.size;
    case "FIRST":
    case "LAST": {
      count(1);
      const value = values()[0]!;
      if (!Array.isArray(value)) throw fail(`Function ${name} takes an array of time series.`);
      const one = name === "FIRST" ? value[0] : value.at(-1);
      if (!one) throw fail(`Function ${name} takes an array that is not empty.`);
      return one;
    }
    case "REMOVE_EMPTY": {
      count(1);
      const value = values()[0]!;
      return (Array.isArray(value) ? value : [single(value, fail)]).filter((series) => series.points.size > 0);
    }
    case "SEARCH":
    case "ANOMALY_DETECTION_BAND":
    case "INSIGHT_RULE_METRIC":
    case "SERVICE_QUOTA":
    case "METRIC_COUNT":
    case "SORT":
    case "SLICE":
    case "TIME_SERIES":
    case "DAY":
    case "HOUR":
    case "MINUTE":
    case "MONTH":
    case "YEAR":
    case "DATE":
    case "EPOCH":
    case "DB_PERF_INSIGHTS":
    case "LAMBDA":
      throw refused(`the metric math function ${name}`);
    default:
      throw fail(`Function ${name} does not exist.`);
  }
}

function single(value: Value, fail: Fail): Series {
  if (typeof value === "object" && !Array.isArray(value)) return value;
  throw fail("A time series is expected here.");
}

/** A number as a series is that number at every period. */
export function seriesOf(value: Value, scope: Pick<MathScope, "id" | "periodSeconds" | "times">): Series[] {
  if (Array.isArray(value)) return value;
  if (typeof value === "object") return [value];
  if (typeof value === "string") throw validationError(`Error in expression '${scope.id}': Unexpected text operand.`);
  return [{ label: scope.id, periodSeconds: scope.periodSeconds, points: new Map(scope.times.map((time) => [time, value])) }];
}

function mapped(points: ReadonlyMap<number, number>, change: (value: number) => number): ReadonlyMap<number, number> {
  return new Map([...points].map(([time, value]): [number, number] => [time, change(value)]).filter(([, value]) => Number.isFinite(value)));
}

/** `FILL(m, 0)`, `FILL(m, REPEAT)`, `FILL(m, LINEAR)`, or by the points of another series. */
function filled(series: Series, times: readonly number[], by: Value): ReadonlyMap<number, number> {
  const points = new Map<number, number>();
  let last: number | undefined;
  for (const [index, time] of times.entries()) {
    const value = series.points.get(time);
    if (value !== undefined) points.set(time, (last = value));
    else if (typeof by === "number") points.set(time, by);
    else if (by === "REPEAT") {
      if (last !== undefined) points.set(time, last);
    } else if (by === "LINEAR") {
      const before = times.slice(0, index).findLast((each) => series.points.has(each));
      const after = times.slice(index).find((each) => series.points.has(each));
      if (before === undefined || after === undefined) continue;
      const [from, to] = [series.points.get(before)!, series.points.get(after)!];
      points.set(time, from + ((to - from) * (time - before)) / (after - before));
    } else if (typeof by === "object" && !Array.isArray(by)) {
      const other = by.points.get(time);
      if (other !== undefined) points.set(time, other);
    }
  }
  return points;
}

function choose([condition, yes, no]: Value[], scope: MathScope, fail: Fail): Value {
  if (typeof condition === "number") {
    const chosen = condition !== 0 ? yes : no;
    return chosen ?? { label: scope.id, periodSeconds: scope.periodSeconds, points: new Map() };
  }
  const series = single(condition!, fail);
  const points = new Map<number, number>();
  for (const [time, value] of series.points) {
    const chosen = value !== 0 ? yes : no;
    if (chosen === undefined) continue;
    const result = typeof chosen === "number" ? chosen : single(chosen, fail).points.get(time);
    if (result !== undefined) points.set(time, result);
  }
  return { ...series, points };
}

function differences(points: ReadonlyMap<number, number>, kind: string): ReadonlyMap<number, number> {
  const ordered = [...points].sort(([a], [b]) => a - b);
  return new Map(
    ordered.slice(1).map(([time, value], index): [number, number] => {
      const [before, previous] = ordered[index]!;
      const seconds = (time - before) / 1000;
      return [time, kind === "DIFF_TIME" ? seconds : kind === "DIFF" ? value - previous : (value - previous) / seconds];
    }),
  );
}
