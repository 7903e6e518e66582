/** AWS's regions and availability zones, by their names and ids. */

/** Zone letters in order, each with the number in its id (`use1-az6`), as a typical account sees them. */
const zonesByRegion: Readonly<Record<string, { short: string; zones: Readonly<Record<string, number>>; optIn?: true }>> = {
  "af-south-1": { short: "afs1", zones: { a: 1, b: 2, c: 3 }, optIn: true },
  "ap-east-1": { short: "ape1", zones: { a: 1, b: 2, c: 3 }, optIn: true },
  "ap-northeast-1": { short: "apne1", zones: { a: 4, c: 1, d: 2 } },
  "ap-northeast-2": { short: "apne2", zones: { a: 1, b: 2, c: 3, d: 4 } },
  "ap-northeast-3": { short: "apne3", zones: { a: 3, b: 1, c: 2 } },
  "ap-south-1": { short: "aps1", zones: { a: 1, b: 3, c: 2 } },
  "ap-south-2": { short: "aps2", zones: { a: 1, b: 2, c: 3 }, optIn: true },
  "ap-southeast-1": { short: "apse1", zones: { a: 1, b: 2, c: 3 } },
  "ap-southeast-2": { short: "apse2", zones: { a: 1, b: 3, c: 2 } },
  "ap-southeast-3": { short: "apse3", zones: { a: 1, b: 2, c: 3 }, optIn: true },
  "ap-southeast-4": { short: "apse4", zones: { a: 1, b: 2, c: 3 }, optIn: true },
  "ca-central-1": { short: "cac1", zones: { a: 1, b: 2, d: 4 } },
  "eu-central-1": { short: "euc1", zones: { a: 2, b: 3, c: 1 } },
  "eu-central-2": { short: "euc2", zones: { a: 1, b: 2, c: 3 }, optIn: true },
  "eu-north-1": { short: "eun1", zones: { a: 1, b: 2, c: 3 } },
  "eu-south-1": { short: "eus1", zones: { a: 1, b: 2, c: 3 }, optIn: true },
  "eu-south-2": { short: "eus2", zones: { a: 1, b: 2, c: 3 }, optIn: true },
  "eu-west-1": { short: "euw1", zones: { a: 3, b: 1, c: 2 } },
  "eu-west-2": { short: "euw2", zones: { a: 2, b: 3, c: 1 } },
  "eu-west-3": { short: "euw3", zones: { a: 1, b: 2, c: 3 } },
  "il-central-1": { short: "ilc1", zones: { a: 1, b: 2, c: 3 }, optIn: true },
  "me-central-1": { short: "mec1", zones: { a: 1, b: 2, c: 3 }, optIn: true },
  "me-south-1": { short: "mes1", zones: { a: 1, b: 2, c: 3 }, optIn: true },
  "sa-east-1": { short: "sae1", zones: { a: 1, b: 2, c: 3 } },
  "us-east-1": { short: "use1", zones: { a: 6, b: 1, c: 2, d: 4, e: 3, f: 5 } },
  "us-east-2": { short: "use2", zones: { a: 1, b: 2, c: 3 } },
  "us-west-1": { short: "usw1", zones: { a: 3, b: 1 } },
  "us-west-2": { short: "usw2", zones: { a: 2, b: 1, c: 3, d: 4 } },
};

export interface Zone {
  /** As `eu-central-1a`. */
  name: string;
  /** As `euc1-az2`: the same place in every account. */
  id: string;
}

export const regions = Object.entries(zonesByRegion).map(([name, { optIn }]) => ({ name, optIn: optIn === true }));

/** The region's zones by letter; a region that the table does not know gets three. */
export function zonesOf(region: string): Zone[] {
  const known = zonesByRegion[region];
  if (!known)
    return ["a", "b", "c"].map((letter, index) => ({ name: region + letter, id: `${region.replaceAll("-", "")}-az${index + 1}` }));
  return Object.entries(known.zones).map(([letter, number]) => ({ name: region + letter, id: `${known.short}-az${number}` }));
}

/** The DNS suffix of private host names there. */
export const privateDnsSuffix = (region: string) => (region === "us-east-1" ? "ec2.internal" : `${region}.compute.internal`);

/** The DNS suffix of public host names there. */
export const publicDnsSuffix = (region: string) => (region === "us-east-1" ? "compute-1.amazonaws.com" : `${region}.compute.amazonaws.com`);

/** `ip-10-0-1-5.eu-central-1.compute.internal`. */
export const privateDnsName = (region: string, address: string) => `ip-${address.replaceAll(".", "-")}.${privateDnsSuffix(region)}`;

/** `ec2-198-51-100-7.eu-central-1.compute.amazonaws.com`. */
export const publicDnsName = (region: string, address: string) => `ec2-${address.replaceAll(".", "-")}.${publicDnsSuffix(region)}`;
