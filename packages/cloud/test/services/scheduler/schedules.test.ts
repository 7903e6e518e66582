/** Schedules and groups as the official client sees them, and AWS's answers to what is wrong. */
import { describe, expect, it } from "vitest";
import { minuteMs, queueArn, startPlace } from "./place.ts";

describe("a schedule", () => {
  it("is described with AWS's defaults", async () => {
    await using place = await startPlace();
    await place.create("one", "cron(0 3 * * ? *)");
    const { $metadata: _, ...found } = await place.scheduler.getSchedule({ Name: "one" });
    expect(found).toEqual({
      ActionAfterCompletion: "NONE",
      Arn: "arn:aws:scheduler:eu-central-1:123456789012:schedule/default/one",
      CreationDate: new Date("2026-01-01T00:00:00Z"),
      FlexibleTimeWindow: { Mode: "OFF" },
      GroupName: "default",
      LastModificationDate: new Date("2026-01-01T00:00:00Z"),
      Name: "one",
      ScheduleExpression: "cron(0 3 * * ? *)",
      ScheduleExpressionTimezone: "UTC",
      State: "ENABLED",
      Target: {
        Arn: queueArn("jobs"),
        Input: "<aws.scheduler.scheduled-time>",
        RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
        RoleArn: place.roleArn,
      },
    });
  });

  it("what an update leaves out goes back to its default", async () => {
    await using place = await startPlace();
    await place.create("one", "cron(0 3 * * ? *)", { Description: "first", State: "DISABLED" });
    await place.pass(minuteMs);
    const Target = { Arn: queueArn("dead"), RoleArn: place.roleArn };
    await place.scheduler.updateSchedule({ Name: "one", ScheduleExpression: "rate(1 hour)", FlexibleTimeWindow: { Mode: "OFF" }, Target });
    const after = await place.scheduler.getSchedule({ Name: "one" });
    expect(after).toMatchObject({ State: "ENABLED", ScheduleExpression: "rate(1 hour)", Target: { Arn: queueArn("dead") } });
    expect([after.Description, after.CreationDate, after.LastModificationDate]).toEqual([
      undefined,
      new Date("2026-01-01T00:00:00Z"),
      new Date("2026-01-01T00:01:00Z"),
    ]);
  });

  it("is made once for a client token, and a second one is a conflict", async () => {
    await using place = await startPlace();
    await place.create("one", "rate(1 day)", { ClientToken: "t1" });
    await place.create("one", "rate(1 day)", { ClientToken: "t1" });
    await expect(place.create("one", "rate(1 day)", { ClientToken: "t2" })).rejects.toMatchObject({
      name: "ConflictException",
      message: "Schedule one already exists.",
    });
    expect(await place.bodies()).toHaveLength(1);
  });

  it("is not there, or its group is not", async () => {
    await using place = await startPlace();
    const { scheduler } = place;
    for (const act of [() => scheduler.getSchedule({ Name: "none" }), () => scheduler.deleteSchedule({ Name: "none" })]) {
      await expect(act()).rejects.toMatchObject({
        name: "ResourceNotFoundException",
        message: "Schedule none does not exist.",
        $metadata: { httpStatusCode: 404 },
      });
    }
    await expect(scheduler.getSchedule({ Name: "none", GroupName: "unknown" })).rejects.toMatchObject({
      message: "Schedule group unknown does not exist.",
    });
    await expect(place.create("one", "rate(1 day)", { GroupName: "unknown" })).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });

  // As AWS answered them; recorded in localstack's suite.
  it.each([
    "cron(0 1 * * * *)",
    "cron(7 20 * * NOT *)",
    "cron(INVALID)",
    "cron(0 dummy ? * MON-FRI *)",
    "cron(71 8 1 * ? *)",
    "cron()",
    "rate(10 seconds)",
    "rate(10 years)",
    "rate()",
    "rate(10)",
    "rate(10 minutess)",
    "rate(foo minutes)",
    "rate(0 minutes)",
    "rate(-10 minutes)",
    "rate( 10 minutes )",
    " rate(10 minutes)",
    "at(2021-12-31T23:59:59Z)",
    "at(2021-12-31)",
  ])("%s is no expression", async (expression) => {
    await using place = await startPlace();
    await expect(place.create("one", expression)).rejects.toMatchObject({
      name: "ValidationException",
      message: `Invalid Schedule Expression ${expression}.`,
      $metadata: { httpStatusCode: 400 },
    });
  });

  it.each([
    [{ ScheduleExpressionTimezone: "Mars/Olympus" }, "Mars/Olympus"],
    [{ StartDate: new Date("2025-12-31T23:00:00Z") }, "The StartDate you specify cannot be earlier than 5 minutes ago."],
    [{ EndDate: new Date("2025-12-31T23:00:00Z") }, "The EndDate you specify must be in the future"],
    [{ FlexibleTimeWindow: { Mode: "FLEXIBLE" as const } }, "MaximumWindowInMinutes must be provided"],
    [{ FlexibleTimeWindow: { Mode: "FLEXIBLE" as const, MaximumWindowInMinutes: 1441 } }, "less than or equal to 1440"],
    [{ Name: "with space" }, "regular expression"],
    [{ Target: { Arn: "not an arn", RoleArn: "arn:aws:iam::123456789012:role/sends" } }, "Provided Arn is not in correct format."],
    [{ Target: { Arn: queueArn("jobs"), RoleArn: "n/a" } }, "target.roleArn"],
  ])("%j is refused", async (more, message) => {
    await using place = await startPlace();
    await expect(place.create("one", "rate(1 day)", more)).rejects.toMatchObject({
      name: "ValidationException",
      message: expect.stringContaining(message),
    });
  });
});

