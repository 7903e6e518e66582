/**
 * What state the latest points of a metric put an alarm into. Source: "Configuring how CloudWatch alarms treat missing data" in
 * AWS's guide, whose tables are the test.
 */
import type { AlarmState } from "./alarms.ts";

export type TreatMissingData = "missing" | "ignore" | "breaching" | "notBreaching";

export interface EvaluationRule {
  /** N: that many points are looked at. */
  evaluationPeriods: number;
  /** M: that many of them have to breach. */
  datapointsToAlarm: number;
  treatMissingData: TreatMissingData;
  breaches: (value: number) => boolean;
}

export interface Evaluation {
  /** `undefined`: it stays as it is. */
  state: AlarmState | undefined;
  /** Places in the given points that decided, the newest first. */
  evaluated: number[];
  /** Points that were missing and stood in for by the rule. */
  filled: number;
}

/** AWS fetches so many points more than it evaluates, for those that are missing. */
export const extraPoints = 2;

/** `points`: the evaluation range, the newest first, `undefined` where there is none; `evaluationPeriods + extraPoints` of them. */
export function evaluateAlarm(points: readonly (number | undefined)[], rule: EvaluationRule): Evaluation {
  const { evaluationPeriods, datapointsToAlarm, treatMissingData, breaches } = rule;
  const evaluated = points.flatMap((value, index) => (value === undefined ? [] : [index])).slice(0, evaluationPeriods);
  const breaching = evaluated.filter((index) => breaches(points[index]!));
  const filled = evaluationPeriods - evaluated.length;
  const state = (): AlarmState | undefined => {
    if (breaching.length >= datapointsToAlarm) return "ALARM";
    if (filled === 0 || treatMissingData === "notBreaching") return "OK";
    if (treatMissingData === "breaching") return breaching.length + filled >= datapointsToAlarm ? "ALARM" : "OK";
    const allBreach = breaching.length === evaluated.length;
    if (treatMissingData === "ignore") return allBreach ? undefined : "OK";
    if (evaluated.length === 0) return "INSUFFICIENT_DATA";
    // A breaching point that is as old as points are wanted, with nothing but breaching or missing ones since.
    return allBreach && evaluated.at(-1)! + 1 >= datapointsToAlarm ? "ALARM" : "OK";
  };
  return { state: state(), evaluated, filled };
}
