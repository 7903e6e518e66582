/** AWS::Route53::RecordSet. */
import { resource } from "../../../resource.ts";
import { asRecordSet, fits, removeSets, sameSet, standing, zoneIdOf } from "./record-change.ts";

export const recordSet = resource("AWS::Route53::RecordSet", {
  coverage: {
    real: [
      "AliasTarget",
      "Failover",
      "HealthCheckId",
      "HostedZoneId",
      "HostedZoneName",
      "MultiValueAnswer",
      "Name",
      "ResourceRecords",
      "SetIdentifier",
      "TTL",
      "Type",
      "Weight",
    ],
    recorded: ["Comment", "GeoLocation", "Region"],
    refused: { CidrRoutingConfig: "there are no collections of addresses in the embedded cloud" },
    note: "Answered by the DNS server on loopback. Aliases to load balancers give their loopback address; to other services of AWS they are kept and answer nothing.",
  },
  async create({ properties, call }) {
    const HostedZoneId = await zoneIdOf(call, properties);
    const { Comment, ...set } = properties;
    const Changes = [{ Action: "CREATE" as const, ResourceRecordSet: asRecordSet(set) }];
    await call("route53", "ChangeResourceRecordSets", {
      HostedZoneId,
      ChangeBatch: { Changes, ...(Comment !== undefined && { Comment }) } as never,
    });
    return made(properties.Name);
  },
  async update({ properties, previous, call }) {
    const HostedZoneId = await zoneIdOf(call, properties);
    const { Comment, ...set } = properties;
    const { Comment: _, ...before } = previous;
    const [wanted, old] = [asRecordSet(set), asRecordSet(before)];
    const there = sameSet(wanted, old) ? undefined : await standing(call, HostedZoneId, old);
    await call("route53", "ChangeResourceRecordSets", {
      HostedZoneId,
      ChangeBatch: {
        Changes: [
          ...(there ? [{ Action: "DELETE" as const, ResourceRecordSet: there }] : []),
          { Action: "UPSERT" as const, ResourceRecordSet: wanted },
        ],
        ...(Comment !== undefined && { Comment }),
      } as never,
    });
    return made(properties.Name);
  },
  async delete({ properties, call }) {
    const { Comment: _, ...set } = properties;
    await removeSets(call, await zoneIdOf(call, properties), [asRecordSet(set)]);
  },
  async find({ properties, call }) {
    const { Comment: _, ...set } = properties;
    const wanted = asRecordSet(set);
    const found = await standing(call, await zoneIdOf(call, properties), wanted);
    return fits(found, wanted) ? made(properties.Name) : undefined;
  },
});

const made = (name: string) => ({ physicalId: name.replace(/\.$/, ""), attributes: {} });
