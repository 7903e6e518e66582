/** When a secret is rotated: its rules, checked, and the window in which that is done next. All in UTC. */
import type { RotationRulesType } from "@aws-sdk/client-secrets-manager";
import { nextRunMs, parseSchedule } from "@plinth/cloudformation/schedule-expressions";
import { checkConstraints } from "../../constraints.ts";
import { invalidParameter } from "./errors.ts";

export interface RotationRules {
  /** Days after the last change, whoever made it. */
  days?: number;
  /** `rate(10 days)`, `cron(0 8 1 * ? *)`. */
  expression?: string;
  /** The window's length; default: an hour where the schedule is one of hours, else until midnight. */
  durationHours?: number;
}

export interface RotationWindow {
  opensMs: number;
  closesMs: number;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Secrets Manager User Guide, "Rotation schedules": every four hours at most. */
const shortestHours = 4;
const longestDays = 999;

/** `undefined` where no rules were given. Throws for such that Secrets Manager does not take. */
export function checkedRules(given: RotationRulesType | undefined): RotationRules | undefined {
  const { AutomaticallyAfterDays: days, Duration, ScheduleExpression: expression } = given ?? {};
  if (days === undefined && Duration === undefined && expression === undefined) return undefined;
  if (days !== undefined && !(days >= 1 && days <= 1000)) {
    throw invalidParameter("RotationRules.AutomaticallyAfterDays must be within 1-1000.");
  }
  checkConstraints("ValidationException", {
    "rotationRules.duration": [Duration, { length: [2, 3], pattern: "[0-9h]+" }],
    "rotationRules.scheduleExpression": [expression, { length: [1, 256], pattern: String.raw`[0-9A-Za-z\(\)#\?\*\-\/, ]+` }],
  });
  if (days !== undefined && expression !== undefined) {
    throw invalidParameter("You can't specify both AutomaticallyAfterDays and ScheduleExpression in RotationRules.");
  }
  if (expression !== undefined) checkExpression(expression);
  const durationHours = Duration === undefined ? undefined : Number(/^(\d{1,2})h$/u.exec(Duration)?.[1] ?? Number.NaN);
  if (durationHours !== undefined && !(durationHours >= 1 && durationHours <= 24)) {
    throw invalidParameter("RotationRules.Duration must be a number of hours within 1h-24h.");
  }
  return {
    ...(days !== undefined && { days }),
    ...(expression !== undefined && { expression }),
    ...(durationHours !== undefined && { durationHours }),
  };
}

/** Minutes are always 0 in a cron expression: a schedule of hours is the finest there is. */
function checkExpression(expression: string): void {
  const schedule = parseSchedule(expression);
  const fine =
    schedule?.kind === "rate"
      ? schedule.everyMs % hourMs === 0 && schedule.everyMs >= shortestHours * hourMs && schedule.everyMs <= longestDays * dayMs
      : schedule?.kind === "cron" && expression.startsWith("cron(0 ");
  if (!fine)
    throw invalidParameter(`The ScheduleExpression ${expression} is not valid: rate() in hours (4 or more) or days, or cron(0 …).`);
}

/**
 * The next window.
 * @param lastMs when the secret was changed last.
 */
export function nextWindow(rules: RotationRules, lastMs: number, nowMs: number): RotationWindow | undefined {
  const opensMs = opening(rules, lastMs, nowMs);
  if (opensMs === undefined) return undefined;
  const midnightMs = toDay(opensMs) + dayMs;
  const lengthMs = rules.durationHours === undefined ? undefined : rules.durationHours * hourMs;
  const closesMs = lengthMs === undefined ? (isHourly(rules) ? opensMs + hourMs : midnightMs) : opensMs + lengthMs;
  return { opensMs, closesMs: Math.min(closesMs, midnightMs) };
}

/** Windows of rates begin at midnight, or as many hours after it. */
function opening({ days, expression }: RotationRules, lastMs: number, nowMs: number): number | undefined {
  const schedule = expression === undefined ? undefined : parseSchedule(expression);
  if (schedule?.kind === "cron") return nextRunMs(schedule, "UTC", nowMs, nowMs);
  const everyMs = schedule?.kind === "rate" ? schedule.everyMs : days === undefined ? undefined : days * dayMs;
  if (everyMs === undefined) return undefined;
  if (everyMs % dayMs === 0) return Math.max(toDay(lastMs + everyMs), toDay(nowMs) + dayMs);
  return toDay(nowMs) + (Math.floor((nowMs - toDay(nowMs)) / everyMs) + 1) * everyMs;
}

function isHourly({ expression = "" }: RotationRules): boolean {
  const schedule = parseSchedule(expression);
  if (schedule?.kind === "rate") return schedule.everyMs % dayMs !== 0;
  return schedule?.kind === "cron" && schedule.cron.hours.length > 1;
}

const toDay = (timeMs: number) => timeMs - (timeMs % dayMs);

/** How often, in days, as describes show it whatever the rules are made of. */
export function daysBetween(rules: RotationRules, nowMs: number): number | undefined {
  if (rules.days !== undefined) return rules.days;
  const first = nextWindow(rules, nowMs, nowMs);
  const second = first && nextWindow(rules, first.opensMs, first.opensMs);
  return first && second && Math.max(1, Math.round((second.opensMs - first.opensMs) / dayMs));
}
