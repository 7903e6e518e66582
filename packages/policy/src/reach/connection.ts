/** Whether one place can open a connection to another, by addresses, routes and rules; and if not, everything that stands in the way. */
import { holdsPublic, overlap, type Range } from "./addresses.ts";
import { common, portsText, type GroupRule, type Groups, type Ports, type Side } from "./groups.ts";
import { internet, type Place } from "./place.ts";
import type { Subnet } from "./routes.ts";

export interface Net {
  groups: Groups;
  subnet: (id: string) => Subnet;
  /** Whether two networks are joined. */
  peered: (one: string, other: string) => boolean;
}

export interface Connection {
  /** On which ports; none: it cannot. */
  ports: Ports[];
  /** Only from these addresses, where it is from the internet and not from all of it. */
  onlyFrom?: string[];
  /** What stands in the way, one sentence each; empty where it can. */
  blocked: string[];
  /** Names of the rules that let it pass. */
  by: string[];
}

export function connection(net: Net, from: Place, to: Place): Connection {
  if (from.forwardsTo) return forwarded(net, from, to);
  if (to.outside && to !== internet) return outward(net, from, to);
  if (standsOutside(from)) return to === internet ? open(to.listens) : inward(net, from, to, to.listens);
  if (to === internet) return outward(net, from, to);
  const inside = within(net, from, to, to.listens);
  if (inside.ports.length > 0 || !to.publicAddress) return inside;
  const around = overInternet(net, from, to);
  return around.ports.length > 0 ? around : inside;
}

/** What AWS runs outside of networks may still have an entrance into one, for what it calls. */
const standsOutside = (from: Place): boolean => from.outside === true && from.subnets.length === 0;

const open = (ports: readonly Ports[], by: string[] = []): Connection => ({ ports: [...ports], blocked: [], by });
const closed = (...blocked: string[]): Connection => ({ ports: [], blocked, by: [] });

/** A forwarder speaks to its targets alone, and to them by the rules of its groups. */
function forwarded(net: Net, from: Place, to: Place): Connection {
  const target = from.forwardsTo!.find(({ id }) => id === to.id);
  if (!target) return closed(`${from.name} hands nothing on to ${to.name}`);
  if (to.outside) return open(target.ports);
  const ports = target.ports.length > 0 ? target.ports : to.listens;
  return from.outside ? inward(net, from, to, ports) : within(net, from, to, ports);
}

/** From outside of every network. */
function inward({ groups, subnet }: Net, from: Place, to: Place, listens: readonly Ports[]): Connection {
  const blocked: string[] = [];
  if (!to.publicAddress) blocked.push(`${to.name} has no public address`);
  const ways = to.subnets.map((id) => subnet(id).wayOut);
  if (ways.length > 0 && ways.every((way) => way === "nat" || way === "none")) {
    blocked.push(`the subnets of ${to.name} have no route to an internet gateway`);
  }
  if (listens.length === 0) blocked.push(`${to.name} listens on no port`);
  const passing = (rule: GroupRule) =>
    rule.peer.kind === "range"
      ? holdsPublic(rule.peer.range)
      : rule.peer.kind === "prefix-list" && from.kind === "distribution" && rule.peer.id.includes("cloudfront");
  const { ports, rules } = allowed(groups, to, listens, passing, "ingress", []);
  if (listens.length > 0 && ports.length === 0) blocked.push(noWayIn(groups, from, to, listens));
  if (blocked.length > 0) return closed(...blocked);
  const only = rules.flatMap(({ peer }) => (peer.kind === "range" ? [peer.cidr] : []));
  const all = to.groups.length === 0 || only.some((cidr) => cidr.endsWith("/0")) || from.kind === "distribution";
  return { ports, blocked, by: names(rules), ...(!all && { onlyFrom: [...new Set(only)] }) };
}

/** To the internet, or to what AWS offers there. */
function outward({ groups, subnet }: Net, from: Place, to: Place): Connection {
  if (standsOutside(from)) return open(to.listens);
  const blocked: string[] = [];
  const ways = from.subnets.map((id) => subnet(id).wayOut);
  const leads = (way: string) => way === "nat" || way === "unknown" || (way === "gateway" && from.publicAddress);
  if (ways.length > 0 && !ways.some(leads)) {
    blocked.push(
      ways.includes("gateway")
        ? `${from.name} has no public address, and its subnets lead to an internet gateway only`
        : `the subnets of ${from.name} have no way to the internet`,
    );
  }
  const { ports, rules } = allowed(groups, from, to.listens, isPublic, "egress", []);
  if (ports.length === 0) blocked.push(noWayOut(groups, from, to, to.listens));
  return blocked.length > 0 ? closed(...blocked) : open(ports, names(rules));
}

