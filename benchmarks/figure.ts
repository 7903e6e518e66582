/** What a benchmark reports: a measured value beside a reference taken in the same run, and the ratio that was promised. */
export interface Figure {
  name: string;
  /** Measured, as text with its unit. */
  ours: string;
  /** The reference, as text with its unit, and what it is. */
  reference: string;
  /** Ours divided by the reference, or the plain value where the promise is one. */
  value: number;
  /** The promise: `value` at most (or at least) this. */
  limit: { atMost: number } | { atLeast: number };
  unit?: string;
}

/** One benchmark: measures and tears down all that it started. */
export type Benchmark = () => Promise<Figure[]>;

export const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
export const ms = (value: number) => `${value.toFixed(value < 10 ? 1 : 0)} ms`;
