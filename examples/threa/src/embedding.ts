/** A small deterministic embedding: words and their three-letter pieces hashed into 64 directions. No model, no network. */
import { createHash } from "node:crypto";

export const dimensions = 64;

/** A vector of length 1 (the zero vector gets a first component, so that a distance to it exists). */
export function embed(text: string): number[] {
  const vector = Array.from({ length: dimensions }, () => 0);
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []) {
    add(vector, word, 2);
    const padded = `^${word}$`;
    for (let start = 0; start + 3 <= padded.length; start++) add(vector, padded.slice(start, start + 3), 1);
  }
  const length = Math.hypot(...vector);
  if (length === 0) return vector.with(0, 1);
  return vector.map((value) => Number((value / length).toFixed(6)));
}

function add(vector: number[], feature: string, weight: number): void {
  const digest = createHash("sha256").update(feature).digest();
  const index = digest[0]! % dimensions;
  vector[index]! += digest[1]! & 1 ? weight : -weight;
}
