/** Target tracking through AWS's client: load brings tasks, its end takes them away, within the bounds. */
import { expect, it } from "vitest";
import { minuteMs, type Place, startPlace, target } from "./place.ts";

async function track(place: Place, configuration: object, bounds = { MinCapacity: 1, MaxCapacity: 6 }, PolicyName = "cpu") {
  await place.scaling.registerScalableTarget({ ...target, ...bounds });
  return place.scaling.putScalingPolicy({
    ...target,
    PolicyName,
    PolicyType: "TargetTrackingScaling",
    TargetTrackingScalingPolicyConfiguration: { TargetValue: 50, ...configuration },
  });
}

const cpu = { PredefinedMetricSpecification: { PredefinedMetricType: "ECSServiceAverageCPUUtilization" } };

it("makes AWS's two alarms, and takes them away with the policy", async () => {
  await using place = await startPlace();
  const { PolicyARN, Alarms } = await track(place, cpu);
  expect(PolicyARN).toMatch(
    /^arn:aws:autoscaling:eu-central-1:123456789012:scalingPolicy:[0-9a-f-]{36}:resource\/ecs\/service\/test\/web:policyName\/cpu$/,
  );
  expect(Alarms!.map(({ AlarmName }) => AlarmName)).toEqual([
    expect.stringMatching(/^TargetTracking-service\/test\/web-AlarmHigh-[0-9a-f-]{36}$/),
    expect.stringMatching(/^TargetTracking-service\/test\/web-AlarmLow-[0-9a-f-]{36}$/),
  ]);
  const { MetricAlarms } = await place.cloudwatch.describeAlarms({ ActionPrefix: PolicyARN! });
  const common = {
    AlarmActions: [PolicyARN],
    Namespace: "AWS/ECS",
    MetricName: "CPUUtilization",
    Dimensions: [
      { Name: "ClusterName", Value: "test" },
      { Name: "ServiceName", Value: "web" },
    ],
    Statistic: "Average",
    Period: 60,
    AlarmDescription: `DO NOT EDIT OR DELETE. For TargetTrackingScaling policy ${PolicyARN}.`,
  };
  expect(MetricAlarms).toMatchObject([
    { ...common, EvaluationPeriods: 3, Threshold: 50, ComparisonOperator: "GreaterThanThreshold" },
    { ...common, EvaluationPeriods: 15, Threshold: 45, ComparisonOperator: "LessThanThreshold" },
  ]);
  const { ScalingPolicies } = await place.scaling.describeScalingPolicies({ ServiceNamespace: "ecs" });
  expect(ScalingPolicies).toMatchObject([
    { PolicyName: "cpu", PolicyType: "TargetTrackingScaling", Alarms, TargetTrackingScalingPolicyConfiguration: { TargetValue: 50 } },
  ]);
  await place.scaling.deleteScalingPolicy({ ...target, PolicyName: "cpu" });
  expect((await place.cloudwatch.describeAlarms({})).MetricAlarms).toEqual([]);
});

it("adds tasks in proportion to the load on the CPU, up to the maximum, and takes them away again", async () => {
  await using place = await startPlace();
  const { Alarms } = await track(place, cpu);
  await place.minutesAtCpu(2, 120);
  expect(await place.desired()).toBe(2);
  await place.minutesAtCpu(2, 120);
  // 2 tasks at 120 %, of which 50 are wanted: 4.8.
  expect(await place.desired()).toBe(5);
  expect(await place.activities()).toEqual([
    ["Setting desired count to 5.", `monitor alarm ${Alarms![0]!.AlarmName} in state ALARM triggered policy cpu`, "InProgress"],
  ]);
  // In the cooldown the two from before count, and more load adds to them; the maximum holds.
  await place.minutesAtCpu(2, 120);
  expect(await place.desired()).toBe(5);
  await place.minutesAtCpu(2, 500);
  expect(await place.desired()).toBe(6);
  await place.minutesAtCpu(2, 500);
  expect((await place.activities())[0]![2]).toBe("AlreadyAtMaxCapacity");

  await place.minutesAtCpu(14, 10);
  expect(await place.desired()).toBe(6);
  await place.minutesAtCpu(2, 10);
  // 6 tasks at 10 %: 1.2 would do.
  expect(await place.desired()).toBe(2);
  const { AlarmHistoryItems } = await place.cloudwatch.describeAlarmHistory({
    AlarmName: Alarms![0]!.AlarmName!,
    HistoryItemType: "Action",
  });
  expect(AlarmHistoryItems!.map(({ HistorySummary }) => HistorySummary)).toEqual([
    expect.stringMatching(/^Successfully executed action arn:aws:autoscaling:.*:policyName\/cpu$/),
  ]);
});

