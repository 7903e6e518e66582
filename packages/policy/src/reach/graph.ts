/** Who can reach whom: the connections between all places, and the way from one to another. */
import type { Facts } from "../facts.ts";
import { overlap } from "./addresses.ts";
import { connection, type Connection } from "./connection.ts";
import { securityGroups, type Groups } from "./groups.ts";
import { isSource, type Place } from "./place.ts";
import { peerings } from "./peerings.ts";
import { placesOf } from "./places.ts";
import { subnetsOf, type Subnet } from "./routes.ts";

/** A connection that can be opened. */
export interface Edge extends Connection {
  from: Place;
  to: Place;
}

export interface Graph {
  places: readonly Place[];
  /** The connections that can be opened, from each place. */
  from(place: Place): readonly Edge[];
  /** The place of a name: of the app, or a logical id; upper and lower case are alike. */
  place(name: string): Place | undefined;
  /** What stands between two places, or does not. */
  connection(from: Place, to: Place): Connection;
}

export function graphOf(facts: Facts): Graph {
  const subnet = subnetsOf(facts);
  const groups = securityGroups(facts);
  const places = placesOf(facts, subnet);
  const net = { groups, subnet, peered: peerings(facts) };
  const sources = candidates(places, groups, subnet);
  const targets = new Map<Place, Place[]>(places.map((place) => [place, []]));
  for (const to of places) for (const from of sources(to)) if (from !== to) targets.get(from)!.push(to);
  // Who asks about the internet needs the connections of the internet, and of what forwards.
  const edges = new Map<Place, Edge[]>();
  const edgesFrom = (from: Place): Edge[] =>
    (targets.get(from) ?? []).flatMap((to) => {
      const found = connection(net, from, to);
      return found.ports.length > 0 ? [{ from, to, ...found }] : [];
    });
  let named: ReadonlyMap<string, Place> | undefined;
  return {
    places,
    from(place) {
      let found = edges.get(place);
      if (!found) edges.set(place, (found = edgesFrom(place)));
      return found;
    },
    place: (name) => (named ??= byName(places)).get(name.toLowerCase()),
    connection: (from, to) => connection(net, from, to),
  };
}

/** By logical id, id and name, in lower case; of what is called alike names go before. */
function byName(places: readonly Place[]): Map<string, Place> {
  const named = new Map<string, Place>();
  for (const place of places)
    for (const name of [place.id.slice(place.id.lastIndexOf("/") + 1), place.id]) named.set(name.toLowerCase(), place);
  for (const place of places) named.set(place.name.toLowerCase(), place);
  return named;
}

/** The places that may at all open a connection to one: by the rules that let something in, so that large systems stay quick. */
function candidates(places: readonly Place[], groups: Groups, subnet: (id: string) => Subnet): (to: Place) => Iterable<Place> {
  const sources = places.filter(isSource);
  const inGroup = new Map<string, Place[]>();
  for (const place of sources) for (const id of place.groups) inGroup.set(id, [...(inGroup.get(id) ?? []), place]);
  const byId = new Map(places.map((place) => [place.id, place]));
  const forwarders = new Map<Place, Place[]>();
  for (const place of sources) {
    for (const { id } of place.forwardsTo ?? []) {
      const to = byId.get(id);
      if (to) forwarders.set(to, [...(forwarders.get(to) ?? []), place]);
    }
  }
  const outside = sources.filter((place) => place.outside);
  // What has no entrance into a network reaches nothing there but what has a public address.
  const withEntrance = outside.filter(({ subnets }) => subnets.length > 0);
  return (to) => {
    if (to.outside || to.groups.length === 0) return sources;
    const found = new Set<Place>([...(forwarders.get(to) ?? []), ...(to.publicAddress ? outside : withEntrance)]);
    for (const rule of to.groups.flatMap((id) => groups.of(id).ingress)) {
      if (rule.peer.kind === "group") for (const place of inGroup.get(rule.peer.group) ?? []) found.add(place);
      if (rule.peer.kind !== "range") continue;
      const { cidr, range } = rule.peer;
      if (cidr.endsWith("/0") || to.publicAddress) return sources;
      for (const place of sources) if (place.subnets.some((id) => overlap(subnet(id).range ?? range, range))) found.add(place);
    }
    return found;
  };
}
