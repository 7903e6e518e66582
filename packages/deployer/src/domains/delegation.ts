/**
 * Whether the internet finds a zone: the name servers that DNS names for it are those that Route 53 has given it. A certificate whose
 * zone is not found waits for hours and then fails, so this is asked before anything waits.
 */
import type { Aws } from "../aws.ts";
import { delegatedIn, type HostedZone, nameServersOf, zoneAbove } from "./hosted-zone.ts";

export interface Delegation {
  zone: HostedZone;
  /** Those that Route 53 has given to the zone. */
  own: string[];
  /** Those that DNS names, or the zone above. */
  found: string[];
  /**
   * `missing`: nobody leads to it. `wrong`: what leads to it names others. `broken`: those that are named do not answer for it.
   * `unknown`: DNS could not be asked.
   */
  state: "right" | "missing" | "wrong" | "broken" | "unknown";
  /** The zone of this account that should lead to it; else its registrar does. */
  above: HostedZone | undefined;
}

/** Asks DNS for the name servers of a zone. @throws an error with a code of node:dns. */
export type AskNameServers = (zone: string) => Promise<string[]>;

const patienceMs = 5_000;

/** On AWS by the resolver of this machine, else by the DNS server of the embedded cloud. */
export async function nameServerLookup(aws: Aws): Promise<AskNameServers> {
  const { Resolver } = await import("node:dns/promises");
  const resolver = new Resolver({ timeout: patienceMs, tries: 2 });
  if (aws.embedded !== undefined) {
    const response = await fetch(new URL("/_plinth/dns", aws.embedded), { signal: AbortSignal.timeout(patienceMs) });
    const { address, port } = (await response.json()) as { address?: string; port?: number };
    if (address === undefined) throw Object.assign(new Error("the embedded cloud answers no DNS"), { code: "ECONNREFUSED" });
    resolver.setServers([`${address}:${port}`]);
  }
  return (zone) => resolver.resolveNs(zone);
}

export async function delegationOf(aws: Aws, zone: HostedZone, ask: AskNameServers): Promise<Delegation> {
  const [own, above] = await Promise.all([nameServersOf(aws, zone), zoneAbove(aws, zone.name)]);
  const of = (state: Delegation["state"], found: readonly string[] = []): Delegation => ({ zone, own, above, state, found: [...found] });
  // What this account's own zone above says is known without DNS, and at once.
  const handedOn = above && (await delegatedIn(aws, above, zone.name));
  if (above && !handedOn) return of("missing");
  if (handedOn && !sameServers(handedOn, own)) return of("wrong", handedOn);
  try {
    const found = await ask(zone.name);
    return of(sameServers(found, own) ? "right" : "wrong", found);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOTFOUND" || code === "ENODATA") return of("missing");
    return of(code === "ESERVFAIL" || code === "EREFUSED" ? "broken" : "unknown");
  }
}

/** In any order; of those that are named none may be another's. */
function sameServers(found: readonly string[], own: readonly string[]): boolean {
  const plain = (name: string) => name.toLowerCase().replace(/\.$/, "");
  const ours = new Set(own.map(plain));
  return found.length > 0 && found.every((name) => ours.has(plain(name)));
}

/** What is wrong, in a sentence. */
export function delegationFault({ zone, found, state, above }: Delegation): string {
  const who = above ? `the zone ${above.name} of this account` : "its registrar";
  switch (state) {
    case "wrong":
      return `The domain ${zone.name} does not lead to its zone in Route 53: ${who} names ${found.join(", ")}.`;
    case "broken":
      return `The domain ${zone.name} leads to name servers that do not answer for it.`;
    default:
      return `Nothing leads to the zone ${zone.name} in Route 53: ${who} names no name servers for it.`;
  }
}

/** What to do; the records themselves are `delegationRecords`. */
export function delegationRemedy({ zone, above }: Delegation): string {
  return above
    ? `Let the NS record ${zone.name} of the zone ${above.name} have the values below`
    : `At the registrar of ${zone.name} (or in the zone above it), set the name servers below`;
}

export const delegationRecords = ({ zone, own }: Delegation): string[] => own.map((server) => `${zone.name} NS ${server}`);
