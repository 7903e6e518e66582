/**
 * Who may open a connection to whom: out of one group, into the other. What very many programs share, they share by a group of its own, since
 * AWS takes 60 rules in and 60 out for a group and 5 groups for a network interface (docs/decisions/0040).
 */
import type { Draft } from "./draft.ts";
import type { Origin } from "./origin.ts";
import { kebab } from "./names.ts";
import type { Value } from "./value.ts";

/** What stands at one end of a connection. */
export interface End {
  readonly id: string;
  readonly group: Value;
  readonly origin: Origin;
  /** Whether it may be in more groups than its own, and change them without being replaced: a program on ECS. */
  readonly joins: boolean;
}

export interface Connection {
  readonly from: End;
  readonly to: End;
  readonly port: number;
}

/** So many rules of a group may be alike, one for each program: room is left for what else it lets pass. */
export const mostAlike = 40;
/** In so many groups beside its own a program may be. */
const mostShared = 4;

/** Very many programs at one end, a thing at the other: with one group for all of them the thing needs one rule. */
interface Crowd {
  readonly thing: End;
  readonly side: "clients" | "targets";
  readonly port: number;
  /** The programs' ids. */
  readonly members: Set<string>;
}

export interface Connections {
  /** Adds what lets a connection pass. */
  add(connection: Connection): void;
  /** The shared groups that a program is in, by its id. */
  sharedBy(id: string): readonly Value[];
}

/** @param wanted all connections that will be added */
export function connectionsOf(
  draft: Draft,
  wanted: readonly Connection[],
  group: (id: string, origin: Origin, suffix: string) => Value,
): Connections {
  const crowdOf = crowds(wanted);
  const shared = new Map<Crowd, Value>();
  const joined = new Map<string, Value[]>();

  const rules = ({ from, to, port }: Connection, origin: Origin): void => {
    draft.add("network", `${from.id}To${to.id}`, origin, (here) => ({
      Type: "AWS::EC2::SecurityGroupEgress",
      Properties: {
        GroupId: here.take(from.group),
        IpProtocol: "tcp",
        FromPort: port,
        ToPort: port,
        DestinationSecurityGroupId: here.take(to.group),
        Description: `${from.id} to ${to.id}`,
      },
    }));
    draft.add("network", `${to.id}From${from.id}`, origin, (here) => ({
      Type: "AWS::EC2::SecurityGroupIngress",
      Properties: {
        GroupId: here.take(to.group),
        IpProtocol: "tcp",
        FromPort: port,
        ToPort: port,
        SourceSecurityGroupId: here.take(from.group),
        Description: `${to.id} from ${from.id}`,
      },
    }));
  };

  /** The group that the members share; the thing's rules for it are made with it. */
  const groupOf = (crowd: Crowd): Value => {
    const found = shared.get(crowd);
    if (found) return found;
    const { thing, side, port } = crowd;
    const { override: _, ...origin } = thing.origin;
    const id = side === "clients" ? `${thing.id}Clients` : `${thing.id}Targets${port}`;
    const made = group(id, origin, `${kebab(origin.key)}-${side === "clients" ? side : `${side}-${port}`}`);
    const all: End = { id, group: made, origin, joins: false };
    rules(side === "clients" ? { from: all, to: thing, port } : { from: thing, to: all, port }, origin);
    shared.set(crowd, made);
    return made;
  };

  return {
    add(connection) {
      const { from, to } = connection;
      const crowd = crowdOf(connection);
      if (!crowd) return rules(connection, from.origin);
      const { id } = crowd.side === "clients" ? from : to;
      joined.set(id, [...(joined.get(id) ?? []), groupOf(crowd)]);
    },
    sharedBy: (id) => joined.get(id) ?? [],
  };
}

/** The crowd that a connection is one of. The greatest goes first where a program would be in too many groups. */
function crowds(wanted: readonly Connection[]): (connection: Connection) => Crowd | undefined {
  const byKey = new Map<string, Crowd>();
  const keyOf = (side: Crowd["side"], thing: End, port: number): string => `${side} ${thing.id} ${port}`;
  const count = (side: Crowd["side"], thing: End, port: number, member: End): void => {
    if (!member.joins) return;
    const key = keyOf(side, thing, port);
    let crowd = byKey.get(key);
    if (!crowd) byKey.set(key, (crowd = { thing, side, port, members: new Set() }));
    crowd.members.add(member.id);
  };
  for (const { from, to, port } of wanted) {
    count("clients", to, port, from);
    count("targets", from, port, to);
  }
  const inCrowds = new Map<string, Set<Crowd>>();
  for (const crowd of [...byKey.values()].toSorted((a, b) => b.members.size - a.members.size)) {
    if (crowd.members.size <= mostAlike) break;
    for (const member of crowd.members) {
      const those = inCrowds.get(member) ?? new Set();
      if (those.size < mostShared) inCrowds.set(member, those.add(crowd));
    }
  }
  return ({ from, to, port }) => {
    const asClient = byKey.get(keyOf("clients", to, port));
    if (asClient && inCrowds.get(from.id)?.has(asClient)) return asClient;
    const asTarget = byKey.get(keyOf("targets", from, port));
    return asTarget && inCrowds.get(to.id)?.has(asTarget) ? asTarget : undefined;
  };
}
