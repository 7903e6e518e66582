/** Operations on schedules. */
import type { ScheduleSummary, Target } from "@aws-sdk/client-scheduler";
import { isTimeZone } from "@plinth/cloudformation/schedule-expressions";
import { pageOf } from "../../../paging.ts";
import { operation } from "../../../service.ts";
import { check, invalidExpression, invalidNextToken, scheduleExists, validation } from "../errors.ts";
import { requireGroup } from "../group.ts";
import { invocationKey, invocations } from "../invocation.ts";
import { look } from "../life.ts";
import type { Place } from "../place.ts";
import { describe, findSchedule, keyOf, parseExpression, planned, type Schedule, scheduleArn, schedules } from "../schedule.ts";
import { checkTarget } from "../target.ts";

const namePattern = String.raw`[0-9a-zA-Z-_.]+`;
const tokenPattern = String.raw`[a-zA-Z0-9-_]+`;
const fiveMinutesMs = 300_000;

interface Given {
  Name: string;
  GroupName?: string | undefined;
  Description?: string | undefined;
  ScheduleExpression: string;
  ScheduleExpressionTimezone?: string | undefined;
  StartDate?: Date | undefined;
  EndDate?: Date | undefined;
  State?: string | undefined;
  KmsKeyArn?: string | undefined;
  FlexibleTimeWindow: { Mode: string; MaximumWindowInMinutes?: number | undefined };
  Target: object;
  ActionAfterCompletion?: string | undefined;
  ClientToken?: string | undefined;
}

/** What the input says, checked; the same for a new schedule and for one that is changed. */
function read(place: Place, given: Given, before: Schedule | undefined): Schedule {
  const nowMs = place.cloud.world.clock.nowMs();
  const { Name: name, GroupName: group = "default", ScheduleExpression: expression, FlexibleTimeWindow: flexible } = given;
  check({
    name: [name, { length: [1, 64], pattern: namePattern }],
    groupName: [given.GroupName, { length: [1, 64], pattern: namePattern }],
    scheduleExpression: [expression, { length: [1, 256] }],
    scheduleExpressionTimezone: [given.ScheduleExpressionTimezone, { length: [1, 50] }],
    description: [given.Description, { length: [0, 512] }],
    state: [given.State, { enum: ["ENABLED", "DISABLED"] }],
    "flexibleTimeWindow.mode": [flexible.Mode, { enum: ["OFF", "FLEXIBLE"] }],
    "flexibleTimeWindow.maximumWindowInMinutes": [flexible.MaximumWindowInMinutes, { range: [1, 1440] }],
    actionAfterCompletion: [given.ActionAfterCompletion, { enum: ["NONE", "DELETE"] }],
    clientToken: [given.ClientToken, { length: [1, 64], pattern: tokenPattern }],
  });
  requireGroup(place, group);
  const parsed = parseExpression(expression);
  if (!parsed) throw invalidExpression(expression);
  const zone = given.ScheduleExpressionTimezone ?? "UTC";
  if (!isTimeZone(zone)) throw validation(`Invalid Schedule Expression Timezone ${zone}.`);
  if (flexible.Mode === "FLEXIBLE" && flexible.MaximumWindowInMinutes === undefined) {
    throw validation("MaximumWindowInMinutes must be provided for a FLEXIBLE time window.");
  }
  const [startMs, endMs] = [given.StartDate?.getTime(), given.EndDate?.getTime()];
  if (startMs !== undefined && startMs !== before?.startMs && parsed.kind !== "at" && startMs < nowMs - fiveMinutesMs) {
    throw validation("The StartDate you specify cannot be earlier than 5 minutes ago.");
  }
  if (endMs !== undefined && endMs <= Math.max(startMs ?? 0, before ? 0 : nowMs)) {
    throw validation("The EndDate you specify must be in the future, and later than the StartDate.");
  }
  // A rate goes on counting when something else of its schedule is changed.
  const sameTimes = before?.expression === expression && before.startMs === startMs && before.zone === zone;
  return {
    name,
    group,
    arn: before?.arn ?? scheduleArn(place, group, name),
    ...(given.Description !== undefined && { description: given.Description }),
    expression,
    zone,
    ...(startMs !== undefined && { startMs }),
    ...(endMs !== undefined && { endMs }),
    windowMinutes: flexible.Mode === "FLEXIBLE" ? flexible.MaximumWindowInMinutes! : 0,
    target: checkTarget(place, given.Target as Target, { group }),
    enabled: given.State !== "DISABLED",
    ...(given.KmsKeyArn !== undefined && { kmsKeyArn: given.KmsKeyArn }),
    afterCompletion: given.ActionAfterCompletion === "DELETE" ? "DELETE" : "NONE",
    createdMs: before?.createdMs ?? nowMs,
    modifiedMs: nowMs,
    anchorMs: sameTimes ? before.anchorMs : (startMs ?? nowMs),
    ...(before ? before.token !== undefined && { token: before.token } : given.ClientToken !== undefined && { token: given.ClientToken }),
  };
}

