/** Where a subnet's routes lead, and in which network and range it lies. */
import { asList, type Facts, type Resource } from "../facts.ts";
import { marksOf } from "../resolve.ts";
import { rangeOf, type Range } from "./addresses.ts";

export type WayOut = "gateway" | "nat" | "none" | "unknown";

export interface Subnet {
  id: string;
  /** The network; `undefined` where the templates do not say. */
  network: string | undefined;
  range: Range | undefined;
  zone: string | undefined;
  /** The default route: to an internet gateway, to a NAT gateway that has one, nowhere. */
  wayOut: WayOut;
  /** Whether new machines in it get public addresses by themselves. */
  mapsPublic: boolean;
  routeTable: string | undefined;
}

/** The id of what a value names, or the value itself. */
export function idOf(value: unknown): string | undefined {
  const [mark] = marksOf(value);
  if (mark) return `${mark.stack}/${mark.logicalId}`;
  return typeof value === "string" && value !== "" ? value : undefined;
}

export const idsOf = (value: unknown): string[] => asList(value).flatMap((one) => idOf(one) ?? []);

export function subnetsOf(facts: Facts): (id: string) => Subnet {
  const tableOf = new Map<string, string>();
  for (const { properties } of facts.ofType("AWS::EC2::SubnetRouteTableAssociation")) {
    const subnet = idOf(properties["SubnetId"]);
    const table = idOf(properties["RouteTableId"]);
    if (subnet !== undefined && table !== undefined) tableOf.set(subnet, table);
  }
  const defaults = new Map<string, Resource[]>();
  for (const route of facts.ofType("AWS::EC2::Route")) {
    const { DestinationCidrBlock: block, DestinationIpv6CidrBlock: block6, RouteTableId: table } = route.properties;
    const id = idOf(table);
    if (id !== undefined && (block === "0.0.0.0/0" || block6 === "::/0")) defaults.set(id, [...(defaults.get(id) ?? []), route]);
  }
  const known = new Map<string, Subnet>();

  const throughGateway = (table: string | undefined): boolean =>
    (defaults.get(table ?? "") ?? []).some(({ properties }) => properties["GatewayId"] !== undefined);

  function wayOut(table: string | undefined): WayOut {
    if (table === undefined) return "none"; // the network's own table has no way out unless somebody gives it one
    const routes = defaults.get(table) ?? [];
    if (throughGateway(table)) return "gateway";
    for (const { properties } of routes) {
      if (properties["NatGatewayId"] === undefined) continue;
      const nat = facts.named(properties["NatGatewayId"]);
      if (!nat) return "nat"; // not in these templates: taken to work
      if (nat.properties["ConnectivityType"] !== "private" && throughGateway(tableOf.get(idOf(nat.properties["SubnetId"]) ?? "")))
        return "nat";
    }
    if (routes.some(({ properties }) => properties["NatGatewayId"] === undefined)) return "unknown"; // a transit gateway, an appliance
    return "none";
  }

  return (id) => {
    const found = known.get(id);
    if (found) return found;
    const [stack = "", logicalId = ""] = id.split("/");
    const resource = facts.find(stack, logicalId);
    const declared = resource?.type === "AWS::EC2::Subnet" ? resource : undefined;
    const subnet: Subnet = {
      id,
      network: declared && idOf(declared.properties["VpcId"]),
      range: declared && rangeOf(declared.properties["CidrBlock"]),
      zone: declared && (declared.properties["AvailabilityZone"] as string | undefined),
      wayOut: declared ? wayOut(tableOf.get(id)) : "unknown",
      mapsPublic: declared?.properties["MapPublicIpOnLaunch"] === true || declared?.properties["MapPublicIpOnLaunch"] === "true",
      routeTable: tableOf.get(id),
    };
    known.set(id, subnet);
    return subnet;
  };
}
