/** Security groups with all their rules, inline or resources of their own. */
import { asList, asNumber, asRecords, type Facts, type Resource } from "../facts.ts";
import { marksOf } from "../resolve.ts";
import { everywhere, rangeOf, type Range } from "./addresses.ts";

/** Ports of a protocol, both ends included. */
export interface Ports {
  /** `tcp`, `udp`, or `any`. */
  protocol: string;
  from: number;
  to: number;
}

/** The other end of a rule. */
export type Peer = { kind: "group"; group: string } | { kind: "range"; cidr: string; range: Range } | { kind: "prefix-list"; id: string };

export interface GroupRule extends Ports {
  peer: Peer;
  /** The resource that holds the rule. */
  holder: Resource;
}

export interface Group {
  /** What the group is told apart by: `stack/LogicalId`, or its id where it is not in the templates. */
  id: string;
  /** Whether its rules are in the templates. */
  known: boolean;
  ingress: GroupRule[];
  egress: GroupRule[];
}

export type Side = "ingress" | "egress";

export interface Groups {
  of(id: string): Group;
  /** The rules of a group that may concern an end with some groups: those that name one of these, and those that name addresses. */
  concerning(id: string, side: Side, peers: readonly string[]): GroupRule[];
  all(): Iterable<Group>;
}

/** What tells a group apart: its `Ref` and its `GroupId` are the same. */
export function groupId(value: unknown): string | undefined {
  const [mark] = marksOf(value);
  if (mark) return `${mark.stack}/${mark.logicalId}`;
  return typeof value === "string" && value !== "" ? value : undefined;
}

export const groupIds = (value: unknown): string[] => asList(value).flatMap((one) => groupId(one) ?? []);

/** Made once for the facts of a system: several rules ask. */
export function securityGroups(facts: Facts): Groups {
  let groups = made.get(facts);
  if (!groups) made.set(facts, (groups = readGroups(facts)));
  return groups;
}

const made = new WeakMap<Facts, Groups>();

function readGroups(facts: Facts): Groups {
  const groups = new Map<string, Group>();
  const of = (id: string): Group => {
    let found = groups.get(id);
    if (!found) groups.set(id, (found = { id, known: false, ingress: [], egress: [] }));
    return found;
  };
  for (const resource of facts.ofType("AWS::EC2::SecurityGroup")) {
    const group = of(resource.id);
    group.known = true;
    const { SecurityGroupIngress: ingress, SecurityGroupEgress: egress } = resource.properties;
    for (const rule of asRecords(ingress)) group.ingress.push(...rules(rule, resource, "Source"));
    const out = asRecords(egress).flatMap((rule) => rules(rule, resource, "Destination"));
    // A group without a rule for what leaves lets all leave.
    if (asList(egress).length === 0) out.push({ protocol: "any", from: 0, to: 65_535, peer: anywhere, holder: resource });
    group.egress.push(...out);
  }
  for (const resource of facts.ofType("AWS::EC2::SecurityGroupIngress")) {
    const id = groupId(resource.properties["GroupId"]);
    if (id !== undefined) of(id).ingress.push(...rules(resource.properties, resource, "Source"));
  }
  for (const resource of facts.ofType("AWS::EC2::SecurityGroupEgress")) {
    const id = groupId(resource.properties["GroupId"]);
    if (id !== undefined) of(id).egress.push(...rules(resource.properties, resource, "Destination"));
  }
  const indexes = { ingress: new Map<string, Index>(), egress: new Map<string, Index>() };
  return {
    of,
    all: () => groups.values(),
    concerning(id, side, peers) {
      let index = indexes[side].get(id);
      if (!index) indexes[side].set(id, (index = indexOf(of(id)[side])));
      return peers.length === 0 ? index.others : [...index.others, ...peers.flatMap((peer) => index.byGroup.get(peer) ?? [])];
    },
  };
}

/** In large systems hundreds of programs have a rule each in the group of one database. */
interface Index {
  byGroup: Map<string, GroupRule[]>;
  others: GroupRule[];
}

function indexOf(rules: readonly GroupRule[]): Index {
  const index: Index = { byGroup: new Map(), others: [] };
  for (const rule of rules) {
    if (rule.peer.kind !== "group") index.others.push(rule);
    else {
      const alike = index.byGroup.get(rule.peer.group);
      if (alike) alike.push(rule);
      else index.byGroup.set(rule.peer.group, [rule]);
    }
  }
  return index;
}

const anywhere: Peer = { kind: "range", cidr: "0.0.0.0/0", range: everywhere };

function rules(rule: Readonly<Record<string, unknown>>, holder: Resource, side: "Source" | "Destination"): GroupRule[] {
  const ports = portsOf(rule);
  if (!ports) return [];
  const peers: Peer[] = [];
  const group = groupId(rule[`${side}SecurityGroupId`]);
  if (group !== undefined) peers.push({ kind: "group", group });
  for (const cidr of [rule["CidrIp"], rule["CidrIpv6"]]) {
    const range = rangeOf(cidr);
    if (range) peers.push({ kind: "range", cidr: String(cidr), range });
  }
  const list = rule[`${side}PrefixListId`];
  if (list !== undefined) peers.push({ kind: "prefix-list", id: String(list) });
  return peers.map((peer) => ({ ...ports, peer, holder }));
}

/** `undefined` for ICMP, which carries nothing to a program. */
function portsOf(rule: Readonly<Record<string, unknown>>): Ports | undefined {
  const protocol = String(rule["IpProtocol"] ?? "").toLowerCase();
  if (protocol === "-1" || protocol === "all") return { protocol: "any", from: 0, to: 65_535 };
  const name = { "6": "tcp", "17": "udp" }[protocol] ?? protocol;
  if (name !== "tcp" && name !== "udp") return undefined;
  const from = asNumber(rule["FromPort"]) ?? -1;
  const to = asNumber(rule["ToPort"]) ?? from;
  if (from < 0) return { protocol: name, from: 0, to: 65_535 };
  return { protocol: name, from, to };
}

/** The ports that both have, or nothing. */
export function common(one: Ports, other: Ports): Ports | undefined {
  if (one.protocol !== other.protocol && one.protocol !== "any" && other.protocol !== "any") return undefined;
  const from = Math.max(one.from, other.from);
  const to = Math.min(one.to, other.to);
  return from > to ? undefined : { protocol: one.protocol === "any" ? other.protocol : one.protocol, from, to };
}

/** `5432`, `8000-8010`, `udp 53`, `every port`. */
export function portsText({ protocol, from, to }: Ports): string {
  if (from === 0 && to === 65_535) return protocol === "any" ? "every port" : `every ${protocol} port`;
  return `${protocol === "udp" ? "udp " : ""}${from === to ? from : `${from}-${to}`}`;
}
