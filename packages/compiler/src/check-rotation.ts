/** What `rotate` must hold: times that Secrets Manager keeps, and programs that can be rolled. */
import { hasOneOpenDay, nextRunMs, parseSchedule } from "@plinth/cloudformation/schedule-expressions";
import { durationSeconds, type RotationInterval } from "@plinth/language/reading";
import type { Checker } from "./checker.ts";

const hourSeconds = 3_600;
const daySeconds = 24 * hourSeconds;

export function checkRotation(key: string, rotate: RotationInterval | undefined, check: Checker): void {
  if (rotate === undefined) return;
  if (typeof rotate === "object") {
    const schedule = parseSchedule(`cron(${rotate.cron})`);
    const fine =
      schedule && rotate.cron.startsWith("0 ") && hasOneOpenDay(rotate.cron) && nextRunMs(schedule, "UTC", Date.now(), Date.now());
    if (!fine) {
      check.refuse(
        "bad-option",
        `${key}: rotate.cron is "${rotate.cron}": write six fields in UTC, the first 0, one of the days ?, like "0 3 ? * SUN *"`,
      );
    }
    return;
  }
  const seconds = durationSeconds(rotate) ?? 0;
  const whole = seconds % hourSeconds === 0;
  if (!whole || seconds < 4 * hourSeconds || seconds > 999 * daySeconds) {
    check.refuse("bad-option", `${key}: rotate is "${rotate}": write 4 hours to 999 days, in whole hours, like "30 days"`);
  }
}