it("lists by group, state and prefix, in pages", async () => {
  await using place = await startPlace();
  const { scheduler } = place;
  await scheduler.createScheduleGroup({ Name: "group2" });
  for (const GroupName of ["default", "group2"]) {
    for (const State of ["ENABLED", "DISABLED"] as const) {
      for (const name of ["a", "b"]) await place.create(`${name}-${State}`, "cron(0 3 * * ? *)", { GroupName, State });
    }
  }
  const names = async (input: object) =>
    (await scheduler.listSchedules(input)).Schedules!.map(({ Name, GroupName }) => `${GroupName}/${Name}`);
  expect(await names({})).toHaveLength(8);
  expect(await names({ GroupName: "group2", State: "ENABLED" })).toEqual(["group2/a-ENABLED", "group2/b-ENABLED"]);
  expect(await names({ NamePrefix: "b-D" })).toEqual(["default/b-DISABLED", "group2/b-DISABLED"]);
  const [first] = (await scheduler.listSchedules({})).Schedules!;
  expect(first!.Target).toEqual({ Arn: queueArn("jobs") });
  const pages: string[] = [];
  for (let NextToken: string | undefined, count = 0; count < 4; count++) {
    const page = await scheduler.listSchedules({ MaxResults: 3, NextToken });
    pages.push(...page.Schedules!.map(({ Name, GroupName }) => `${GroupName}/${Name}`));
    NextToken = page.NextToken;
    if (!NextToken) break;
  }
  expect(pages).toEqual(await names({}));
});

describe("groups", () => {
  it("default is always there; others come and go, with their schedules", async () => {
    await using place = await startPlace();
    const { scheduler } = place;
    const { ScheduleGroupArn } = await scheduler.createScheduleGroup({ Name: "sg" });
    expect(ScheduleGroupArn).toBe("arn:aws:scheduler:eu-central-1:123456789012:schedule-group/sg");
    await expect(scheduler.createScheduleGroup({ Name: "sg" })).rejects.toMatchObject({ name: "ConflictException" });
    expect((await scheduler.listScheduleGroups({})).ScheduleGroups!.map(({ Name, State }) => [Name, State])).toEqual([
      ["default", "ACTIVE"],
      ["sg", "ACTIVE"],
    ]);
    await place.create("one", "rate(1 minute)", { GroupName: "sg" });
    await scheduler.deleteScheduleGroup({ Name: "sg" });
    await expect(scheduler.getScheduleGroup({ Name: "sg" })).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: "Schedule group sg does not exist.",
    });
    await place.bodies();
    await place.pass(5 * minuteMs);
    expect(await place.bodies()).toEqual([]);
    await expect(scheduler.deleteScheduleGroup({ Name: "default" })).rejects.toMatchObject({ name: "ValidationException" });
  });

  it("have tags", async () => {
    await using place = await startPlace();
    const { scheduler } = place;
    const { ScheduleGroupArn: ResourceArn } = await scheduler.createScheduleGroup({ Name: "sg", Tags: [{ Key: "a", Value: "1" }] });
    await scheduler.tagResource({ ResourceArn, Tags: [{ Key: "b", Value: "2" }] });
    await scheduler.untagResource({ ResourceArn, TagKeys: ["a"] });
    expect((await scheduler.listTagsForResource({ ResourceArn })).Tags).toEqual([{ Key: "b", Value: "2" }]);
  });
});

it("a stack makes, changes and deletes both", async () => {
  await using place = await startPlace();
  const { call, world } = place.server;
  const template = (State: string, description?: string) =>
    JSON.stringify({
      Resources: {
        Group: { Type: "AWS::Scheduler::ScheduleGroup", Properties: { Tags: [{ Key: "of", Value: "test" }] } },
        Nightly: {
          Type: "AWS::Scheduler::Schedule",
          Properties: {
            GroupName: { Ref: "Group" },
            ScheduleExpression: "cron(0 3 * * ? *)",
            State,
            Description: description,
            FlexibleTimeWindow: { Mode: "OFF" },
            Target: { Arn: queueArn("jobs"), RoleArn: place.roleArn, Input: "night" },
          },
        },
      },
      Outputs: { Arn: { Value: { "Fn::GetAtt": ["Nightly", "Arn"] } }, Name: { Value: { Ref: "Nightly" } } },
    });
  const settled = async (status: string) => {
    for (let rounds = 0; rounds < 200; rounds++) {
      await world.clock.advance(1_000);
      const { Stacks } = await call("cloudformation", "DescribeStacks", { StackName: "s" });
      if (Stacks![0]!.StackStatus === status) return Stacks![0]!;
    }
    throw new Error(`the stack did not become ${status}`);
  };
  await call("cloudformation", "CreateStack", { StackName: "s", TemplateBody: template("ENABLED") });
  const { Outputs } = await settled("CREATE_COMPLETE");
  const [arn, name] = Outputs!.map(({ OutputValue }) => OutputValue!);
  const [, group] = arn!.split("/");
  expect(arn).toBe(`arn:aws:scheduler:eu-central-1:123456789012:schedule/${group}/${name}`);
  await place.pass(4 * 60 * minuteMs);
  expect(await place.bodies()).toEqual(["night"]);
  await call("cloudformation", "UpdateStack", { StackName: "s", TemplateBody: template("DISABLED", "rests") });
  await settled("UPDATE_COMPLETE");
  expect(await place.scheduler.getSchedule({ Name: name, GroupName: group })).toMatchObject({ State: "DISABLED", Description: "rests" });
  await call("cloudformation", "DeleteStack", { StackName: "s" });
  await world.clock.advance(60_000);
  expect((await place.scheduler.listScheduleGroups({})).ScheduleGroups).toHaveLength(1);
});
