/** A batch of changes to a zone's record sets: all of them, or none with everything that is wrong with it. Source: Route 53 API Reference, ChangeResourceRecordSets. */
import type { Change, ResourceRecordSet } from "@aws-sdk/client-route-53";
import type { Cloud } from "../../cloud.ts";
import { isServiceTarget, loopbackOf } from "./aliases.ts";
import { invalidChangeBatch, invalidInput, noSuchHealthCheck } from "./errors.ts";
import { healthChecks } from "./health-checks.ts";
import { BadName, canonicalName, liesIn } from "./names.ts";
import { recordKey, type RecordSet, recordSets } from "./record-sets.ts";
import { BadValue, readValue, recordTypes } from "./record-values.ts";
import { everywhere, type ZoneRecord } from "./zones.ts";

const mostRecords = 1000;
const mostCharacters = 32_000;
const longestTtlSeconds = 2_147_483_647;
const policies = ["Weight", "Region", "Failover", "GeoLocation", "MultiValueAnswer", "GeoProximityLocation", "CidrRoutingConfig"] as const;

/** Writes what the changes make of the zone. @throws AwsError */
export function applyChanges(cloud: Cloud, zone: ZoneRecord, changes: readonly Change[]): void {
  for (const change of changes) checkShape(change);
  checkSize(changes);
  const before = recordSets(cloud);
  const kept = new Map(before.entries(zone.id).map(({ key, value }) => [key, value]));
  const faults: string[] = [];
  const touched = new Map<string, string>();
  for (const { Action, ResourceRecordSet: given } of changes) {
    const set = read(given!, faults);
    if (!set) continue;
    const key = recordKey(set);
    const earlier = touched.get(key);
    // One may go and come again with other values; nothing else is said twice of one.
    if (earlier !== undefined && !(earlier === "DELETE" && Action !== "DELETE"))
      faults.push(`The request contains an invalid set of changes for a resource record set '${set.Type} ${set.Name}'`);
    touched.set(key, Action!);
    if (!liesIn(set.Name, zone.name)) {
      faults.push(`RRSet with DNS name ${set.Name} is not permitted in zone ${zone.name}`);
      continue;
    }
    const fault = Action === "DELETE" ? take(kept, key, set) : place(kept, key, set, Action === "CREATE", zone);
    if (fault !== undefined) faults.push(fault);
  }
  const after = [...kept.values()];
  if (faults.length === 0) faults.push(...faultsOfZone(zone, after, touched));
  if (faults.length > 0) throw invalidChangeBatch([...new Set(faults)]);
  for (const { HealthCheckId } of after)
    if (HealthCheckId !== undefined && !healthChecks(cloud).has(everywhere, HealthCheckId)) throw noSuchHealthCheck(HealthCheckId);
  cloud.store.transaction(() => {
    for (const key of touched.keys()) {
      const value = kept.get(key);
      if (value) before.put(zone.id, key, value);
      else before.delete(zone.id, key);
    }
  });
}

/** What the request's form says already; AWS answers the first of it. */
function checkShape({ Action, ResourceRecordSet: set }: Change): void {
  const { Name, Type, SetIdentifier, AliasTarget, ResourceRecords, TTL } = set!;
  const where = `in Change with [Action=${Action}, Name=${Name}, Type=${Type}, SetIdentifier=${SetIdentifier ?? "null"}]`;
  if (!["CREATE", "DELETE", "UPSERT"].includes(Action!)) throw invalidInput(`Invalid request: Invalid value for 'Action' ${where}`);
  if (!recordTypes.includes(Type!)) throw invalidInput(`Invalid request: Invalid value for 'Type' ${where}`);
  const plain = TTL !== undefined && ResourceRecords !== undefined && ResourceRecords.length > 0;
  const more = AliasTarget !== undefined && (TTL !== undefined || (ResourceRecords?.length ?? 0) > 0);
  if (more || (!plain && AliasTarget === undefined))
    throw invalidInput(
      `Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], but found ${more ? "more than one" : "none"} ${where}`,
    );
  if (TTL !== undefined && !(TTL >= 0 && TTL <= longestTtlSeconds)) throw invalidInput(`Invalid request: Invalid value for 'TTL' ${where}`);
  const chosen = policies.filter((policy) => set![policy] !== undefined && set![policy] !== false);
  if (chosen.length > 1 || (chosen.length === 0 && SetIdentifier !== undefined))
    throw invalidInput(
      `Invalid request: Expected exactly one of [Weight, Region, Failover, GeoLocation, MultiValueAnswer, GeoProximityLocation, or CidrRoutingConfig], but found ${chosen.length > 1 ? "more than one" : "none"} ${where}`,
    );
  if (chosen.length === 1 && SetIdentifier === undefined) throw invalidInput(`Invalid request: Missing field 'SetIdentifier' ${where}`);
  if (set!.Weight !== undefined && !(set!.Weight >= 0 && set!.Weight <= 255))
    throw invalidInput(`Invalid request: Invalid value for 'Weight' ${where}`);
  if (set!.Failover !== undefined && !["PRIMARY", "SECONDARY"].includes(set!.Failover))
    throw invalidInput(`Invalid request: Invalid value for 'Failover' ${where}`);
}

