/** Scheduled actions: when they run, and what they do then, also after the cloud stood still. */
import { describe, expect, it } from "vitest";
import { nextRunMs, parseSchedule } from "@plinth/cloudformation/schedule-expressions";
import { minuteMs, startPlace, target } from "./place.ts";

const next = (text: string, after: string, zone = "UTC") => {
  const schedule = parseSchedule(text);
  const nextMs = schedule && nextRunMs(schedule, zone, Date.parse(after), Date.parse("2026-01-01T00:00:00Z"));
  return nextMs === undefined ? undefined : new Date(nextMs).toISOString().slice(0, 16);
};

describe("the next time", () => {
  it.each([
    ["at(2026-03-01T08:00:00)", "2026-01-01T00:00:00Z", "UTC", "2026-03-01T08:00"],
    ["at(2026-03-01T08:00:00)", "2026-01-01T00:00:00Z", "Europe/Berlin", "2026-03-01T07:00"],
    ["at(2026-03-01T08:00:00)", "2026-04-01T00:00:00Z", "UTC", undefined],
    ["rate(5 minutes)", "2026-01-01T00:07:00Z", "UTC", "2026-01-01T00:10"],
    ["rate(1 day)", "2026-01-01T00:00:00Z", "UTC", "2026-01-02T00:00"],
    ["cron(0 8 * * ? *)", "2026-01-01T08:00:00Z", "UTC", "2026-01-02T08:00"],
    ["cron(0 8 ? * MON-FRI *)", "2026-01-02T09:00:00Z", "UTC", "2026-01-05T08:00"],
    ["cron(0/15 * * * ? *)", "2026-01-01T00:16:00Z", "UTC", "2026-01-01T00:30"],
    ["cron(0 8 1,15 * ? *)", "2026-01-02T00:00:00Z", "UTC", "2026-01-15T08:00"],
    ["cron(0 8 L * ? *)", "2026-02-01T00:00:00Z", "UTC", "2026-02-28T08:00"],
    ["cron(0 8 1W * ? *)", "2026-02-01T00:00:00Z", "UTC", "2026-02-02T08:00"],
    ["cron(0 8 ? * 6L *)", "2026-01-01T00:00:00Z", "UTC", "2026-01-30T08:00"],
    ["cron(0 8 ? * MON#2 *)", "2026-01-01T00:00:00Z", "UTC", "2026-01-12T08:00"],
    ["cron(0 8 29 2 ? *)", "2026-01-01T00:00:00Z", "UTC", "2028-02-29T08:00"],
    ["cron(0 8 1 1 ? 2025,2040)", "2026-01-01T00:00:00Z", "UTC", "2040-01-01T08:00"],
    ["cron(0 8 31 2 ? *)", "2026-01-01T00:00:00Z", "UTC", undefined],
    ["cron(0 8 * * ? 2025)", "2026-01-01T00:00:00Z", "UTC", undefined],
    // Clocks go forward at two: half past two is not that night; and back at three: it is once.
    ["cron(30 2 * * ? *)", "2026-03-28T12:00:00Z", "Europe/Berlin", "2026-03-30T00:30"],
    ["cron(30 2 * * ? *)", "2026-10-24T12:00:00Z", "Europe/Berlin", "2026-10-25T00:30"],
    ["cron(30 2 * * ? *)", "2026-10-25T00:30:00Z", "Europe/Berlin", "2026-10-26T01:30"],
  ])("of %s after %s in %s is %s", (text, after, zone, expected) => {
    expect(next(text, after, zone)).toBe(expected);
  });

  it.each([
    "cron(0 8 * * * *",
    "cron(60 8 * * ? *)",
    "cron(0 8 ? * ? *)",
    "cron(0 8 1 * 1 *)",
    "rate(1 minutes)",
    "rate(0 days)",
    "at(tomorrow)",
    "8 o'clock",
  ])("of %s is none", (text) => {
    expect(parseSchedule(text)).toBeUndefined();
  });
});

