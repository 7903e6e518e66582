/** AWS::EC2::NatGateway: its hours and what goes through it; its address is the elastic address. */
import { times, written } from "../columns.ts";
import { hoursPerMonth } from "../price-list.ts";
import type { PricedType } from "../priced-type.ts";

export const natGateway: PricedType = {
  shared: true,
  price(gateway, desk) {
    const gateways = desk.set.ofType(gateway.type).length;
    desk.charge({ item: "NAT hours", price: ["nat", "hour"], quantity: hoursPerMonth, detail: "gateway" });
    const data = desk.expect("natGB");
    desk.charge({
      item: "NAT data",
      price: ["nat", "gb"],
      quantity: times(data, 1 / gateways),
      detail: `${written(data.expected / gateways)} GB`,
    });
  },
};