/** An UPSERT counts twice. */
function checkSize(changes: readonly Change[]): void {
  let [records, characters] = [0, 0];
  for (const { Action, ResourceRecordSet } of changes) {
    const times = Action === "UPSERT" ? 2 : 1;
    const values = ResourceRecordSet?.ResourceRecords ?? [];
    records += times * Math.max(1, values.length);
    characters += times * values.reduce((sum, { Value = "" }) => sum + Value.length, 0);
  }
  if (records > mostRecords) throw invalidChangeBatch([`Number of records limit of ${mostRecords} exceeded.`]);
  if (characters > mostCharacters) throw invalidChangeBatch([`Number of characters limit of ${mostCharacters} exceeded.`]);
}

/** In canonical form; what is wrong with its values goes to `faults`. */
function read(given: ResourceRecordSet, faults: string[]): RecordSet | undefined {
  const alias = given.AliasTarget;
  try {
    const Name = canonicalName(given.Name!);
    const seen = new Set<string>();
    for (const { Value = "" } of given.ResourceRecords ?? []) {
      if (seen.has(Value)) faults.push(`Duplicate Resource Record: '${Value}'`);
      seen.add(Value);
      try {
        readValue(given.Type!, Value);
      } catch (error) {
        if (!(error instanceof BadValue)) throw error;
        faults.push(error.message);
      }
    }
    return {
      ...given,
      Name,
      Type: given.Type!,
      ...(alias && { AliasTarget: { ...alias, DNSName: targetName(alias.DNSName!) } }),
    };
  } catch (error) {
    if (!(error instanceof BadName)) throw error;
    faults.push(error.message);
    return undefined;
  }
}

function targetName(given: string): string {
  if (loopbackOf(given) !== undefined) return given.endsWith(".") ? given : `${given}.`;
  return canonicalName(given);
}

const called = ({ Name, Type, SetIdentifier }: RecordSet) =>
  `[name='${Name}', type='${Type}'${SetIdentifier === undefined ? "" : `, set-identifier='${SetIdentifier}'`}]`;

function take(kept: Map<string, RecordSet>, key: string, set: RecordSet): string | undefined {
  const found = kept.get(key);
  if (!found) return `Tried to delete resource record set ${called(set)} but it was not found`;
  if (comparable(found) !== comparable(set))
    return `Tried to delete resource record set ${called(set)} but the values provided do not match the current values`;
  kept.delete(key);
  return undefined;
}

function comparable(set: RecordSet): string {
  const values = (set.ResourceRecords ?? []).map(({ Value = "" }) => Value).toSorted();
  const { AliasTarget: alias, GeoLocation: geo } = set;
  return JSON.stringify([
    set.TTL ?? null,
    values,
    alias ? [alias.HostedZoneId, alias.DNSName, alias.EvaluateTargetHealth ?? false] : null,
    set.Weight ?? null,
    set.Region ?? null,
    set.Failover ?? null,
    geo ? [geo.ContinentCode, geo.CountryCode, geo.SubdivisionCode] : null,
    set.MultiValueAnswer ?? false,
    set.HealthCheckId ?? null,
  ]);
}

