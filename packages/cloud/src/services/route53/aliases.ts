/** Where alias records may lead: AWS's own zones of load balancers, buckets and distributions, and records of the same zone. */
import { isIPv4 } from "node:net";
import type { AliasTarget } from "@aws-sdk/client-route-53";

/** The suffixes of AWS's services whose names an alias may lead to (Route 53 API Reference, AliasTarget). */
const serviceSuffixes = [
  ".elb.amazonaws.com.",
  ".cloudfront.net.",
  ".amazonaws.com.",
  ".elasticbeanstalk.com.",
  ".awsapprunner.com.",
  ".awsglobalaccelerator.com.",
  ".on.aws.",
];

/**
 * The loopback address in the name of a load balancer of this cloud, which is that address (docs/decisions/0023), perhaps with a port
 * and behind `dualstack.`; `undefined` for any other name.
 */
export function loopbackOf(dnsName: string): string | undefined {
  const [address = ""] = dnsName
    .replace(/^dualstack\./i, "")
    .replace(/\.$/, "")
    .split(":");
  return isIPv4(address) && address.startsWith("127.") ? address : undefined;
}

/** Whether it leads out of the zone to a service of AWS. */
export const isServiceTarget = ({ DNSName = "" }: Pick<AliasTarget, "DNSName">): boolean => {
  const name = DNSName.endsWith(".") ? DNSName : `${DNSName}.`;
  return loopbackOf(name) !== undefined || serviceSuffixes.some((suffix) => name.toLowerCase().endsWith(suffix));
};
