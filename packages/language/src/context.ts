/** What an app's function is told: the stage, and what kind of stage it is. */
import type { Duration } from "./duration.ts";

/** A value for each stage that differs, and one for all others. */
export type Cases<Stage extends string> = { readonly [S in Stage]?: unknown } & { readonly else: unknown };

/** The cases as they are, or a sentence where one is for a stage that does not exist. */
type KnownStages<C, Stage extends string> = [Exclude<keyof C, Stage | "else">] extends [never]
  ? C
  : `${Exclude<keyof C, Stage | "else"> & string} is no stage of this app`;

/** The context of an app's function; parts of a large app take `Context`. */
export interface Context<Stage extends string = string> {
  /** The stage that is looked at. */
  readonly stage: Stage;
  /** Whether it is one of `production`. */
  readonly production: boolean;
  /** Whether it is a preview: a stage by any other name. */
  readonly preview: boolean;
  /** Whether it stands in the embedded cloud. */
  readonly local: boolean;
  /** The value for this stage, with its literal types: `pick({ prod: "db.m7g.large", else: "db.t4g.micro" })`. `local` falls under `else`. */
  pick<const C extends Cases<Stage>>(cases: KnownStages<C, Stage>): C[keyof C];
}

/** How previews live. */
export interface Previews {
  /** After what time without a deploy one is removed: 1 hour or longer. */
  readonly expireAfter: Duration;
}
