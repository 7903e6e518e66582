/** Interface endpoints beside a NAT gateway that could carry the same: from how many GB a month on they pay. */
import type { FindSavings } from "./saving.ts";
import { findPrice } from "../price-list.ts";

export const endpoints: FindSavings = ({ estimate: { lines, set }, overlay }) => {
  if (set.ofType("AWS::EC2::NatGateway").length === 0) return [];
  const hours = lines.filter(({ item }) => item === "endpoint hours");
  const data = lines.filter(({ item }) => item === "endpoint data");
  const first = hours[0];
  if (!first) return [];
  const nat = findPrice(first.price.region, "nat", "gb", overlay);
  const through = data[0];
  if (!nat || !through || nat.usd <= through.unitPrice) return [];
  const cost = hours.reduce((total, { expected }) => total + expected, 0);
  const gb = data.reduce((total, { quantity }) => total + quantity, 0);
  const breakEvenGB = cost / (nat.usd - through.unitPrice);
  const saves = cost - gb * (nat.usd - through.unitPrice);
  if (saves <= 0) return [];
  return [
    {
      what: "no interface endpoints: the NAT gateway carries it",
      saves,
      tradeOff: `pays below ${Math.round(breakEvenGB).toLocaleString("en-US")} GB a month; traffic to AWS then leaves by the NAT gateway`,
    },
  ];
};
