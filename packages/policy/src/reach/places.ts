/** The places of a system: what in its templates opens connections or takes them. */
import type { Facts } from "../facts.ts";
import { internet, type Place } from "./place.ts";
import { balancers } from "./places/load-balancers.ts";
import { distributions } from "./places/distributions.ts";
import { endpoints } from "./places/endpoints.ts";
import { programs } from "./places/programs.ts";
import { stores } from "./places/stores.ts";
import type { Subnet } from "./routes.ts";

export type UnnamedPlace = Omit<Place, "name"> & { logicalId: string };

/** In the order in which people think of them: from outside in. */
export function placesOf(facts: Facts, subnet: (id: string) => Subnet): Place[] {
  const some = [...balancers(facts), ...programs(facts, subnet), ...stores(facts), ...endpoints(facts)];
  return [internet, ...named([...distributions(facts, some), ...some])];
}

/**
 * A thing of the app lends its name to one place: to that which is called like it, else to the first. What stands beside is called by its
 * logical id, the first letter small.
 */
function named(places: readonly UnnamedPlace[]): Place[] {
  const main = new Map<string, UnnamedPlace>();
  for (const place of places) {
    if (place.key === undefined || rank(place) < 0) continue;
    const before = main.get(place.key);
    if (!before || rank(place) > rank(before)) main.set(place.key, place);
  }
  const taken = new Set<string>(["internet"]);
  return places.map(({ logicalId, ...place }) => {
    const { key } = place;
    const isMain = key !== undefined && main.get(key)?.id === place.id;
    const short = isMain
      ? key
      : place.source !== undefined || key !== undefined
        ? logicalId.charAt(0).toLowerCase() + logicalId.slice(1)
        : logicalId;
    const name = taken.has(short) ? place.id : short;
    taken.add(name);
    return { name, ...place };
  });
}

/** How much a place is the thing itself. */
function rank({ key, logicalId, type, kind }: UnnamedPlace): number {
  if (kind === "endpoint") return -1; // the network's
  if (logicalId.replace(/V?\d+$/, "").toLowerCase() === key!.toLowerCase()) return 2;
  if (type === "AWS::EC2::Instance") return -1; // one that stands beside the thing, as the network's bastion
  return type === "AWS::ECS::Service" ? 1 : 0;
}
