/** What the app says of how much of a machine a cluster may take. Source: aws-recipes §3, "Scaling to Zero ACUs", Amazon Aurora User Guide. */
import { durationSeconds, type Declared } from "@plinth/language/reading";

export interface FilledCapacity {
  readonly min: number;
  readonly max: number;
  /** `undefined` where it never pauses. */
  readonly pauseAfterSeconds: number | undefined;
}

/** The capacity with the defaults filled in. */
export function capacityOf({ capacity = {} }: Declared<"aurora">["options"]): FilledCapacity {
  const { min = 0.5, max = Math.max(4, min), pauseAfter = "5 minutes" } = capacity;
  return { min, max, pauseAfterSeconds: min === 0 ? durationSeconds(pauseAfter) : undefined };
}

/** `ServerlessV2ScalingConfiguration`, or nothing for fixed machines. */
export function scalingOf(options: Declared<"aurora">["options"]) {
  if (options.instance !== undefined) return {};
  const { min, max, pauseAfterSeconds } = capacityOf(options);
  return {
    ServerlessV2ScalingConfiguration: {
      MinCapacity: min,
      MaxCapacity: max,
      ...(pauseAfterSeconds !== undefined && { SecondsUntilAutoPause: pauseAfterSeconds }),
    },
  };
}
