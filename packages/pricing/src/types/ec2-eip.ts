/** AWS::EC2::EIP: a public address, in use or not. */
import { hoursPerMonth } from "../price-list.ts";
import type { PricedType } from "../priced-type.ts";

export const elasticAddress: PricedType = {
  shared: true,
  price(_, desk) {
    desk.charge({ item: "public IPv4", price: ["publicIpv4", "hour"], quantity: hoursPerMonth, detail: "elastic address" });
  },
};