const isPublic = (rule: GroupRule) => rule.peer.kind === "range" && holdsPublic(rule.peer.range);

/** Out to the internet and in again, to a public address. */
function overInternet(net: Net, from: Place, to: Place): Connection {
  const out = outward(net, from, internet);
  const back = inward(net, internet, to, to.listens);
  const ports = out.ports.flatMap((one) => back.ports.flatMap((other) => common(one, other) ?? []));
  return ports.length > 0 ? open(ports, [...out.by, ...back.by]) : closed(...out.blocked, ...back.blocked);
}

/** Between two places of one network, or of joined ones: the one's groups let it out, the other's let it in. */
function within({ groups, subnet, peered }: Net, from: Place, to: Place, listens: readonly Ports[]): Connection {
  const [here, there] = [from, to].map((place) => new Set(place.subnets.flatMap((id) => subnet(id).network ?? [])));
  if (
    here!.size > 0 &&
    there!.size > 0 &&
    ![...here!].some((network) => there!.has(network) || [...there!].some((other) => peered(network, other)))
  ) {
    return closed(`${from.name} and ${to.name} stand in different networks`);
  }
  if (listens.length === 0) return closed(`${to.name} listens on no port`);
  const ranges = (place: Place): Range[] => place.subnets.flatMap((id) => subnet(id).range ?? []);
  const covers = (rule: GroupRule, place: Place) => {
    if (rule.peer.kind === "group") return place.groups.includes(rule.peer.group);
    if (rule.peer.kind !== "range") return false;
    const { range, cidr } = rule.peer;
    const known = ranges(place);
    return known.length > 0 ? known.some((one) => overlap(one, range)) : cidr.endsWith("/0");
  };
  const out = allowed(groups, from, listens, (rule) => covers(rule, to), "egress", to.groups);
  const into = allowed(groups, to, listens, (rule) => covers(rule, from), "ingress", from.groups);
  const ports = out.ports.flatMap((one) => into.ports.flatMap((other) => common(one, other) ?? []));
  if (ports.length > 0) return { ports: unique(ports), blocked: [], by: names([...out.rules, ...into.rules]) };
  const blocked = [
    ...(out.ports.length === 0 ? [noWayOut(groups, from, to, listens)] : []),
    ...(into.ports.length === 0 ? [noWayIn(groups, from, to, listens)] : []),
  ];
  return closed(...(blocked.length > 0 ? blocked : [`what ${from.name} may call and what ${to.name} takes are different ports`]));
}

/** What the groups of a place let in or out, of an end with some groups; without a group all passes (a load balancer for TCP has none). */
function allowed(
  groups: Groups,
  place: Place,
  listens: readonly Ports[],
  passes: (rule: GroupRule) => boolean,
  side: Side,
  peers: readonly string[],
): { ports: Ports[]; rules: GroupRule[] } {
  if (place.groups.length === 0) return { ports: [...listens], rules: [] };
  const ports: Ports[] = [];
  const rules: GroupRule[] = [];
  for (const id of place.groups) {
    for (const rule of groups.concerning(id, side, peers)) {
      if (!passes(rule)) continue;
      const here = listens.flatMap((one) => common(one, rule) ?? []);
      if (here.length === 0) continue;
      ports.push(...here);
      rules.push(rule);
    }
  }
  return { ports: unique(ports), rules };
}

const noWayOut = (groups: Groups, from: Place, to: Place, listens: readonly Ports[]) =>
  `no rule of ${groupsText(from)} lets ${from.name} out to ${to.name}${on(listens)}${foreign(groups, from)}`;

const noWayIn = (groups: Groups, from: Place, to: Place, listens: readonly Ports[]) =>
  `no rule of ${groupsText(to)} lets ${from.name === "internet" ? "the internet" : from.name} in${on(listens)}${foreign(groups, to)}`;

const on = (listens: readonly Ports[]) => (listens.length === 0 ? "" : ` on ${listens.map(portsText).join(", ")}`);

const groupsText = ({ groups, name }: Place) =>
  groups.length === 0 ? `${name}` : groups.map((id) => id.slice(id.lastIndexOf("/") + 1)).join(", ");

/** Rules of groups that stand elsewhere cannot be read here. */
function foreign(groups: Groups, { groups: ids }: Place): string {
  const unknown = ids.filter((id) => !groups.of(id).known);
  return unknown.length === 0 ? "" : ` (the rules of ${unknown.join(", ")} are not in these templates)`;
}

const names = (rules: readonly GroupRule[]) => [...new Set(rules.map(({ holder }) => holder.logicalId))];

function unique(ports: readonly Ports[]): Ports[] {
  if (ports.length < 2) return [...ports];
  return [...new Map(ports.map((one) => [portsText(one), one])).values()];
}
