/** Backup and maintenance windows: RDS gives an instance one in its region's night when it names none. */
import type { Random } from "../../world.ts";
import { invalidValue } from "./errors.ts";

const days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;
const two = (value: number) => String(value).padStart(2, "0");
const dayMinutes = 1440;
const weekMinutes = 7 * dayMinutes;
const weekTime = (minutes: number) => `${days[Math.floor(minutes / dayMinutes)]!}:${clockTime(minutes % dayMinutes)}`;
const clockTime = (minutes: number) => `${two(Math.floor(minutes / 60) % 24)}:${two(minutes % 60)}`;

/** The windows of an instance: those it names, checked, and for others half an hour each that does not overlap. */
export function chosenWindows(
  random: Random,
  named: { backup?: string | undefined; maintenance?: string | undefined },
): { backupWindow: string; maintenanceWindow: string } {
  const backup = named.backup ? checkBackupWindow(named.backup) : undefined;
  const maintenance = named.maintenance ? checkMaintenanceWindow(named.maintenance) : undefined;
  if (backup && maintenance) {
    checkOverlap(backup, maintenance);
    return { backupWindow: backup, maintenanceWindow: maintenance };
  }
  const [a, b, c] = random.bytes(3) as unknown as [number, number, number];
  // The backup before 01:30 UTC and the maintenance from 02:00 on, or each right after the other.
  const halfHourFrom = (minutes: number) => `${clockTime(minutes)}-${clockTime(minutes + 30)}`;
  const generated = halfHourFrom(a % 90);
  const backupWindow =
    backup ?? (maintenance && overlap(generated, maintenance) ? halfHourFrom(maintenanceMinutes(maintenance)![1] % dayMinutes) : generated);
  if (maintenance) return { backupWindow, maintenanceWindow: maintenance };
  const startsAt = (minutes: number) => {
    const [from, to] = [((c % 7) * dayMinutes + minutes) % weekMinutes, ((c % 7) * dayMinutes + minutes + 30) % weekMinutes];
    return `${weekTime(from)}-${weekTime(to)}`;
  };
  const first = startsAt(120 + (b % 210));
  return { backupWindow, maintenanceWindow: overlap(backupWindow, first) ? startsAt(backupMinutes(backupWindow)![1]) : first };
}

/** Throws when the daily backup would fall into the weekly maintenance. */
export function checkOverlap(backup: string, maintenance: string): void {
  if (overlap(backup, maintenance)) throw invalidValue("The backup window and maintenance window must not overlap.");
}

function overlap(backup: string, maintenance: string): boolean {
  const [from, to] = maintenanceMinutes(maintenance)!;
  const length = (to - from + weekMinutes) % weekMinutes;
  const [backupFrom, backupTo] = backupMinutes(backup)!;
  const backupLength = (backupTo - backupFrom + dayMinutes) % dayMinutes;
  // From the beginning of the maintenance to the next backup, and from that of the backup to the maintenance.
  const toBackup = (backupFrom - (from % dayMinutes) + dayMinutes) % dayMinutes;
  return toBackup < length || (dayMinutes - toBackup) % dayMinutes < backupLength;
}

export function checkBackupWindow(window: string): string {
  const minutes = backupMinutes(window);
  if (!minutes) {
    throw invalidValue(
      `Invalid backup window format: ${window}. Should be specified as a range hh24:mi-hh24:mi (24H Clock UTC). Example: 00:30-01:00`,
    );
  }
  const [from, to] = minutes;
  if ((to - from + dayMinutes) % dayMinutes < 30) throw invalidValue("The backup window must be at least 30 minutes.");
  return window;
}

/** When the window last began, at or before `atMs`. */
export function lastBackupWindow(window: string, atMs: number): number {
  const dayMs = dayMinutes * 60_000;
  const beginsMs = Math.floor(atMs / dayMs) * dayMs + backupMinutes(window)![0] * 60_000;
  return beginsMs <= atMs ? beginsMs : beginsMs - dayMs;
}

/** Minutes of the day in UTC. */
function backupMinutes(window: string): [from: number, to: number] | undefined {
  const match = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$/.exec(window);
  return match ? [Number(match[1]) * 60 + Number(match[2]), Number(match[3]) * 60 + Number(match[4])] : undefined;
}

const maintenanceFormat =
  /^(sun|mon|tue|wed|thu|fri|sat):([01]\d|2[0-3]):([0-5]\d)-(sun|mon|tue|wed|thu|fri|sat):([01]\d|2[0-3]):([0-5]\d)$/;

export function checkMaintenanceWindow(window: string): string {
  const lower = window.toLowerCase();
  if (!/^[a-z]{3}:\d\d:\d\d-[a-z]{3}:\d\d:\d\d$/.test(lower)) {
    throw invalidValue(
      `Invalid maintenance window format: ${window}. Should be specified as a range ddd:hh24:mi-ddd:hh24:mi (24H Clock UTC). Example: Sun:23:45-Mon:00:15`,
    );
  }
  const minutes = maintenanceMinutes(lower);
  if (!minutes) throw invalidValue(`Invalid day:hour:minute value: ${window}`);
  const length = (minutes[1] - minutes[0] + weekMinutes) % weekMinutes;
  if (length < 30) throw invalidValue("The maintenance window must be at least 30 minutes.");
  if (length >= dayMinutes) throw invalidValue("Maintenance window must be less than 24 hours.");
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
