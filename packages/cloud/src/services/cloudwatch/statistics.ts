/** The statistics of CloudWatch over the data of one period. Source: "CloudWatch statistics definitions" in AWS's guide. */
import { invalidValue } from "./errors.ts";
import type { Datum } from "./metrics.ts";

/** `undefined` where the data cannot give it (percentiles of statistic sets). */
export type Statistic = (data: readonly Datum[]) => number | undefined;

export const simpleStatistics = ["SampleCount", "Average", "Sum", "Minimum", "Maximum"] as const;

const count = (data: readonly Datum[]) => data.reduce((total, datum) => total + datum.count, 0);
const sum = (data: readonly Datum[]) => data.reduce((total, datum) => total + datum.sum, 0);

const simple: Readonly<Record<string, Statistic>> = {
  SampleCount: count,
  Sum: sum,
  Average: (data) => sum(data) / count(data),
  Minimum: (data) => Math.min(...data.map(({ min }) => min)),
  Maximum: (data) => Math.max(...data.map(({ max }) => max)),
};

/** Reads `Average`, `p99.9`, `tm90`, `TM(10%:90%)`, `PR(:300)`, `IQM`, … or gives `undefined` when it is none. */
export function parseStatistic(text: string): Statistic | undefined {
  if (Object.hasOwn(simple, text)) return simple[text];
  if (text === "IQM") return ranged("tm", { percent: 25 }, { percent: 75 });
  const [, kind, upper] = /^(p|tm|wm|tc|ts)(100|\d{1,2}(?:\.\d{1,10})?)$/u.exec(text) ?? [];
  if (kind === "p") return percentile(Number(upper));
  if (kind !== undefined) return ranged(kind, { percent: 0 }, { percent: Number(upper) });
  const [, name, from = "", to = ""] = /^(TM|WM|TC|TS|PR)\(([\d.]*%?):([\d.]*%?)\)$/u.exec(text) ?? [];
  if (name === undefined || (from === "" && to === "")) return undefined;
  if (name === "PR" && (from.endsWith("%") || to.endsWith("%"))) return undefined;
  return ranged(name.toLowerCase(), bound(from, -Infinity), bound(to, Infinity));
}

/** As above, or AWS's error naming the parameter. */
export function statistic(text: string, parameter: string): Statistic {
  const found = parseStatistic(text);
  if (!found) throw invalidValue(`The value ${text} for parameter ${parameter} is not supported.`);
  return found;
}

type Bound = { percent: number } | { value: number };

function bound(text: string, absent: number): Bound {
  if (text === "") return { value: absent };
  return text.endsWith("%") ? { percent: Number(text.slice(0, -1)) } : { value: Number(text) };
}

interface Weighted {
  value: number;
  weight: number;
}

/** The values in ascending order, each as often as it came; `undefined` where a statistic set hides them. */
function values(data: readonly Datum[]): Weighted[] | undefined {
  if (data.some(({ min, max }) => min !== max)) return undefined;
  return data.map(({ min, count: weight }) => ({ value: min, weight })).sort((a, b) => a.value - b.value);
}

/** The smallest value that so many percent of all values do not exceed. */
function rank(sorted: readonly Weighted[], percent: number): number {
  const total = sorted.reduce((all, { weight }) => all + weight, 0);
  let passed = 0;
  for (const { value, weight } of sorted) {
    passed += weight;
    if (passed >= (percent / 100) * total - 1e-9) return value;
  }
  return sorted.at(-1)!.value;
}

function percentile(percent: number): Statistic {
  return (data) => {
    const sorted = values(data);
    return sorted && rank(sorted, percent);
  };
}

/** Trimmed mean, winsorized mean, trimmed count, trimmed sum, percentile rank, between two bounds. */
function ranged(kind: string, from: Bound, to: Bound): Statistic {
  return (data) => {
    const sorted = values(data);
    if (!sorted) return undefined;
    const low = "value" in from ? from.value : from.percent === 0 ? -Infinity : rank(sorted, from.percent);
    const high = "value" in to ? to.value : rank(sorted, to.percent);
    const total = (each: readonly Weighted[]) => each.reduce((all, { weight }) => all + weight, 0);
    const weighed = (each: readonly Weighted[]) => each.reduce((all, { value, weight }) => all + value * weight, 0);
    if (kind === "wm")
      return weighed(sorted.map(({ value, weight }) => ({ value: Math.min(high, Math.max(low, value)), weight }))) / total(sorted);
    const inside = sorted.filter(({ value }) => value >= low && value <= high);
    if (kind === "tc") return total(inside);
    if (kind === "ts") return weighed(inside);
    if (kind === "pr") return (100 * total(inside)) / total(sorted);
    return inside.length === 0 ? undefined : weighed(inside) / total(inside);
  };
}
