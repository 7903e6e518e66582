/** AWS::ElasticLoadBalancingV2::LoadBalancer: its hours, its capacity units, and an address in each zone when it faces the internet. */
import { most, range, times } from "../columns.ts";
import { hoursPerMonth } from "../price-list.ts";
import type { PricedType } from "../priced-type.ts";
import { list, text } from "../reading.ts";

/** One capacity unit is 25 new connections a second, or 1 GB an hour, whichever is used more. */
const unit = { connectionsPerSecond: 25, gbPerHour: 1 };

export const loadBalancer: PricedType = {
  shared: true,
  price({ properties }, desk) {
    const type = text(properties, "Type") ?? "application";
    const kind = type === "application" ? "alb" : type === "network" ? "nlb" : undefined;
    if (!kind) return desk.unknown(`a load balancer of the type ${type} has no prices here`);
    const name = kind.toUpperCase();
    desk.charge({
      item: `${name} hours`,
      price: [kind, "hour"],
      quantity: hoursPerMonth,
      detail: kind === "alb" ? "application load balancer" : "network load balancer",
    });
    let units = desk.expect("loadBalancerUnits");
    if (desk.isSaid("requestsPerSecond")) units = most(units, times(desk.expect("requestsPerSecond"), 1 / unit.connectionsPerSecond));
    if (desk.isSaid("dataOutGB")) units = most(units, times(desk.expect("dataOutGB"), 1 / hoursPerMonth / unit.gbPerHour));
    desk.charge({
      item: `${name} capacity units`,
      price: [kind, "lcuHour"],
      quantity: times(units, hoursPerMonth),
      detail: `${range(units)} units`,
    });
    if (text(properties, "Scheme") === "internal") return;
    const zones = list(properties, "Subnets").length + list(properties, "SubnetMappings").length;
    if (zones === 0) return desk.unknown("its subnets are not known, and so not in how many zones it has a public address");
    desk.charge({
      item: "public IPv4",
      price: ["publicIpv4", "hour"],
      quantity: zones * hoursPerMonth,
      detail: `load balancer × ${zones} zones`,
    });
  },
};
