/** In production each zone has its own way out. */
import { idOf } from "../reach/routes.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::EC2::NatGateway"];

export const rule: Rule = {
  id: "nat-shared",
  severity: "medium",
  controls: [],
  production: true,
  types,
  reason: "When the zone of the gateway fails, programs in the other zones call nobody any more.",
  remedy: "One NAT gateway for each zone: in the app natGateways equal to zones.",
  find: each(types, (gateway, facts) => {
    const tables = facts.ofType("AWS::EC2::Route").filter(({ properties }) => facts.named(properties["NatGatewayId"])?.id === gateway.id);
    const through = new Set(tables.map(({ properties }) => idOf(properties["RouteTableId"])));
    const zones = new Set(
      facts
        .ofType("AWS::EC2::SubnetRouteTableAssociation")
        .filter(({ properties }) => through.has(idOf(properties["RouteTableId"])))
        .map(({ properties }) => facts.named(properties["SubnetId"])?.properties["AvailabilityZone"]),
    );
    return zones.size > 1 && `subnets in ${zones.size} zones go out through it`;
  }),
};
