/** Hosted zones of the account: found by their names, or made. */
import type { Aws } from "../aws.ts";
import { DeployError } from "../deploy-error.ts";

export interface HostedZone {
  /** Without the dot at the end. */
  name: string;
  id: string;
}

/** @throws DeployError `environment` where there are several, of which none can be meant. */
export async function findZone(aws: Aws, name: string): Promise<HostedZone | undefined> {
  const { HostedZones = [] } = await aws.call("route53", "ListHostedZonesByName", { DNSName: `${name}.`, MaxItems: 100 });
  const found = HostedZones.filter(({ Name, Config }) => Name === `${name}.` && Config?.PrivateZone !== true);
  if (found.length > 1) {
    throw new DeployError(
      "environment",
      `Route 53 has ${found.length} public zones ${name} in this account: which is meant cannot be told.`,
      { remedy: "Delete those that the domain does not use." },
    );
  }
  const [one] = found;
  return one && { name, id: bareId(one.Id!) };
}

const bareId = (id: string) => id.replace(/^\/hostedzone\//, "");

/** The nearest public zone of the account above a name: what is delegated from there need not go to a registrar. */
export async function zoneAbove(aws: Aws, name: string): Promise<HostedZone | undefined> {
  for (let above = parentOf(name); above.includes("."); above = parentOf(above)) {
    const found = await findZone(aws, above);
    if (found) return found;
  }
  return undefined;
}

const parentOf = (name: string) => name.slice(name.indexOf(".") + 1);

/** Those that answer for it, as Route 53 has given them. */
export async function nameServersOf(aws: Aws, { id }: HostedZone): Promise<string[]> {
  const { DelegationSet } = await aws.call("route53", "GetHostedZone", { Id: id });
  return DelegationSet?.NameServers ?? [];
}

/** The name servers that a zone hands `name` on to; `undefined` where it says nothing of it. */
export async function delegatedIn(aws: Aws, above: HostedZone, name: string): Promise<string[] | undefined> {
  const { ResourceRecordSets = [] } = await aws.call("route53", "ListResourceRecordSets", {
    HostedZoneId: above.id,
    StartRecordName: `${name}.`,
    StartRecordType: "NS",
    MaxItems: 1,
  });
  const found = ResourceRecordSets.find(({ Name, Type }) => Name === `${name}.` && Type === "NS");
  return found?.ResourceRecords?.map(({ Value = "" }) => Value.replace(/\.$/, ""));
}

const delegationTtlSeconds = 3_600;

/** A zone of that name, handed on to from the zone above where the account has that. `reference` tells one deploy's attempts from another's. */
export async function makeZone(aws: Aws, name: string, reference: string): Promise<HostedZone & { delegatedBy: HostedZone | undefined }> {
  const { HostedZone } = await aws.call("route53", "CreateHostedZone", {
    Name: name,
    CallerReference: reference,
    HostedZoneConfig: { Comment: "Made by Plinth" },
  });
  const zone = { name, id: bareId(HostedZone!.Id!) };
  const above = await zoneAbove(aws, name);
  if (!above || (await delegatedIn(aws, above, name))) return { ...zone, delegatedBy: undefined };
  const servers = await nameServersOf(aws, zone);
  await aws.call("route53", "ChangeResourceRecordSets", {
    HostedZoneId: above.id,
    ChangeBatch: {
      Changes: [
        {
          Action: "CREATE",
          ResourceRecordSet: {
            Name: name,
            Type: "NS",
            TTL: delegationTtlSeconds,
            ResourceRecords: servers.map((server) => ({ Value: `${server}.` })),
          },
        },
      ],
    },
  });
  return { ...zone, delegatedBy: above };
}
