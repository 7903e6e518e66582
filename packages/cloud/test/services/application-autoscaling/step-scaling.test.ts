/** Step scaling: the arithmetic of steps, and an alarm of one's own that sets a policy off. */
import { describe, expect, it } from "vitest";
import { adjusted, stepFor } from "../../../src/services/application-autoscaling/step-scaling.ts";
import { minuteMs, startPlace, steps, target } from "./place.ts";

describe("a percentage", () => {
  it.each([
    // capacity | percent | least | becomes
    [10, 10, undefined, 11],
    [10, 25, undefined, 12],
    [4, 10, undefined, 5],
    [4, 10, 2, 6],
    [10, -25, undefined, 8],
    [4, -10, undefined, 3],
    [4, -10, 3, 1],
    [2, -90, 4, 0],
  ])("of %d by %d, at least %s: %d", (capacity, ScalingAdjustment, MinAdjustmentMagnitude, expected) => {
    expect(adjusted(capacity, { AdjustmentType: "PercentChangeInCapacity", MinAdjustmentMagnitude }, { ScalingAdjustment })).toBe(expected);
  });
});

it.each([
  [0, 1],
  [9.99, 1],
  [10, 2],
  [500, 2],
  [-0.1, undefined],
])("a breach of %d falls into step %s", (breach, expected) => {
  const found = stepFor(
    [
      { MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 10, ScalingAdjustment: 1 },
      { MetricIntervalLowerBound: 10, ScalingAdjustment: 2 },
    ],
    breach,
  );
  expect(found?.ScalingAdjustment).toBe(expected);
});

it("scales by the depth of a queue, in steps, and holds its cooldown", async () => {
  await using place = await startPlace(1);
  await place.scaling.registerScalableTarget({ ...target, MinCapacity: 1, MaxCapacity: 10 });
  const put = (PolicyName: string, configuration: object) =>
    place.scaling.putScalingPolicy({ ...target, PolicyName, PolicyType: "StepScaling", StepScalingPolicyConfiguration: configuration });
  const out = await put("out", {
    ...steps(
      { MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 100, ScalingAdjustment: 1 },
      { MetricIntervalLowerBound: 100, ScalingAdjustment: 4 },
    ),
    Cooldown: 180,
  });
  const back = await put("in", { ...steps({ MetricIntervalUpperBound: 0, ScalingAdjustment: -2 }), Cooldown: 120 });
  const alarm = { Namespace: "App", MetricName: "depth", Statistic: "Average", Period: 60, EvaluationPeriods: 1 } as const;
  await place.cloudwatch.putMetricAlarm({
    ...alarm,
    AlarmName: "deep",
    Threshold: 50,
    ComparisonOperator: "GreaterThanOrEqualToThreshold",
    AlarmActions: [out.PolicyARN!],
  });
  await place.cloudwatch.putMetricAlarm({
    ...alarm,
    AlarmName: "empty",
    Threshold: 0,
    ComparisonOperator: "LessThanOrEqualToThreshold",
    AlarmActions: [back.PolicyARN!],
  });
  const { ScalingPolicies } = await place.scaling.describeScalingPolicies({ ServiceNamespace: "ecs", PolicyNames: ["out"] });
  expect(ScalingPolicies![0]!.Alarms).toMatchObject([{ AlarmName: "deep" }]);

  const counts = [];
  for (const depth of [60, 60, 60, 200, 200, 200, 200, 0, 0, 0, 0, 0, 0]) {
    await place.minutesAtDepth(1, depth);
    counts.push(await place.desired());
  }
  // Evaluated a second after each minute: what a minute measured acts in the next. The tasks find no place, so that cooldowns count from a minute on.
  expect(counts).toEqual([1, 2, 2, 2, 5, 5, 5, 5, 3, 3, 3, 1, 1]);
  const cause = "monitor alarm empty in state ALARM triggered policy in";
  expect((await place.activities()).slice(0, 2)).toEqual([
    ["Attempting to scale due to alarm triggered", cause, "AlreadyAtMinCapacity"],
    ["Setting desired count to 1.", cause, "InProgress"],
  ]);
});

