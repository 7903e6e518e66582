/** How many copies of a service run, and what adds one. */
import type { Backlog } from "./queue.ts";

/** Other limits from a moment on, by the clock. */
export interface ScaleSchedule {
  /** AWS's six fields, in UTC unless `timeZone` says otherwise: `"0 7 ? * MON-FRI *"`. */
  readonly cron: string;
  /** The time zone of `cron`: `"Europe/Berlin"`. @default "UTC" */
  readonly timeZone?: string;
  /** The fewest copies from then on. @default as before */
  readonly min?: number;
  /** The most copies from then on. @default as before */
  readonly max?: number;
}

/** A metric of CloudWatch that goes down when a copy is added: the program's own, or any of AWS's. */
export interface ScaleMetric {
  /** `"Shop"`; the program that scales may write metrics of this namespace, unless it is one of AWS's. */
  readonly namespace: string;
  /** `"OpenCarts"`: 1 to 255 characters. */
  readonly name: string;
  /** As they are written with it: other dimensions are another metric. @default none */
  readonly dimensions?: Readonly<Record<string, string>>;
  /** What of the values of a minute counts. @default "average" */
  readonly statistic?: "average" | "minimum" | "maximum" | "sum" | "count";
  /** The value to aim at, above 0. */
  readonly target: number;
}

/** How many copies run, and what adds one. What is aimed at works only with `max` above `min`, or with a schedule. */
export interface Scale {
  /** The fewest copies, 0 to 1000. @default 1 */
  readonly min?: number;
  /** The most copies, `min` to 1000. @default min */
  readonly max?: number;
  /** Average processor use to aim at, in percent, 10 to 95. @default 70 with `max` above `min`, if nothing else is aimed at */
  readonly cpu?: number;
  /** Average memory use to aim at, in percent, 10 to 95. @default none */
  readonly memory?: number;
  /** Requests a minute to aim at for each copy, 1 to 1000000. Only behind a load balancer. @default none */
  readonly requestsPerTarget?: number;
  /** Messages that wait, for each copy: `runs.backlogPerTask(10)`. @default none */
  readonly on?: Backlog;
  /** A metric of CloudWatch to aim at, or several. @default none */
  readonly metric?: ScaleMetric | readonly ScaleMetric[];
  /** Other limits by the clock. @default none */
  readonly schedule?: readonly ScaleSchedule[];
}