it("waits for the cooldown of a scaling in, and stops at the minimum", async () => {
  await using place = await startPlace(6);
  await track(place, { ...cpu, ScaleInCooldown: 600 }, { MinCapacity: 0, MaxCapacity: 6 });
  await place.minutesAtCpu(16, 25);
  expect(await place.desired()).toBe(3);
  await place.minutesAtCpu(9, 0);
  expect(await place.desired()).toBe(3);
  await place.minutesAtCpu(2, 0);
  expect(await place.desired()).toBe(0);
  await place.server.world.clock.advance(minuteMs / 2);
  const { ScalingActivities } = await place.scaling.describeScalingActivities(target);
  expect(ScalingActivities![0]).toMatchObject({
    Description: "Setting desired count to 0.",
    StatusCode: "Successful",
    StatusMessage: "Successfully set desired count to 0. Change successfully fulfilled by ecs.",
  });
  expect(ScalingActivities![1]).toMatchObject({ StatusCode: "Overridden" });
});

it("leaves as few tasks as would bring the metric above its target again", async () => {
  await using place = await startPlace();
  await track(place, cpu);
  await place.minutesAtCpu(17, 44);
  expect(await place.desired()).toBe(2);
  expect((await place.activities())[0]![2]).toBe("AutoScalingAnticipatedFlapping");
});

it("follows the depth of a queue per task, by metric math", async () => {
  await using place = await startPlace(1);
  await track(place, {
    TargetValue: 10,
    CustomizedMetricSpecification: {
      Metrics: [
        { Id: "visible", ReturnData: false, MetricStat: { Metric: { Namespace: "App", MetricName: "depth" }, Stat: "Average" } },
        { Id: "each", Expression: "visible / 2", Label: "Backlog per task" },
      ],
    },
  });
  await place.minutesAtDepth(4, 80);
  expect(await place.desired()).toBe(4);
  await place.minutesAtDepth(16, 0);
  expect(await place.desired()).toBe(1);
});

it("does not scale in when that is disabled", async () => {
  await using place = await startPlace(4);
  const { Alarms } = await track(place, { ...cpu, DisableScaleIn: true });
  expect(Alarms!.map(({ AlarmName }) => AlarmName!.includes("AlarmHigh"))).toEqual([true]);
  await place.minutesAtCpu(20, 1);
  expect(await place.desired()).toBe(4);
});

it("scales in only when every policy that may would let it", async () => {
  await using place = await startPlace(4);
  await track(place, cpu);
  await track(
    place,
    { TargetValue: 10, CustomizedMetricSpecification: { Namespace: "App", MetricName: "depth", Statistic: "Average" } },
    undefined,
    "depth",
  );
  const both = async (minutes: number, depth: number) => {
    for (let minute = 0; minute < minutes; minute++) {
      await place.cloudwatch.putMetricData({
        Namespace: "App",
        MetricData: [{ MetricName: "depth", Value: depth, Timestamp: new Date(place.server.world.clock.nowMs()) }],
      });
      await place.minutesAtCpu(1, 1);
    }
  };
  await both(20, 9.5);
  expect(await place.desired()).toBe(4);
  // The CPU would let one task do, the queue needs two.
  await both(16, 5);
  expect(await place.desired()).toBe(2);
});

it("does nothing while it is suspended", async () => {
  await using place = await startPlace();
  await track(place, cpu);
  await place.scaling.registerScalableTarget({ ...target, SuspendedState: { DynamicScalingOutSuspended: true } });
  await place.minutesAtCpu(6, 200);
  expect(await place.desired()).toBe(2);
  await place.scaling.registerScalableTarget({ ...target, SuspendedState: { DynamicScalingOutSuspended: false } });
  // The alarm is on still, so the next minute does it.
  await place.minutesAtCpu(1, 200);
  expect(await place.desired()).toBe(6);
});

it.each([
  [
    "a metric of another service",
    { PredefinedMetricSpecification: { PredefinedMetricType: "DynamoDBReadCapacityUtilization" } },
    "ValidationException",
  ],
  [
    "requests without their label",
    { PredefinedMetricSpecification: { PredefinedMetricType: "ALBRequestCountPerTarget" } },
    "ValidationException",
  ],
  [
    "a label of another form",
    { PredefinedMetricSpecification: { PredefinedMetricType: "ALBRequestCountPerTarget", ResourceLabel: "targetgroup/a/b" } },
    "ValidationException",
  ],
  ["no metric", {}, "ValidationException"],
  ["a target of nothing", { ...cpu, TargetValue: 0 }, "ValidationException"],
  [
    "high resolution",
    { PredefinedMetricSpecification: { PredefinedMetricType: "ECSServiceAverageCPUUtilizationHighResolution" } },
    "NotImplemented",
  ],
])("refuses %s", async (_, configuration, name) => {
  await using place = await startPlace();
  await expect(track(place, configuration)).rejects.toMatchObject({ name });
  expect((await place.cloudwatch.describeAlarms({})).MetricAlarms).toEqual([]);
});

it("refuses a second policy on the same metric", async () => {
  await using place = await startPlace();
  await track(place, cpu);
  await expect(track(place, cpu, undefined, "again")).rejects.toMatchObject({
    name: "ValidationException",
    message: "Only one TargetTrackingScaling policy for a given metric specification is allowed.",
  });
});
