/** AWS::Route53::HostedZone and HealthCheck. */
import { times } from "../columns.ts";
import type { PricedType } from "../priced-type.ts";

export const hostedZone: PricedType = {
  shared: true,
  price(_, desk) {
    desk.charge({ item: "DNS zone", price: ["route53", "hostedZone"], quantity: 1, detail: "DNS zone", global: true });
    const queries = times(desk.expect("dnsQueries"), 1e-6);
    desk.charge({ item: "DNS queries", price: ["route53", "standardQueries"], quantity: queries, detail: "queries", global: true });
  },
};

export const healthCheck: PricedType = {
  shared: true,
  price(_, desk) {
    desk.charge({ item: "DNS health check", price: ["route53", "healthCheck.aws"], quantity: 1, detail: "health check", global: true });
  },
};
