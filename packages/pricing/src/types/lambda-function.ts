/** AWS::Lambda::Function: its calls, and the memory it holds while they last. */
import { nextRunMs, parseSchedule } from "@plinth/cloudformation/schedule-expressions";
import { everywhere, product, times } from "../columns.ts";
import type { PricedType } from "../priced-type.ts";
import { figure, list, map } from "../reading.ts";
import type { SetResource } from "../stack-set.ts";

export const lambdaFunction: PricedType = {
  price(resource, desk) {
    const { properties } = resource;
    const turns = turnsAMonth(desk.set.users("AWS::SecretsManager::RotationSchedule", "RotationLambdaARN", resource));
    // A rotation is four calls, of which those that start tasks or wait for programs take minutes.
    const requests = desk.expect("functionRequests", turns === undefined ? undefined : everywhere(4 * turns));
    const durationMs = desk.expect("functionMs", turns === undefined ? undefined : everywhere(60_000));
    desk.charge({ item: "Lambda requests", price: ["lambda", "requests"], quantity: times(requests, 1e-6), detail: "calls" });
    const memoryMB = figure(properties, "MemorySize") ?? 128;
    const seconds = times(product(requests, durationMs), 1e-3);
    desk.charge({
      item: "Lambda time",
      price: ["lambda", list(properties, "Architectures").includes("arm64") ? "arm.gbSecond" : "x86.gbSecond"],
      quantity: times(seconds, memoryMB / 1024),
      detail: `${memoryMB} MB`,
    });
  },
};

const dayMs = 86_400_000;
const monthDays = 365 / 12;

/** How often these schedules have a secret rotated in a month; `undefined` where there are none. */
function turnsAMonth(schedules: readonly SetResource[]): number | undefined {
  if (schedules.length === 0) return undefined;
  return schedules.reduce((sum, { properties }) => sum + monthDays / daysBetween(map(properties, "RotationRules")), 0);
}

function daysBetween(rules: Readonly<Record<string, unknown>> | undefined): number {
  const days = rules && figure(rules, "AutomaticallyAfterDays");
  const schedule = parseSchedule(String(rules?.["ScheduleExpression"] ?? ""));
  if (schedule?.kind === "rate") return schedule.everyMs / dayMs;
  const first = schedule && nextRunMs(schedule, "UTC", 0, 0);
  const second = first === undefined ? undefined : nextRunMs(schedule!, "UTC", first, first);
  return second === undefined ? (days ?? 30) : (second - first!) / dayMs;
}
