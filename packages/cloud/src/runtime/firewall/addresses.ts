/** Client addresses, and the sets of networks they are looked up in. */
import { isIP } from "node:net";

export interface AddressSet {
  has(address: string): boolean;
}

/** A network by its first address and the length of its prefix; `undefined` for what is none. */
export function parseNetwork(text: string): { version: 4 | 6; value: bigint; prefix: number } | undefined {
  const [address = "", length, more] = text.split("/");
  const version = isIP(address);
  if (version === 0 || more !== undefined || address.includes("%")) return undefined;
  const bits = version === 4 ? 32 : 128;
  if (length !== undefined && !/^\d{1,3}$/u.test(length)) return undefined;
  const prefix = length === undefined ? bits : Number(length);
  if (prefix > bits) return undefined;
  const value = version === 4 ? BigInt(numberOf(address)) : valueOf6(address);
  return { version: version as 4 | 6, value: (value >> BigInt(bits - prefix)) << BigInt(bits - prefix), prefix };
}

/** Members that are no networks are left out. */
export function addressSet(networks: readonly string[]): AddressSet {
  const by4 = new Map<number, Set<number>>();
  const by6 = new Map<number, Set<bigint>>();
  for (const text of networks) {
    const network = parseNetwork(text);
    if (network?.version === 4) entry(by4, network.prefix).add(Number(network.value));
    else if (network) entry(by6, network.prefix).add(network.value);
  }
  return {
    has(given) {
      const address = plainAddress(given);
      const version = isIP(address);
      if (version === 4 && by4.size > 0) {
        const value = numberOf(address);
        for (const [prefix, values] of by4) if (values.has(prefix === 0 ? 0 : (value & (-1 << (32 - prefix))) >>> 0)) return true;
      } else if (version === 6 && by6.size > 0) {
        const value = valueOf6(address);
        for (const [prefix, values] of by6) if (values.has((value >> BigInt(128 - prefix)) << BigInt(128 - prefix))) return true;
      }
      return false;
    },
  };
}

function entry<V>(map: Map<number, Set<V>>, prefix: number): Set<V> {
  let found = map.get(prefix);
  if (!found) map.set(prefix, (found = new Set()));
  return found;
}

/** Without the `::ffff:` of IPv4 in IPv6. */
export const plainAddress = (address: string) => (address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address);

const numberOf = (address: string) => address.split(".").reduce((value, part) => value * 256 + Number(part), 0);

function valueOf6(address: string): bigint {
  const dotted = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/u.exec(address);
  const text = dotted
    ? address.slice(0, dotted.index) + [0, 2].map((at) => (Number(dotted[at + 1]) * 256 + Number(dotted[at + 2])).toString(16)).join(":")
    : address;
  const [head = "", tail] = text.split("::");
  const groups = (part: string) => (part === "" ? [] : part.split(":"));
  const left = groups(head);
  const right = tail === undefined ? [] : groups(tail);
  const all = tail === undefined ? left : [...left, ...Array.from({ length: 8 - left.length - right.length }, () => "0"), ...right];
  return all.reduce((value, group) => (value << 16n) | BigInt(parseInt(group, 16)), 0n);
}
