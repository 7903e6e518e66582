/** Backup and maintenance windows: RDS gives an instance one in its region's night when it names none. */
import type { Random } from "../../world.ts";
import { invalidValue } from "./errors.ts";

const days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;
const two = (value: number) => String(value).padStart(2, "0");
const clockTime = (minutes: number) => `${two(Math.floor(minutes / 60) % 24)}:${two(minutes % 60)}`;

/** Half an hour each, that do not overlap: the backup before 01:30 UTC, the maintenance from 02:00 on. */
export function generatedWindows(random: Random): { backupWindow: string; maintenanceWindow: string } {
  const [a, b, c] = random.bytes(3) as unknown as [number, number, number];
  const backup = a % 90;
  const maintenance = 120 + (b % 210);
  const day = days[c % 7]!;
  return {
    backupWindow: `${clockTime(backup)}-${clockTime(backup + 30)}`,
    maintenanceWindow: `${day}:${clockTime(maintenance)}-${day}:${clockTime(maintenance + 30)}`,
  };
}

export function checkBackupWindow(window: string): string {
  const match = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$/.exec(window);
  if (!match) throw invalidValue(`The format of the backup window ${window} is invalid. It must be in the format hh24:mi-hh24:mi.`);
  const [from, to] = [Number(match[1]) * 60 + Number(match[2]), Number(match[3]) * 60 + Number(match[4])];
  if ((to - from + 1440) % 1440 < 30) throw invalidValue("The backup window must be at least 30 minutes.");
  return window;
}

const maintenanceFormat =
  /^(sun|mon|tue|wed|thu|fri|sat):([01]\d|2[0-3]):([0-5]\d)-(sun|mon|tue|wed|thu|fri|sat):([01]\d|2[0-3]):([0-5]\d)$/;

export function checkMaintenanceWindow(window: string): string {
  const lower = window.toLowerCase();
  const [from, to] = maintenanceMinutes(lower) ?? [];
  if (from === undefined || to === undefined) {
    throw invalidValue(`The format of the maintenance window ${window} is invalid. It must be in the format ddd:hh24:mi-ddd:hh24:mi.`);
  }
  const length = (to - from + 7 * 1440) % (7 * 1440);
  if (length < 30 || length >= 1440) throw invalidValue("The maintenance window must be at least 30 minutes and less than 24 hours.");
  return lower;
}

/** Whether `atMs` lies in a maintenance window. */
export function inMaintenance(window: string, atMs: number): boolean {
  const [from, to] = maintenanceMinutes(window)!;
  const at = new Date(atMs);
  const now = at.getUTCDay() * 1440 + at.getUTCHours() * 60 + at.getUTCMinutes();
  return from <= to ? now >= from && now < to : now >= from || now < to;
}

/** Minutes since Sunday, 00:00 UTC. */
function maintenanceMinutes(window: string): [from: number, to: number] | undefined {
  const match = maintenanceFormat.exec(window);
  if (!match) return undefined;
  const minutes = (day: string, hour: string, minute: string) =>
    days.indexOf(day as (typeof days)[number]) * 1440 + Number(hour) * 60 + Number(minute);
  return [minutes(match[1]!, match[2]!, match[3]!), minutes(match[4]!, match[5]!, match[6]!)];
}
