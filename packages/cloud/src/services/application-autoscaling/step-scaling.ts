/** Step scaling: by how much the metric is beyond the alarm's threshold decides what is added or taken away. */
import type { StepAdjustment, StepScalingPolicyConfiguration } from "@aws-sdk/client-application-auto-scaling";
import { check, validation } from "./errors.ts";

const adjustmentTypes = ["ChangeInCapacity", "PercentChangeInCapacity", "ExactCapacity"];

export function checkStepScaling(given: StepScalingPolicyConfiguration | undefined): StepScalingPolicyConfiguration {
  if (!given) throw validation("StepScalingPolicyConfiguration must be specified for policies of type StepScaling.");
  const steps = given.StepAdjustments ?? [];
  const at = "stepScalingPolicyConfiguration";
  check({
    [`${at}.adjustmentType`]: [given.AdjustmentType, { enum: adjustmentTypes }],
    [`${at}.metricAggregationType`]: [given.MetricAggregationType, { enum: ["Average", "Minimum", "Maximum"] }],
  });
  if (given.AdjustmentType === undefined) throw validation("AdjustmentType must be specified for policies of type StepScaling.");
  if (steps.length === 0) throw validation("At least one StepAdjustment must be specified for policies of type StepScaling.");
  if ((given.Cooldown ?? 0) < 0) throw validation("Cooldown must be greater than or equal to 0.");
  if (given.MinAdjustmentMagnitude !== undefined && given.MinAdjustmentMagnitude < 0) {
    throw validation("MinAdjustmentMagnitude must be greater than or equal to 0.");
  }
  if (given.AdjustmentType === "ExactCapacity" && steps.some(({ ScalingAdjustment }) => ScalingAdjustment! < 0)) {
    throw validation("ScalingAdjustment must be greater than or equal to 0 for the adjustment type ExactCapacity.");
  }
  checkIntervals(steps);
  return given;
}

/** Intervals lie side by side: no gap, no overlap, open at most at the two ends. */
function checkIntervals(steps: readonly StepAdjustment[]): void {
  const lower = ({ MetricIntervalLowerBound: bound = -Infinity }: StepAdjustment) => bound;
  const upper = ({ MetricIntervalUpperBound: bound = Infinity }: StepAdjustment) => bound;
  const open = (of: (step: StepAdjustment) => number) => steps.filter((step) => !Number.isFinite(of(step))).length;
  if (open(lower) > 1) throw validation("At most one step adjustment may have an unspecified lower bound.");
  if (open(upper) > 1) throw validation("At most one step adjustment may have an unspecified upper bound.");
  if (steps.some((step) => lower(step) >= upper(step))) {
    throw validation("A step adjustment's upper bound must be greater than its lower bound.");
  }
  const sorted = steps.toSorted((a, b) => lower(a) - lower(b));
  for (const [index, step] of sorted.slice(1).entries()) {
    if (lower(step) < upper(sorted[index]!)) throw validation("Step adjustment intervals must not overlap.");
    if (lower(step) > upper(sorted[index]!)) throw validation("Step adjustment intervals must not have a gap between them.");
  }
  if (lower(sorted[0]!) < 0 && Number.isFinite(lower(sorted[0]!))) {
    throw validation("There must be a step adjustment with an unspecified lower bound when one has a negative lower bound.");
  }
  const last = upper(sorted.at(-1)!);
  if (last > 0 && Number.isFinite(last)) {
    throw validation("There must be a step adjustment with an unspecified upper bound when one has a positive upper bound.");
  }
}

/** The step that `breach` (the metric less the threshold) falls into. Above the threshold the lower bound belongs to it, below it the upper one. */
export function stepFor(steps: readonly StepAdjustment[], breach: number): StepAdjustment | undefined {
  const lower = ({ MetricIntervalLowerBound: bound = -Infinity }: StepAdjustment) => bound;
  const upper = ({ MetricIntervalUpperBound: bound = Infinity }: StepAdjustment) => bound;
  const above = steps.find((step) => breach >= 0 && breach >= lower(step) && breach < upper(step));
  return above ?? steps.find((step) => breach <= 0 && breach > lower(step) && breach <= upper(step));
}

/** `capacity` as a step changes it; what is not whole is rounded away from no change where it is below one, else towards it. */
export function adjusted(capacity: number, policy: StepScalingPolicyConfiguration, step: StepAdjustment): number {
  const by = step.ScalingAdjustment!;
  if (policy.AdjustmentType === "ExactCapacity") return by;
  if (policy.AdjustmentType === "ChangeInCapacity") return Math.max(0, capacity + by);
  const exact = (capacity * by) / 100;
  const whole = Math.abs(exact) < 1 ? Math.sign(exact) : Math.trunc(exact);
  const least = policy.MinAdjustmentMagnitude ?? 0;
  return Math.max(0, capacity + (Math.abs(whole) < least ? Math.sign(by) * least : whole));
}

/** One value of those the alarm was decided by, as the policy aggregates them. */
export function aggregated(values: readonly number[], type: string | undefined): number | undefined {
  if (values.length === 0) return undefined;
  if (type === "Minimum") return Math.min(...values);
  if (type === "Maximum") return Math.max(...values);
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
