/** The three columns of every figure: nobody uses it, what is expected, as much as the declared bounds allow. */

export interface Columns {
  idle: number;
  expected: number;
  busy: number;
}

export const everywhere = (value: number): Columns => ({ idle: value, expected: value, busy: value });

export const asColumns = (value: number | Columns): Columns => (typeof value === "number" ? everywhere(value) : value);

export const times = (columns: Columns, factor: number): Columns => ({
  idle: columns.idle * factor,
  expected: columns.expected * factor,
  busy: columns.busy * factor,
});

export const product = (one: Columns, other: Columns): Columns => ({
  idle: one.idle * other.idle,
  expected: one.expected * other.expected,
  busy: one.busy * other.busy,
});

export const most = (one: Columns, other: Columns): Columns => ({
  idle: Math.max(one.idle, other.idle),
  expected: Math.max(one.expected, other.expected),
  busy: Math.max(one.busy, other.busy),
});

export function sum(all: readonly Columns[]): Columns {
  const total = everywhere(0);
  for (const one of all) add(total, one);
  return total;
}

/** Adds to a sum. */
export function add(total: Columns, { idle, expected, busy }: Columns): void {
  total.idle += idle;
  total.expected += expected;
  total.busy += busy;
}

/** `2`, or `2–4` where the columns differ. */
export function range({ idle, busy }: Columns): string {
  const [low, high] = [written(idle), written(busy)];
  return low === high ? low : `${low}–${high}`;
}

/** At most three digits behind the point, none that say nothing. */
export const written = (value: number): string => String(Number(value.toFixed(3)));
