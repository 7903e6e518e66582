/** AWS::EC2::VPCEndpoint: an interface endpoint costs by zone and hour, and by what goes through it; a gateway endpoint nothing. */
import { times, written } from "../columns.ts";
import { hoursPerMonth } from "../price-list.ts";
import type { PricedType } from "../priced-type.ts";
import { list, text } from "../reading.ts";

export const vpcEndpoint: PricedType = {
  shared: true,
  price(endpoint, desk) {
    const { properties } = endpoint;
    const type = text(properties, "VpcEndpointType") ?? "Gateway";
    if (type === "Gateway") return;
    if (type !== "Interface") return desk.unknown(`an endpoint of the type ${type} has no prices here`);
    const zones = list(properties, "SubnetIds").length;
    if (zones === 0) return desk.unknown("its subnets are not known, and so not in how many zones it stands");
    const service = (text(properties, "ServiceName") ?? "").split(".").slice(3).join(".") || endpoint.logicalId;
    desk.charge({
      item: "endpoint hours",
      price: ["vpcEndpoint.interface", "hour"],
      quantity: zones * hoursPerMonth,
      detail: `${service} × ${zones} ${zones === 1 ? "zone" : "zones"}`,
    });
    const all = desk.set.ofType(endpoint.type).filter((one) => text(one.properties, "VpcEndpointType") === "Interface").length;
    const data = desk.expect("endpointGB");
    desk.charge({
      item: "endpoint data",
      price: ["vpcEndpoint.interface", "gb"],
      quantity: times(data, 1 / all),
      detail: `${written(data.expected / all)} GB`,
    });
  },
};
