/** Spans of time with their unit in the text: `"20 minutes"`. */

/** A span of time: a number and its unit. */
export type Duration =
  | `${number} second`
  | `${number} seconds`
  | `${number} minute`
  | `${number} minutes`
  | `${number} hour`
  | `${number} hours`
  | `${number} day`
  | `${number} days`;

/** A span of whole days. */
export type Days = "1 day" | `${number} days`;

/** How long CloudWatch Logs keeps events: the closed list of `RetentionInDays`, or for ever. */
export type LogRetention =
  | "1 day"
  | `${3 | 5 | 7 | 14 | 30 | 60 | 90 | 120 | 150 | 180 | 365 | 400 | 545 | 731 | 1096 | 1827 | 2192 | 2557 | 2922 | 3288 | 3653} days`
  | "forever";

const secondsPer: Record<string, number> = { second: 1, minute: 60, hour: 3600, day: 86_400 };

/** A duration in seconds; `undefined` for a text that is none (a file that was not type-checked). */
export function durationSeconds(duration: string): number | undefined {
  const found = /^(\d+(?:\.\d+)?) (second|minute|hour|day)s?$/.exec(duration);
  return found ? Number(found[1]) * secondsPer[found[2]!]! : undefined;
}
