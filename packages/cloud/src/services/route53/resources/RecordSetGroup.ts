/** AWS::Route53::RecordSetGroup: several record sets, changed as one. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import type { ResourceRecordSet } from "@aws-sdk/client-route-53";
import type { Call } from "../../../service.ts";
import { resource } from "../../../resource.ts";
import { asRecordSet, fits, removeSets, sameSet, standing, zoneIdOf } from "./record-change.ts";

type Properties = ResourceProperties["AWS::Route53::RecordSetGroup"];

export const recordSetGroup = resource("AWS::Route53::RecordSetGroup", {
  coverage: {
    real: ["HostedZoneId", "HostedZoneName", "RecordSets"],
    recorded: ["Comment", "RecordSets.GeoLocation", "RecordSets.GeoProximityLocation", "RecordSets.Region"],
    refused: { "RecordSets.CidrRoutingConfig": "there are no collections of addresses in the embedded cloud" },
  },
  async create({ properties, call, physicalName }) {
    for (const [HostedZoneId, sets] of await byZone(call, properties))
      await change(
        call,
        HostedZoneId,
        properties.Comment,
        sets.map((set) => ({ Action: "CREATE", ResourceRecordSet: set })),
      );
    return { physicalId: physicalName(128), attributes: { Id: physicalName(128) } };
  },
  async update({ properties, previous, physicalId, call }) {
    const [before, after] = [await byZone(call, previous), await byZone(call, properties)];
    for (const HostedZoneId of new Set([...before.keys(), ...after.keys()])) {
      const wanted = after.get(HostedZoneId) ?? [];
      const gone = (before.get(HostedZoneId) ?? []).filter((old) => !wanted.some((set) => sameSet(set, old)));
      const there = (await Promise.all(gone.map((set) => standing(call, HostedZoneId, set)))).filter((set) => set !== undefined);
      await change(call, HostedZoneId, properties.Comment, [
        ...there.map((set) => ({ Action: "DELETE", ResourceRecordSet: set })),
        ...wanted.map((set) => ({ Action: "UPSERT", ResourceRecordSet: set })),
      ]);
    }
    return { physicalId, attributes: { Id: physicalId } };
  },
  async delete({ properties, call }) {
    for (const [HostedZoneId, sets] of await byZone(call, properties)) await removeSets(call, HostedZoneId, sets);
  },
  async find({ properties, call, physicalName }) {
    for (const [HostedZoneId, sets] of await byZone(call, properties))
      for (const set of sets) if (!fits(await standing(call, HostedZoneId, set), set)) return undefined;
    return { physicalId: physicalName(128), attributes: { Id: physicalName(128) } };
  },
});

/** The sets by zone id: each may name its own zone. */
async function byZone(
  call: Call,
  { RecordSets = [], HostedZoneId, HostedZoneName }: Properties,
): Promise<Map<string, ResourceRecordSet[]>> {
  const sets = new Map<string, ResourceRecordSet[]>();
  for (const set of RecordSets) {
    const own = set.HostedZoneId !== undefined || set.HostedZoneName !== undefined;
    const given = own ? set : { HostedZoneId, HostedZoneName };
    const id = await zoneIdOf(call, given as Pick<Properties, "HostedZoneId" | "HostedZoneName">);
    sets.set(id, [...(sets.get(id) ?? []), asRecordSet(set as Parameters<typeof asRecordSet>[0])]);
  }
  return sets;
}

async function change(call: Call, HostedZoneId: string, Comment: string | undefined, Changes: readonly object[]): Promise<void> {
  if (Changes.length === 0) return;
  await call("route53", "ChangeResourceRecordSets", {
    HostedZoneId,
    ChangeBatch: { Changes, ...(Comment !== undefined && { Comment }) } as never,
  });
}
