/** AWS's schedule expressions, as Application Auto Scaling and EventBridge Scheduler take them: what they mean, and when they are due next. */
export { hasOneOpenDay } from "./cron.ts";
export { nextRunMs, parseSchedule, type Schedule } from "./schedule.ts";
export { isTimeZone } from "./time-zone.ts";