it("sets the bounds at its time, and what lies outside of them follows", async () => {
  await using place = await startPlace(2);
  await place.scaling.registerScalableTarget({ ...target, MinCapacity: 1, MaxCapacity: 4 });
  const put = (ScheduledActionName: string, Schedule: string, ScalableTargetAction: object) =>
    place.scaling.putScheduledAction({ ...target, ScheduledActionName, Schedule, Timezone: "Europe/Berlin", ScalableTargetAction });
  await put("morning", "cron(0 8 * * ? *)", { MinCapacity: 5, MaxCapacity: 9 });
  await put("evening", "cron(0 20 * * ? *)", { MinCapacity: 0, MaxCapacity: 3 });
  expect((await place.scaling.describeScheduledActions({ ServiceNamespace: "ecs" })).ScheduledActions).toMatchObject([
    {
      ...target,
      ScheduledActionName: "morning",
      Schedule: "cron(0 8 * * ? *)",
      Timezone: "Europe/Berlin",
      ScalableTargetAction: { MinCapacity: 5, MaxCapacity: 9 },
    },
    { ScheduledActionName: "evening" },
  ]);
  await place.server.world.clock.advance(7 * 60 * minuteMs + 15_000);
  expect(await place.desired()).toBe(5);
  await place.server.world.clock.advance(12 * 60 * minuteMs);
  expect(await place.desired()).toBe(3);
  expect((await place.activities()).map(([description, cause]) => [description, cause])).toEqual([
    ["Setting desired count to 3.", "maximum capacity was set to 3"],
    ["Setting min capacity to 0 and max capacity to 3", "scheduled action name evening was triggered"],
    ["Setting desired count to 5.", "minimum capacity was set to 5"],
    ["Setting min capacity to 5 and max capacity to 9", "scheduled action name morning was triggered"],
  ]);
  await place.scaling.deleteScheduledAction({ ...target, ScheduledActionName: "morning" });
  await expect(place.scaling.deleteScheduledAction({ ...target, ScheduledActionName: "morning" })).rejects.toMatchObject({
    name: "ObjectNotFoundException",
  });
});

it("runs at its start what fell due while the cloud stood still, and keeps everything else", async () => {
  await using place = await startPlace(2);
  const { cloud, world } = place.server;
  await place.scaling.registerScalableTarget({ ...target, MinCapacity: 1, MaxCapacity: 4 });
  const { PolicyARN } = await place.scaling.putScalingPolicy({
    ...target,
    PolicyName: "cpu",
    PolicyType: "TargetTrackingScaling",
    TargetTrackingScalingPolicyConfiguration: {
      TargetValue: 50,
      PredefinedMetricSpecification: { PredefinedMetricType: "ECSServiceAverageCPUUtilization" },
    },
  });
  await place.scaling.putScheduledAction({
    ...target,
    ScheduledActionName: "up",
    Schedule: "at(2026-01-01T01:00:00)",
    ScalableTargetAction: { MinCapacity: 3 },
  });
  await cloud.stop();
  await world.clock.advance(2 * 60 * minuteMs);
  await cloud.start();
  await world.clock.advance(15_000);
  expect(await place.desired()).toBe(3);
  await world.clock.advance(45_000);
  await place.minutesAtCpu(4, 100);
  expect(await place.desired()).toBe(4);
  const { ScalingPolicies } = await place.scaling.describeScalingPolicies({ ServiceNamespace: "ecs" });
  expect(ScalingPolicies).toMatchObject([{ PolicyARN }]);
});

it.each([
  [{ Schedule: "cron(bad)" }, "Schedule expression is not valid: cron(bad)"],
  [{ Timezone: "Mars/Olympus" }, "Timezone is not valid: Mars/Olympus"],
  [{ ScalableTargetAction: {} }, "At least one of minimum capacity and maximum capacity should be provided"],
  [{ ScalableTargetAction: { MinCapacity: 3, MaxCapacity: 2 } }, "Maximum capacity cannot be less than minimum capacity"],
])("refuses %j", async (more, message) => {
  await using place = await startPlace(2);
  await place.scaling.registerScalableTarget({ ...target, MinCapacity: 1, MaxCapacity: 4 });
  const action = { ...target, ScheduledActionName: "a", Schedule: "rate(1 day)", ScalableTargetAction: { MinCapacity: 1 } };
  await expect(place.scaling.putScheduledAction({ ...action, ...more })).rejects.toMatchObject({ name: "ValidationException", message });
});
