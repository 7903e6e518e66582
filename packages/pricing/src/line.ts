/** What an estimate consists of: lines, and what has none. */
import type { Columns } from "./columns.ts";
import type { ExpectationKey } from "./expectations.ts";
import type { Confidence } from "./price-list.ts";

/** One figure of a bill to come. The columns are US dollars a month. */
export interface CostLine extends Columns {
  /** The thing it belongs to: its name in the app, or its logical id. */
  name: string;
  /** What is paid for: `Fargate vCPU`. The same for all things alike. */
  item: string;
  /** How many units are expected in a month. */
  quantity: number;
  /** `vCPU-hour`. */
  unit: string;
  /** US dollars. */
  unitPrice: number;
  confidence: Confidence;
  /** When the price was read, as far as it is known. */
  asOf: string;
  /** How it comes to the quantity: `2–4 × 1 vCPU`. */
  detail: string;
  /** Whether it serves the whole stack rather than one thing. */
  shared: boolean;
  /** What was assumed, each as it is written to change it. */
  assumptions: Assumed[];
  /** The price's place: region, service and item of the list. */
  price: { region: string; service: string; item: string; source: string };
  stack: string;
  resource: string;
}

export interface Assumed {
  key: ExpectationKey;
  figures: Columns;
  meaning: string;
  /** Whether the user said it, rather than that it is the default. */
  said: boolean;
}

/** Something that costs, or may, and that has no figure here. */
export interface NotPriced {
  name: string;
  type: string;
  reason: string;
  stack: string;
  resource: string;
}

/** A price that may well be another by now. */
export interface StalePrice {
  service: string;
  item: string;
  asOf: string;
  confidence: Confidence;
}
