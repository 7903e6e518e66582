/** What goes with a stage, or stays of it, and what it holds. */
import type { DataFate } from "../data-fate.ts";

/** Something that holds data, with what it holds now. */
export interface DestroyedData extends DataFate {
  /** What AWS calls it. */
  id?: string;
  /** How much it holds, in a few words. */
  holds?: string;
  sizeBytes?: number;
}
