/** A way to pay less for this stack, with what it costs in other respects. */
import type { Estimate } from "../estimate.ts";
import type { PriceOverlay } from "../price-list.ts";

export interface Saving {
  what: string;
  /** US dollars a month, of what is expected. */
  saves: number;
  /** What one gives for it. */
  tradeOff: string;
}

export interface Considered {
  estimate: Pick<Estimate, "lines" | "set">;
  overlay?: PriceOverlay | undefined;
  /** Whether its data is protected and people rely on it. */
  production: boolean;
}

export type FindSavings = (considered: Considered) => Saving[];