it("acts on SetAlarmState, with the metric at its threshold", async () => {
  await using place = await startPlace(1);
  await place.scaling.registerScalableTarget({ ...target, MinCapacity: 1, MaxCapacity: 10 });
  const { PolicyARN } = await place.scaling.putScalingPolicy({
    ...target,
    PolicyName: "exact",
    StepScalingPolicyConfiguration: {
      AdjustmentType: "ExactCapacity",
      StepAdjustments: [{ MetricIntervalLowerBound: 0, ScalingAdjustment: 7 }],
    },
  });
  await place.cloudwatch.putMetricAlarm({
    AlarmName: "deep",
    Namespace: "App",
    MetricName: "depth",
    Statistic: "Sum",
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 5,
    ComparisonOperator: "GreaterThanThreshold",
    AlarmActions: [PolicyARN!, PolicyARN!.replace("exact", "gone")],
  });
  await place.cloudwatch.setAlarmState({ AlarmName: "deep", StateValue: "ALARM", StateReason: "test" });
  expect(await place.desired()).toBe(7);
  const { AlarmHistoryItems } = await place.cloudwatch.describeAlarmHistory({ AlarmName: "deep", HistoryItemType: "Action" });
  expect(AlarmHistoryItems!.map(({ HistorySummary }) => HistorySummary!.split(" action ")[0]).toSorted()).toEqual([
    "Failed to execute",
    "Successfully executed",
  ]);
});

it.each([
  ["a gap", [{ MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 5 }, { MetricIntervalLowerBound: 6 }], /gap/],
  ["an overlap", [{ MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 5 }, { MetricIntervalLowerBound: 4 }], /overlap/],
  ["two open ends", [{ MetricIntervalLowerBound: 0 }, { MetricIntervalLowerBound: 4 }], /unspecified upper bound/],
  ["a closed end above", [{ MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 5 }], /unspecified upper bound/],
  ["no steps", [], /At least one StepAdjustment/],
])("refuses %s", async (_, intervals, message) => {
  await using place = await startPlace(1);
  await place.scaling.registerScalableTarget({ ...target, MinCapacity: 1, MaxCapacity: 10 });
  const StepScalingPolicyConfiguration = steps(...intervals.map((interval) => ({ ...interval, ScalingAdjustment: 1 })));
  await expect(place.scaling.putScalingPolicy({ ...target, PolicyName: "p", StepScalingPolicyConfiguration })).rejects.toMatchObject({
    name: "ValidationException",
    message: expect.stringMatching(message),
  });
});

it("refuses a type that AWS does not know, predictive scaling, and a target that is not registered", async () => {
  await using place = await startPlace(1);
  const put = (more: object) => place.scaling.putScalingPolicy({ ...target, PolicyName: "p", ...more });
  await expect(put({ PolicyType: "ABCDEFG" })).rejects.toMatchObject({
    name: "ValidationException",
    message:
      "1 validation error detected: Value 'ABCDEFG' at 'policyType' failed to satisfy constraint: Member must satisfy enum value set: [PredictiveScaling, StepScaling, TargetTrackingScaling]",
  });
  await expect(put({})).rejects.toMatchObject({
    name: "ObjectNotFoundException",
    message:
      "No scalable target registered for service namespace: ecs, resource ID: service/test/web, scalable dimension: ecs:service:DesiredCount",
  });
  await place.scaling.registerScalableTarget({ ...target, MinCapacity: 1, MaxCapacity: 10 });
  await expect(put({ PolicyType: "PredictiveScaling" })).rejects.toMatchObject({ name: "NotImplemented" });
  await place.server.world.clock.advance(minuteMs);
});
