/** When schedules call their targets, by the cloud's clock, and what happens when it did not run. */
import { describe, expect, it } from "vitest";
import { hourMs, minuteMs, queueArn, startPlace } from "./place.ts";

// The clock begins on Thursday, 2026-01-01T00:00:00Z.
it("a rate is due as soon as it is made, and then again and again", async () => {
  await using place = await startPlace();
  await place.create("often", "rate(5 minutes)");
  expect(await place.bodies()).toEqual(["2026-01-01T00:00:00Z"]);
  await place.pass(11 * minuteMs);
  expect(await place.bodies()).toEqual(["2026-01-01T00:05:00Z", "2026-01-01T00:10:00Z"]);
});

it("a rate goes on counting when something else is changed, and begins anew when it is", async () => {
  await using place = await startPlace();
  await place.create("often", "rate(10 minutes)");
  await place.pass(4 * minuteMs);
  const { ActionAfterCompletion: _a, ...schedule } = await place.scheduler.getSchedule({ Name: "often" });
  const same = { Name: "often", FlexibleTimeWindow: schedule.FlexibleTimeWindow!, Target: schedule.Target! };
  await place.scheduler.updateSchedule({ ...same, ScheduleExpression: "rate(10 minutes)", Description: "changed" });
  await place.pass(7 * minuteMs);
  expect(await place.bodies()).toEqual(["2026-01-01T00:00:00Z", "2026-01-01T00:10:00Z"]);
  await place.scheduler.updateSchedule({ ...same, ScheduleExpression: "rate(3 minutes)" });
  await place.pass(4 * minuteMs);
  expect(await place.bodies()).toEqual(["2026-01-01T00:11:00Z", "2026-01-01T00:14:00Z"]);
});

it("cron goes by the zone's clock, over its change in spring", async () => {
  await using place = await startPlace(Date.UTC(2026, 2, 28, 23));
  await place.create("early", "cron(30 0,6 ? * SUN *)", { ScheduleExpressionTimezone: "Europe/Berlin" });
  await place.pass(6 * hourMs);
  expect(await place.bodies()).toEqual(["2026-03-28T23:30:00Z", "2026-03-29T04:30:00Z"]);
});

it("at is once; with DELETE the schedule goes with it", async () => {
  await using place = await startPlace();
  await place.create("once", "at(2026-01-01T09:00:00)", { ScheduleExpressionTimezone: "Asia/Tokyo" });
  await place.create("twice", "at(2026-01-01T01:00:00)", { ActionAfterCompletion: "DELETE" });
  await place.create("past", "at(2025-01-01T01:00:00)");
  await place.pass(2 * hourMs);
  expect(await place.bodies()).toEqual(["2026-01-01T01:00:00Z"]);
  const { Schedules } = await place.scheduler.listSchedules({});
  expect(Schedules!.map(({ Name }) => Name)).toEqual(["once", "past"]);
});

it("recurring ones keep to their start and end, and may go afterwards", async () => {
  await using place = await startPlace();
  await place.create("while", "rate(1 hour)", {
    StartDate: new Date("2026-01-01T03:30:00Z"),
    EndDate: new Date("2026-01-01T05:45:00Z"),
    ActionAfterCompletion: "DELETE",
  });
  await place.pass(7 * hourMs);
  expect(await place.bodies()).toEqual(["2026-01-01T03:30:00Z", "2026-01-01T04:30:00Z", "2026-01-01T05:30:00Z"]);
  await expect(place.scheduler.getSchedule({ Name: "while" })).rejects.toMatchObject({ name: "ResourceNotFoundException" });
});

it("a flexible window: some moment in it, and the next time is not moved by it", async () => {
  await using place = await startPlace();
  await place.create("loose", "rate(1 hour)", {
    FlexibleTimeWindow: { Mode: "FLEXIBLE", MaximumWindowInMinutes: 30 },
    StartDate: new Date("2026-01-01T01:00:00Z"),
  });
  const seen: string[] = [];
  for (let minute = 0; minute < 4 * 60; minute++) {
    await place.pass(minuteMs);
    for (const body of await place.bodies()) seen.push(`${body} at ${minute % 60 < 31 ? "first" : "second"} half`);
  }
  expect(seen).toEqual(["01", "02", "03"].map((hour) => `2026-01-01T${hour}:00:00Z at first half`));
});

it("a disabled one rests", async () => {
  await using place = await startPlace();
  await place.create("off", "rate(1 minute)", { State: "DISABLED" });
  await place.pass(5 * minuteMs);
  expect(await place.bodies()).toEqual([]);
  const Target = { Arn: queueArn("jobs"), RoleArn: place.roleArn, Input: "on" };
  await place.scheduler.updateSchedule({ Name: "off", ScheduleExpression: "rate(1 minute)", FlexibleTimeWindow: { Mode: "OFF" }, Target });
  await place.pass(minuteMs);
  expect(await place.bodies()).toEqual(["on"]);
});

describe("a cloud that did not run", () => {
  it("does once at its start what fell due meanwhile, and goes on", async () => {
    await using place = await startPlace();
    await place.create("hourly", "cron(0 * * * ? *)");
    await place.server.cloud.stop();
    await place.pass(5 * hourMs + minuteMs);
    await place.server.cloud.start();
    await place.pass(0);
    expect(await place.bodies()).toEqual(["2026-01-01T01:00:00Z"]);
    await place.pass(hourMs);
    expect(await place.bodies()).toEqual(["2026-01-01T06:00:00Z"]);
  });

  it("leaves what is older than the maximum event age", async () => {
    await using place = await startPlace();
    const Target = { Arn: queueArn("jobs"), RoleArn: place.roleArn, Input: "late", RetryPolicy: { MaximumEventAgeInSeconds: 600 } };
    await place.create("hourly", "cron(0 * * * ? *)", { Target });
    await place.server.cloud.stop();
    await place.pass(1 * hourMs + 20 * minuteMs);
    await place.server.cloud.start();
    await place.pass(0);
    expect(await place.bodies()).toEqual([]);
    await place.pass(hourMs);
    expect(await place.bodies()).toEqual(["late"]);
  });

  it("goes on with what it was about to try again", async () => {
    await using place = await startPlace();
    const { call, cloud } = place.server;
    await place.create("once", "at(2026-01-01T00:01:00)", {
      Target: { Arn: queueArn("later"), RoleArn: place.roleArn, Input: "at last" },
    });
    await place.pass(2 * minuteMs);
    await cloud.stop();
    await cloud.start();
    await call("sqs", "CreateQueue", { QueueName: "later" });
    await place.pass(5 * minuteMs);
    expect(await place.bodies("later")).toEqual(["at last"]);
  });
});

it("a reset empties it", async () => {
  await using place = await startPlace();
  await place.scheduler.createScheduleGroup({ Name: "mine" });
  await place.create("often", "rate(1 minute)", { GroupName: "mine" });
  await place.server.cloud.reset();
  await place.pass(5 * minuteMs);
  expect((await place.scheduler.listSchedules({})).Schedules).toEqual([]);
  expect((await place.scheduler.listScheduleGroups({})).ScheduleGroups!.map(({ Name }) => Name)).toEqual(["default"]);
});