/** @param anew whether its times are new: a rate is due at once then, also where it has no start. */
function keep(place: Place, schedule: Schedule, anew: boolean): void {
  const afterMs = anew && schedule.expression.startsWith("rate(") ? schedule.anchorMs - 1 : place.cloud.world.clock.nowMs();
  schedules(place.cloud).put(place.region, keyOf(schedule), planned(place.cloud, schedule, afterMs));
  look(place.cloud);
}

export const createSchedule = operation("scheduler", "CreateSchedule", (input, context) => {
  const { cloud, region } = context;
  const known = schedules(cloud).get(region, keyOf({ group: input.GroupName ?? "default", name: input.Name }));
  if (known && known.token !== undefined && known.token === input.ClientToken) return { ScheduleArn: known.arn };
  const schedule = read(context, input as Given, undefined);
  if (known) throw scheduleExists(input.Name);
  keep(context, schedule, true);
  return { ScheduleArn: schedule.arn };
});

/** What is not given is taken back to its default, as in AWS. */
export const updateSchedule = operation("scheduler", "UpdateSchedule", (input, context) => {
  const before = findSchedule(context, input.Name, input.GroupName);
  const schedule = read(context, input as Given, before);
  keep(context, schedule, schedule.anchorMs !== before.anchorMs);
  return { ScheduleArn: schedule.arn };
});

export const getSchedule = operation("scheduler", "GetSchedule", (input, context) =>
  describe(findSchedule(context, input.Name, input.GroupName)),
);

export const deleteSchedule = operation("scheduler", "DeleteSchedule", (input, context) => {
  remove(context, findSchedule(context, input.Name, input.GroupName));
  return {};
});

/** With what of it was still to be tried. */
export function remove({ cloud, region }: Place, schedule: Schedule): void {
  cloud.store.transaction(() => {
    schedules(cloud).delete(region, keyOf(schedule));
    for (const one of invocations(cloud).list(region, `${keyOf(schedule)}/`)) invocations(cloud).delete(region, invocationKey(one));
  });
}

export const listSchedules = operation("scheduler", "ListSchedules", (input, context) => {
  const { GroupName: group, NamePrefix: prefix, State: state, MaxResults, NextToken } = input;
  check({
    maxResults: [MaxResults, { range: [1, 100] }],
    state: [state, { enum: ["ENABLED", "DISABLED"] }],
    namePrefix: [prefix, { length: [1, 64], pattern: namePattern }],
  });
  if (group !== undefined) requireGroup(context, group);
  const found = schedules(context.cloud)
    .list(context.region)
    .filter((one) => group === undefined || one.group === group)
    .filter((one) => prefix === undefined || one.name.startsWith(prefix))
    .filter((one) => state === undefined || one.enabled === (state === "ENABLED"));
  const { items, nextToken } = pageOf(found, {
    size: MaxResults ?? 100,
    token: NextToken,
    keyOf,
    query: JSON.stringify({ group, prefix, state }),
    invalid: invalidNextToken,
  });
  return { Schedules: items.map(summary), ...(nextToken !== undefined && { NextToken: nextToken }) };
});

function summary(schedule: Schedule): ScheduleSummary {
  const { Arn, Name, GroupName, State, CreationDate, LastModificationDate } = describe(schedule);
  return { Arn, Name, GroupName, State, CreationDate, LastModificationDate, Target: { Arn: schedule.target.Arn } };
}
