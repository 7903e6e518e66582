/** Evaluates alarms by the world's clock: those of a minute or more each minute, those of 10, 20 and 30 seconds every ten seconds. */
import type { Cloud } from "../../cloud.ts";
import { carryOutAgain } from "./alarm-actions.ts";
import { evaluateAlarm, extraPoints, type TreatMissingData } from "./alarm-evaluation.ts";
import { breaches, type EvaluatedPoint, reasonDataFor, reasonFor } from "./alarm-reason.ts";
import { alarms, type AlarmRecord, type MetricAlarmRecord, queriesOf } from "./alarms.ts";
import { enter } from "./alarm-state.ts";
import { dataOf, type Dimension, rollUp } from "./metrics.ts";
import { runQueries } from "./queries.ts";

const tickMs = 10_000;
/** Data of the period that has just ended has so long to arrive. */
const settleMs = 1_000;
const hourMs = 3_600_000;

interface AlarmClock {
  cancel: () => void;
  /** What is being evaluated now; never rejects. */
  running: Promise<void>;
  rolledUpMs: number;
}

const alarmClock = Symbol("cloudwatch.alarmClock");

export function startAlarmClock(cloud: Cloud): void {
  const own = held(cloud);
  own.cancel();
  const nowMs = cloud.world.clock.nowMs();
  const nextMs = (Math.floor((nowMs - settleMs) / tickMs) + 1) * tickMs + settleMs;
  own.cancel = cloud.world.clock.after(nextMs - nowMs, () => {
    own.running = own.running.then(() => evaluateDue(cloud, nextMs - settleMs));
    startAlarmClock(cloud);
  });
}

/** Resolves when nothing is evaluated any more. */
export async function stopAlarmClock(cloud: Cloud): Promise<void> {
  const own = held(cloud);
  own.cancel();
  await own.running;
}

async function evaluateDue(cloud: Cloud, tickedMs: number): Promise<void> {
  const onMinute = tickedMs % 60_000 === 0;
  for (const { scope, value } of alarms(cloud).all()) {
    if (value.kind !== "metric" || (!onMinute && periodOf(value) >= 60)) continue;
    // A tick that comes late finds alarms that were made after its time: what they watch may have begun with them, and is looked at next time.
    if (value.configurationUpdatedMs > tickedMs) continue;
    try {
      await evaluate(cloud, scope, value.name, tickedMs);
    } catch {
      // This alarm keeps its state until the next minute (a disk that is full, say); the others go on.
    }
  }
  const own = held(cloud);
  if (tickedMs - own.rolledUpMs < hourMs) return;
  own.rolledUpMs = tickedMs;
  try {
    rollUp(cloud);
  } catch {
    // Nothing was changed; the next hour tries again.
  }
}

/** Looks at the periods that ended by `endMs`. A change of state is kept and acted on. */
export async function evaluate(cloud: Cloud, region: string, name: string, endMs: number): Promise<void> {
  const alarm = alarms(cloud).get(region, name);
  if (alarm?.kind !== "metric") return;
  const { watch } = alarm;
  const period = periodOf(alarm);
  const periodMs = period * 1000;
  const count = watch.EvaluationPeriods! + extraPoints;
  const lastMs = Math.floor(endMs / Math.min(periodMs, 60_000)) * Math.min(periodMs, 60_000);
  const times = Array.from({ length: count }, (_, index) => lastMs - (index + 1) * periodMs);
  const queries = queriesOf(watch);
  const result = runQueries({ cloud, region }, queries, times.at(-1)!, lastMs).find(({ returned }) => returned);
  const points = result?.series[0]?.points ?? new Map<number, number>();
  const evaluation = evaluateAlarm(
    times.map((time) => points.get(time)),
    {
      evaluationPeriods: watch.EvaluationPeriods!,
      datapointsToAlarm: watch.DatapointsToAlarm ?? watch.EvaluationPeriods!,
      treatMissingData: (watch.TreatMissingData ?? "missing") as TreatMissingData,
      breaches: (value) => breaches(watch, value),
    },
  );
  const values = evaluation.evaluated.map((index) => points.get(times[index]!)!);
  if (evaluation.state === undefined || evaluation.state === alarm.state) {
    if (endMs % 60_000 === 0) await carryOutAgain({ cloud, region }, { alarm, values });
    return;
  }
  const shown = evaluation.evaluated.map((index) => evaluatedPoint(cloud, region, alarm, times[index]!, points.get(times[index]!)!));
  const missing = times
    .slice(0, watch.EvaluationPeriods)
    .filter((time) => !points.has(time))
    .slice(0, evaluation.filled)
    .map((timeMs): EvaluatedPoint => ({ timeMs }));
  const all = [...shown, ...missing].sort((a, b) => b.timeMs - a.timeMs);
  await enter({ cloud, region }, alarm, {
    state: evaluation.state,
    reason: reasonFor(evaluation.state, watch, all, evaluation),
    reasonData: reasonDataFor(watch, all, cloud.world.clock.nowMs()),
    values,
  });
}

function evaluatedPoint(cloud: Cloud, region: string, { watch }: MetricAlarmRecord, timeMs: number, value: number): EvaluatedPoint {
  if (watch.Metrics) return { timeMs, value };
  const metric = { namespace: watch.Namespace!, name: watch.MetricName!, dimensions: (watch.Dimensions ?? []) as Dimension[] };
  const data = dataOf(cloud, region, metric, timeMs, timeMs + watch.Period! * 1000, watch.Unit);
  return { timeMs, value, sampleCount: data.reduce((total, datum) => total + datum.count, 0) };
}

/** In seconds; of an expression, the longest of its metrics. */
function periodOf(alarm: AlarmRecord & { kind: "metric" }): number {
  const { Period, Metrics = [] } = alarm.watch;
  return Period ?? Math.max(1, ...Metrics.map(({ MetricStat, Period: own }) => own ?? MetricStat?.Period ?? 1));
}

function held(cloud: Cloud): AlarmClock {
  return cloud.memory<AlarmClock>(alarmClock, () => ({ cancel: () => {}, running: Promise.resolve(), rolledUpMs: 0 }));
}