function place(kept: Map<string, RecordSet>, key: string, set: RecordSet, mustBeNew: boolean, zone: ZoneRecord): string | undefined {
  if (mustBeNew && kept.has(key)) return `Tried to create resource record set ${called(set)} but it already exists`;
  if (set.Type === "CNAME" && set.Name === zone.name)
    return `RRSet of type CNAME with DNS name ${set.Name} is not permitted at apex in zone ${zone.name}`;
  if (set.Type === "SOA" && set.Name !== zone.name)
    return `RRSet of type SOA with DNS name ${set.Name} is only permitted at apex in zone ${zone.name}`;
  if (set.Type === "CNAME" && (set.ResourceRecords?.length ?? 0) > 1)
    return `RRSet of type CNAME with DNS name ${set.Name} must have exactly one value`;
  kept.set(key, set);
  return undefined;
}

/** What cannot stand together, told of the whole that the batch would make. */
function faultsOfZone(zone: ZoneRecord, sets: readonly RecordSet[], touched: ReadonlyMap<string, string>): string[] {
  const faults: string[] = [];
  const byName = new Map<string, RecordSet[]>();
  for (const set of sets) byName.set(set.Name, [...(byName.get(set.Name) ?? []), set]);
  const apex = byName.get(zone.name) ?? [];
  if (!apex.some(({ Type }) => Type === "NS")) faults.push("A HostedZone must contain at least one NS record for the zone itself.");
  if (apex.filter(({ Type }) => Type === "SOA").length !== 1) faults.push("A HostedZone must contain exactly one SOA record.");
  for (const set of sets) {
    if (!touched.has(recordKey(set))) continue;
    const others = (byName.get(set.Name) ?? []).filter((other) => other !== set);
    if (others.some(({ Type }) => Type !== set.Type && (set.Type === "CNAME" || Type === "CNAME")))
      faults.push(
        set.Type === "CNAME"
          ? `RRSet of type CNAME with DNS name ${set.Name} is not permitted as it conflicts with other records with the same DNS name in zone ${zone.name}`
          : `RRSet of type ${set.Type} with DNS name ${set.Name} is not permitted because a conflicting RRSet of type CNAME with the same DNS name already exists in zone ${zone.name}`,
      );
    const same = others.filter(({ Type }) => Type === set.Type);
    const ofOtherPolicy = same.filter((other) => policyOf(other) !== policyOf(set));
    if (set.SetIdentifier === undefined && same.length > 0)
      faults.push(`RRSet with DNS name ${set.Name}, type ${set.Type} cannot be created as other RRSets exist with the same name and type.`);
    else if (ofOtherPolicy.length > 0)
      faults.push(
        `RRSet with DNS name ${set.Name}, type ${set.Type}, SetIdentifier ${set.SetIdentifier} cannot be created because an RRSet of another routing policy exists with the same name and type.`,
      );
    if (set.Failover !== undefined && same.some((other) => other.Failover === set.Failover))
      faults.push(
        `Multiple ${set.Failover === "PRIMARY" ? "primary" : "secondary"} failover resource record sets with the same name ${set.Name} and type ${set.Type} are not permitted`,
      );
    faults.push(...aliasFaults(zone, set, byName));
  }
  return faults;
}

const policyOf = (set: RecordSet) => policies.find((policy) => set[policy] !== undefined && set[policy] !== false);

function aliasFaults(zone: ZoneRecord, { AliasTarget: alias, Type }: RecordSet, byName: ReadonlyMap<string, RecordSet[]>): string[] {
  if (!alias) return [];
  const of = `Tried to create an alias that targets ${alias.DNSName}, type ${Type} in zone ${alias.HostedZoneId},`;
  if (alias.HostedZoneId !== zone.id && isServiceTarget(alias)) return [];
  const faults: string[] = [];
  if (alias.HostedZoneId !== zone.id || !liesIn(alias.DNSName!, zone.name))
    faults.push(`${of} but the alias target name does not lie within the target zone`);
  if (!byName.get(alias.DNSName!)?.some((other) => other.Type === Type)) faults.push(`${of} but that target was not found`);
  return faults;
}
