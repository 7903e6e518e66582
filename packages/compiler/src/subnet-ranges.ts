/** The address ranges of the subnets. */
import type { Subnets } from "@plinth/language";

export interface SubnetRanges {
  readonly public: readonly string[];
  readonly private: readonly string[];
  readonly database: readonly string[];
  /** Data stands in the private subnets. */
  readonly databaseIsPrivate: boolean;
  /** What is wrong with what was given. */
  readonly faults: readonly string[];
}

interface Range {
  readonly text: string;
  readonly first: number;
  readonly last: number;
}

/** A CIDR block as numbers, or `undefined` where the text is none. */
function parseRange(text: string): Range | undefined {
  const found = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  if (!found) return undefined;
  const octets = found.slice(1, 5).map(Number);
  const bits = Number(found[5]);
  if (octets.some((octet) => octet > 255) || bits > 32) return undefined;
  const address = octets.reduce((sum, octet) => sum * 256 + octet, 0);
  const count = 2 ** (32 - bits);
  return address % count === 0 ? { text, first: address, last: address + count - 1 } : undefined;
}

function format(first: number, bits: number): string {
  return `${[24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join(".")}/${bits}`;
}

/**
 * Ranges for each kind of subnet, one for each zone. The defaults are blocks in order: public first, then private, then database; /24 in a /16,
 * and a sixteenth of a smaller network. With three zones the blocks are three each.
 */
export function subnetRanges({
  cidr,
  zones,
  given,
  withPrivate,
}: {
  cidr: string;
  zones: number;
  given: Subnets | undefined;
  withPrivate: boolean;
}): SubnetRanges {
  const faults: string[] = [];
  const all = parseRange(cidr);
  const bits = Number(cidr.split("/")[1]);
  if (!all || bits < 16 || bits > 24) {
    faults.push(`"${cidr}" cannot be the network's range: write one from /16 to /24 that begins on its own boundary, like "10.0.0.0/16"`);
    return { public: [], private: [], database: [], databaseIsPrivate: false, faults };
  }
  const blockBits = Math.min(Math.max(24, bits + 4), 28);
  const block = (number: number): string => format(all.first + number * 2 ** (32 - blockBits), blockBits);
  const blocks = (kind: number): string[] => Array.from({ length: zones }, (_, i) => block(kind * zones + i));

  const databaseIsPrivate = given?.private !== undefined && given.database === undefined;
  const ranges = {
    public: given?.public ?? blocks(0),
    private: withPrivate ? (given?.private ?? blocks(1)) : [],
    database: databaseIsPrivate ? [] : (given?.database ?? blocks(2)),
  };
  const seen: Range[] = [];
  for (const [kind, list] of Object.entries(ranges)) {
    if (list.length === 0) continue;
    if (list.length !== zones) faults.push(`subnets.${kind} has ${list.length} ranges: give one for each of ${zones} zones`);
    for (const text of list) {
      const range = parseRange(text);
      const size = Number(text.split("/")[1]);
      if (!range || size < 16 || size > 28) {
        faults.push(`subnets.${kind}: "${text}" is no range from /16 to /28 that begins on its own boundary`);
        continue;
      }
      if (range.first < all.first || range.last > all.last) faults.push(`subnets.${kind}: ${text} lies outside ${cidr}`);
      const other = seen.find((one) => one.first <= range.last && range.first <= one.last);
      if (other) faults.push(`subnets.${kind}: ${text} and ${other.text} overlap`);
      seen.push(range);
    }
  }
  return { ...ranges, databaseIsPrivate, faults };
}
