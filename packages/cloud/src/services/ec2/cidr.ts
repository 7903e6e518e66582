/** Address blocks: reading, comparing, allocating. IPv4 and IPv6 alike, as big integers. */

export interface Cidr {
  version: 4 | 6;
  /** The first address. */
  base: bigint;
  /** 0–32, or 0–128. */
  prefix: number;
}

/** The block that `text` writes (`10.0.0.0/16`, `fd00::/8`); `undefined` when it is none. */
export function parseCidr(text: string): Cidr | undefined {
  const [address, length, more] = text.split("/");
  if (address === undefined || length === undefined || more !== undefined || !/^\d{1,3}$/.test(length)) return undefined;
  const value = parseAddress(address);
  if (!value) return undefined;
  const bits = value.version === 4 ? 32 : 128;
  const prefix = Number(length);
  if (prefix > bits) return undefined;
  const rest = BigInt(bits - prefix);
  const base = (value.value >> rest) << rest;
  return { version: value.version, base, prefix };
}

export function parseAddress(text: string): { version: 4 | 6; value: bigint } | undefined {
  if (text.includes(":")) return parseIpv6(text);
  const parts = text.split(".");
  if (parts.length !== 4 || parts.some((part) => !/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255)) return undefined;
  return { version: 4, value: parts.reduce((sum, part) => (sum << 8n) | BigInt(part), 0n) };
}

function parseIpv6(text: string): { version: 6; value: bigint } | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const groups = (half: string | undefined) => (half ? half.split(":") : []);
  const head = groups(halves[0]);
  const tail = groups(halves[1]);
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const all = [...head, ...Array.from({ length: Math.max(0, missing) }, () => "0"), ...tail];
  if (all.some((group) => !/^[0-9a-fA-F]{1,4}$/.test(group))) return undefined;
  return { version: 6, value: all.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n) };
}

export function formatAddress(version: 4 | 6, value: bigint): string {
  if (version === 4) return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join(".");
  const groups = Array.from({ length: 8 }, (_, index) => Number((value >> BigInt(112 - 16 * index)) & 0xffffn).toString(16));
  // RFC 5952: the longest run of two or more zero groups, the first of equals, becomes `::`.
  let best = { start: -1, length: 1 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === "0") length++;
    if (length > best.length) best = { start, length };
  }
  if (best.start < 0) return groups.join(":");
  return `${groups.slice(0, best.start).join(":")}::${groups.slice(best.start + best.length).join(":")}`;
}

export const formatCidr = (cidr: Cidr) => `${formatAddress(cidr.version, cidr.base)}/${cidr.prefix}`;

const bitsOf = (cidr: Cidr) => (cidr.version === 4 ? 32 : 128);

/** How many addresses are in it. */
export const sizeOf = (cidr: Cidr) => 1n << BigInt(bitsOf(cidr) - cidr.prefix);

export const contains = (outer: Cidr, inner: Cidr) =>
  outer.version === inner.version && outer.prefix <= inner.prefix && inner.base >= outer.base && inner.base < outer.base + sizeOf(outer);

export const overlaps = (a: Cidr, b: Cidr) => contains(a, b) || contains(b, a);

export function containsAddress(cidr: Cidr, address: string): boolean {
  const parsed = parseAddress(address);
  return parsed?.version === cidr.version && parsed.value >= cidr.base && parsed.value < cidr.base + sizeOf(cidr);
}
