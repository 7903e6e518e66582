/** Ranges of IPv4 addresses. IPv6 counts only as "everywhere", `::/0`. */

export interface Range {
  first: number;
  last: number;
}

export const everywhere: Range = { first: 0, last: 0xffffffff };

/** The addresses of a block, `10.0.0.0/16`; of `::/0` all. `undefined` for what is no block. */
export function rangeOf(cidr: unknown): Range | undefined {
  if (cidr === "::/0") return everywhere;
  const [, a, b, c, d, bits] = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(String(cidr)) ?? [];
  if (bits === undefined) return undefined;
  const size = 2 ** (32 - Number(bits));
  const address = [a, b, c, d].reduce((sum, part) => sum * 256 + Number(part), 0);
  const first = Math.floor(address / size) * size;
  return { first, last: first + size - 1 };
}

export const overlap = (one: Range, other: Range): boolean => one.first <= other.last && other.first <= one.last;

/** What no host of the internet has: RFC 1918, RFC 6598, loopback, link-local, multicast and above. */
const notPublic = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "224.0.0.0/3",
]
  .map((cidr) => rangeOf(cidr)!)
  .toSorted((one, other) => one.first - other.first);

/** Whether some host of the internet may have an address of the range. */
export function holdsPublic({ first, last }: Range): boolean {
  let next = first;
  for (const range of notPublic) {
    if (range.last < next) continue;
    if (range.first > next) return true;
    next = range.last + 1;
    if (next > last) return false;
  }
  return next <= last;
}
