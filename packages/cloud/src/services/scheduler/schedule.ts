/** A schedule as it is kept, and when it is due. */
import type { GetScheduleOutput, Target } from "@aws-sdk/client-scheduler";
import { hasOneOpenDay, nextRunMs, parseSchedule, type Schedule as Expression } from "@plinth/cloudformation/schedule-expressions";
import type { Cloud } from "../../cloud.ts";
import { scheduleNotFound } from "./errors.ts";
import { requireGroup } from "./group.ts";
import type { Place } from "./place.ts";

export interface Schedule {
  name: string;
  group: string;
  arn: string;
  description?: string;
  expression: string;
  zone: string;
  startMs?: number;
  endMs?: number;
  /** 0 where it is off. */
  windowMinutes: number;
  /** As the caller gave it, with the retry policy filled in. */
  target: Target;
  enabled: boolean;
  kmsKeyArn?: string;
  afterCompletion: "NONE" | "DELETE";
  createdMs: number;
  modifiedMs: number;
  /** From when a rate counts: it is due then for the first time. */
  anchorMs: number;
  /** Its next time, by its expression; absent when there is none. */
  nextMs?: number;
  /** When that is really done: within the flexible window. */
  invokeMs?: number;
  /** Of the call that made it, so that the same call again makes no second one. */
  token?: string;
}

export const schedules = (cloud: Cloud) => cloud.store.collection<Schedule>("scheduler.schedule");
export const keyOf = ({ group, name }: Pick<Schedule, "group" | "name">) => `${group}/${name}`;

export const scheduleArn = ({ account, region }: Pick<Place, "account" | "region">, group: string, name: string): string =>
  `arn:aws:scheduler:${region}:${account}:schedule/${group}/${name}`;

/** Throws where there is none. */
export function findSchedule(place: Place, name: string, group = "default"): Schedule {
  requireGroup(place, group);
  const found = schedules(place.cloud).get(place.region, keyOf({ group, name }));
  if (!found) throw scheduleNotFound(name);
  return found;
}

/** `undefined` when it is none: cron has six fields here, one of the days is `?`, and nothing stands around. */
export function parseExpression(text: string): Expression | undefined {
  const cron = /^cron\((.*)\)$/u.exec(text)?.[1];
  if (text !== text.trim() || (cron !== undefined && !hasOneOpenDay(cron))) return undefined;
  return parseSchedule(text);
}

/**
 * The same, with its next time after `afterMs`, between its start and its end (which one-time schedules do not have), and a moment
 * in the window that is drawn for it.
 */
export function planned(cloud: Cloud, schedule: Schedule, afterMs: number): Schedule {
  const { nextMs: _next, invokeMs: _invoke, ...rest } = schedule;
  const expression = parseExpression(schedule.expression);
  if (!schedule.enabled || !expression) return rest;
  const oneTime = expression.kind === "at";
  const earliestMs = oneTime ? afterMs : Math.max(afterMs, (schedule.startMs ?? 0) - 1);
  const nextMs = nextRunMs(expression, schedule.zone, earliestMs, schedule.anchorMs);
  if (nextMs === undefined || (!oneTime && nextMs > (schedule.endMs ?? Infinity))) return rest;
  return { ...rest, nextMs, invokeMs: nextMs + windowOffsetMs(cloud, schedule.windowMinutes) };
}

function windowOffsetMs(cloud: Cloud, minutes: number): number {
  if (minutes === 0) return 0;
  const [a = 0, b = 0, c = 0] = cloud.world.random.bytes(3);
  return Math.floor(((a * 65_536 + b * 256 + c) / 2 ** 24) * minutes * 60_000);
}

export function describe(schedule: Schedule): GetScheduleOutput {
  const { startMs, endMs, windowMinutes } = schedule;
  return {
    Arn: schedule.arn,
    Name: schedule.name,
    GroupName: schedule.group,
    ...(schedule.description !== undefined && { Description: schedule.description }),
    ScheduleExpression: schedule.expression,
    ScheduleExpressionTimezone: schedule.zone,
    ...(startMs !== undefined && { StartDate: new Date(startMs) }),
    ...(endMs !== undefined && { EndDate: new Date(endMs) }),
    FlexibleTimeWindow: windowMinutes === 0 ? { Mode: "OFF" } : { Mode: "FLEXIBLE", MaximumWindowInMinutes: windowMinutes },
    State: schedule.enabled ? "ENABLED" : "DISABLED",
    ...(schedule.kmsKeyArn !== undefined && { KmsKeyArn: schedule.kmsKeyArn }),
    ActionAfterCompletion: schedule.afterCompletion,
    Target: schedule.target,
    CreationDate: new Date(schedule.createdMs),
    LastModificationDate: new Date(schedule.modifiedMs),
  };
}
