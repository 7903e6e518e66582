/** One run of the runbook: what its steps know of each other and hand on. */
import type { ChosenParts } from "../chosen-layers.ts";
import type { Deployment } from "../deployment.ts";
import type { Lookups } from "../lookups.ts";
import type { Progress } from "../releases/record.ts";
import type { SecretState } from "../secrets/slots.ts";

export interface DeployRun {
  readonly deployment: Deployment;
  readonly account: string;
  readonly chosen: ChosenParts;
  readonly progress: Progress;
  readonly startedAt: Date;
  /** The names of the stacks that stand, as they come to. */
  readonly standing: Set<string>;
  /** Addresses by digest, by the image's name, as they are pushed. */
  readonly images: Map<string, string>;
  readonly zones: readonly string[];
  readonly zonesElsewhere: ReadonlyMap<string, readonly string[]>;
  readonly lookups: Lookups;
  /** Whether each layer's update also sets back what was changed by hand. */
  readonly revertDrift: boolean;
  /** Known once they have been looked at, before any layer that takes them. */
  secrets: SecretState[];
}
