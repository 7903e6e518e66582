/** What prices resources of one type, and what it is given for that. */
import type { Columns } from "./columns.ts";
import type { ExpectationKey } from "./expectations.ts";
import type { SetResource, StackSet } from "./stack-set.ts";

export interface PricedType {
  /** Whether it serves the whole stack rather than one thing, such as a gateway. */
  shared?: true;
  price(resource: SetResource, desk: Desk): void;
}

/** Where a type puts its lines. */
export interface Desk {
  readonly set: StackSet;
  /** The name that lines of this resource have. */
  readonly name: string;
  charge(charge: Charge): void;
  /** Says that something of it has no figure. Never ignore anything silently. */
  unknown(reason: string): void;
  /** What is expected of this resource; the assumption stands beside the next line that is charged. */
  expect(key: ExpectationKey, preset?: Columns): Columns;
  /** Whether a user has said it. */
  isSaid(key: ExpectationKey): boolean;
}

export interface Charge {
  item: string;
  /** Service and item in the price list. */
  price: readonly [service: string, item: string];
  /** In the unit of the price, for a month. */
  quantity: number | Columns;
  detail: string;
  /** Priced where no region is, as Route 53. */
  global?: true;
  /** @default that of the type */
  shared?: boolean;
}
