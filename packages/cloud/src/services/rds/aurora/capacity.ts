/** How much of a machine a Serverless v2 cluster may take, in ACUs of about 2 GiB of memory each. Source: AWS, "Aurora Serverless v2 capacity". */
import { invalidCombination, invalidValue } from "../errors.ts";

export interface Capacity {
  min: number;
  max: number;
  /** Present only where it may pause, which is where `min` is 0. */
  pauseAfterSeconds?: number;
}

interface Asked {
  MinCapacity?: number | undefined;
  MaxCapacity?: number | undefined;
  SecondsUntilAutoPause?: number | undefined;
}

const limits = { max: 256, step: 0.5, pauseAfterSeconds: { min: 300, max: 86_400 } };
/** The first minor of each major that can pause; majors after these all can. */
const pausableFrom: Readonly<Record<number, number>> = { 13: 15, 14: 12, 15: 7, 16: 3 };

/** The capacity meant by a request; what it does not name stays as `present` says. Throws RDS's errors. */
export function checkCapacity(asked: Asked, engineVersion: string, present?: Capacity): Capacity {
  const { MinCapacity: min = present?.min, MaxCapacity: max = present?.max } = asked;
  if (min === undefined || max === undefined) {
    throw invalidCombination("You must specify both MinCapacity and MaxCapacity in ServerlessV2ScalingConfiguration.");
  }
  for (const [name, value, least] of [
    ["minimum", min, 0],
    ["maximum", max, 1],
  ] as const) {
    if (value < least || value > limits.max || value % limits.step !== 0) {
      throw invalidValue(
        `Serverless v2 ${name} capacity ${value} isn't valid. The ${name} capacity must be a multiple of 0.5 between ${least} and ${limits.max}.`,
      );
    }
  }
  if (min > max) throw invalidValue(`Serverless v2 minimum capacity ${min} can't be greater than the maximum capacity ${max}.`);
  if (min === 0 && !canPause(engineVersion)) {
    throw invalidCombination(
      `Serverless v2 minimum capacity 0 isn't supported for engine version ${engineVersion}. Use 0.5 or more, or a version that can pause: 13.15, 14.12, 15.7, 16.3, or later.`,
    );
  }
  const { SecondsUntilAutoPause: seconds } = asked;
  if (seconds !== undefined && min > 0) {
    throw invalidCombination("SecondsUntilAutoPause can only be specified when the minimum capacity is 0.");
  }
  const { min: least, max: most } = limits.pauseAfterSeconds;
  if (seconds !== undefined && (seconds < least || seconds > most || !Number.isInteger(seconds))) {
    throw invalidValue(`SecondsUntilAutoPause ${seconds} isn't valid. It must be between ${least} and ${most}.`);
  }
  return min > 0 ? { min, max } : { min, max, pauseAfterSeconds: seconds ?? present?.pauseAfterSeconds ?? least };
}

function canPause(engineVersion: string): boolean {
  const [major, minor] = engineVersion.split(".").map(Number) as [number, number];
  return minor >= (pausableFrom[major] ?? (major > 16 ? 0 : Infinity));
}

const gib = 2 ** 30;
/** With a least capacity of 0 or 0.5 there are at most this many connections (AWS, "Maximum connections for Aurora Serverless v2"). */
const connectionsWhenSmall = 2000;

/** How many connections an instance of this range takes: it is ruled by the most that it may have, and does not change with the load. */
export function serverlessConnections({ min, max }: Capacity): number {
  const connections = Math.min(5000, Math.floor((max * 2 * gib) / 9_531_392));
  return min <= 0.5 ? Math.min(connections, connectionsWhenSmall) : connections;
}
