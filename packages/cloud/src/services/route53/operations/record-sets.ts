/** ChangeResourceRecordSets, ListResourceRecordSets, GetChange, TestDNSAnswer. */
import { checkConstraints } from "../../../constraints.ts";
import { operation } from "../../../service.ts";
import { applyChanges } from "../change-batch.ts";
import { noteChange, requireChange } from "../changes.ts";
import { invalidInput } from "../errors.ts";
import { lookUp } from "../lookup.ts";
import { BadName, canonicalName } from "../names.ts";
import { recordKey, type RecordSet, recordSets } from "../record-sets.ts";
import { recordTypes } from "../record-values.ts";
import { zonesChanged } from "../zone-table.ts";
import { requireZone } from "../zones.ts";

export const changeResourceRecordSets = operation("route53", "ChangeResourceRecordSets", (input, { cloud }) => {
  const zone = requireZone(cloud, input.HostedZoneId);
  const { Changes, Comment } = input.ChangeBatch;
  checkConstraints("InvalidInput", {
    "changeBatch.changes": [Changes, { length: [1, 1000] }],
    "changeBatch.comment": [Comment, { length: [0, 256] }],
  });
  applyChanges(cloud, zone, Changes!);
  zonesChanged(cloud);
  return { ChangeInfo: noteChange(cloud, Comment) as never };
});

const mostSets = 300;

export const listResourceRecordSets = operation("route53", "ListResourceRecordSets", (input, { cloud }) => {
  const zone = requireZone(cloud, input.HostedZoneId);
  const { StartRecordName, StartRecordType, StartRecordIdentifier } = input;
  if (StartRecordType !== undefined && StartRecordName === undefined)
    throw invalidInput("The request specified a record type, but no record name.");
  if (StartRecordIdentifier !== undefined && StartRecordType === undefined)
    throw invalidInput("The request specified a record identifier, but no record type.");
  if (StartRecordType !== undefined) checkConstraints("InvalidInput", { startRecordType: [StartRecordType, { enum: recordTypes }] });
  const size = Math.min(Number(input.MaxItems ?? mostSets), mostSets);
  if (!(Number.isInteger(size) && size >= 1)) throw invalidInput("The value of maxitems must be a number of 1 or more.");
  const from =
    StartRecordName === undefined
      ? ""
      : recordKey({ Name: nameOf(StartRecordName), Type: StartRecordType ?? "", SetIdentifier: StartRecordIdentifier });
  const all = recordSets(cloud)
    .entries(zone.id)
    .filter(({ key }) => key >= from.trimEnd());
  const next = all[size]?.value;
  return {
    ResourceRecordSets: all.slice(0, size).map(({ value }) => value as Required<Pick<RecordSet, "Name">> & { Type: "A" }),
    IsTruncated: next !== undefined,
    ...(next && {
      NextRecordName: next.Name,
      NextRecordType: next.Type as "A",
      ...(next.SetIdentifier !== undefined && { NextRecordIdentifier: next.SetIdentifier }),
    }),
    MaxItems: size,
  };
});

function nameOf(given: string): string {
  try {
    return canonicalName(given);
  } catch (error) {
    if (!(error instanceof BadName)) throw error;
    throw invalidInput(error.message);
  }
}

export const getChange = operation("route53", "GetChange", ({ Id }, { cloud }) => ({ ChangeInfo: requireChange(cloud, Id) as never }));

export const testDnsAnswer = operation("route53", "TestDNSAnswer", (input, { cloud }) => {
  const zone = requireZone(cloud, input.HostedZoneId);
  checkConstraints("InvalidInput", { recordType: [input.RecordType, { enum: recordTypes }] });
  const { code, answers } = lookUp(cloud, nameOf(input.RecordName), input.RecordType);
  return {
    Nameserver: zone.nameServers[0]!,
    RecordName: input.RecordName,
    RecordType: input.RecordType,
    RecordData: answers.map(({ value }) => value),
    ResponseCode: code,
    Protocol: "UDP",
  };
});
