/** Instance classes and their memory, which rules how many connections an instance takes. */
import { invalidValue } from "./errors.ts";

/** GiB of memory by size, for families with a fixed ratio of memory to processors. */
const sizes: Readonly<Record<string, number>> = {
  large: 2,
  xlarge: 4,
  "2xlarge": 8,
  "4xlarge": 16,
  "8xlarge": 32,
  "12xlarge": 48,
  "16xlarge": 64,
  "24xlarge": 96,
};
const burstable: Readonly<Record<string, number>> = { micro: 1, small: 2, medium: 4, large: 8, xlarge: 16, "2xlarge": 32 };
const gibPerProcessor: Readonly<Record<string, number>> = {
  m5: 4,
  m5d: 4,
  m6g: 4,
  m6gd: 4,
  m6i: 4,
  m6id: 4,
  m7g: 4,
  m7i: 4,
  m8g: 4,
  r5: 8,
  r5b: 8,
  r5d: 8,
  r6g: 8,
  r6gd: 8,
  r6i: 8,
  r6id: 8,
  r7g: 8,
  r7i: 8,
  r8g: 8,
  x2g: 16,
};
const burstableFamilies = ["t3", "t4g"];

/** Throws the error of an unknown class. */
export function memoryBytesOf(instanceClass: string): number {
  const found = instanceClasses.get(instanceClass);
  if (found === undefined) throw invalidValue(`Invalid DB Instance class: ${instanceClass}`);
  return found;
}

/** Memory in bytes by class, `db.t4g.micro` first. */
export const instanceClasses: ReadonlyMap<string, number> = new Map([
  ...burstableFamilies
    .toReversed()
    .flatMap((family) => Object.entries(burstable).map(([size, gib]) => [`db.${family}.${size}`, gib * 2 ** 30] as const)),
  ...Object.entries(gibPerProcessor).flatMap(([family, ratio]) =>
    Object.entries(sizes).map(([size, processors]) => [`db.${family}.${size}`, processors * ratio * 2 ** 30] as const),
  ),
]);

/** RDS's default for `max_connections`: LEAST({DBInstanceClassMemory/9531392}, 5000). */
export function defaultMaxConnections(instanceClass: string): number {
  return Math.min(5000, Math.floor(memoryBytesOf(instanceClass) / 9_531_392));
}
