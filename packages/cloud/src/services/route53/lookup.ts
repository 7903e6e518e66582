/** What the zones answer to a question: delegations, wildcards, CNAMEs, aliases, routing. Source: RFC 1034, 4.3.2; RFC 4592; RFC 2308. */
import type { Cloud } from "../../cloud.ts";
import { addressHealth } from "../../runtime/address-health.ts";
import { edgeAddress } from "../../runtime/dns/edge-names.ts";
import { loopbackOf } from "./aliases.ts";
import { isHealthy } from "./health.ts";
import { liesIn } from "./names.ts";
import { nameExists, type RecordSet, setsOf } from "./record-sets.ts";
import { chosenSets } from "./routing.ts";
import { zoneOf } from "./zone-table.ts";
import type { ZoneRecord } from "./zones.ts";

/** One record: its value is written as record sets have it. */
export interface FoundRecord {
  name: string;
  type: string;
  ttlSeconds: number;
  value: string;
}

export interface Found {
  /** `REFUSED`: no zone has it; `NXDOMAIN`: nothing is called so. Without records and `NOERROR`: nothing of that type. */
  code: "NOERROR" | "NXDOMAIN" | "REFUSED";
  /** Not where the name was delegated elsewhere. */
  authoritative: boolean;
  answers: FoundRecord[];
  /** The zone's SOA where there is nothing, its delegation where that leads elsewhere. */
  authorities: FoundRecord[];
}

/** A chain of CNAMEs or aliases longer than this is a circle. */
const longestChain = 16;
/** Of aliases that lead to load balancers (Developer Guide, "Choosing between alias and non-alias records"). */
const aliasTtlSeconds = 60;
const shown = new Set(["A", "AAAA", "TXT", "NS", "CNAME", "MX", "NAPTR", "PTR", "SRV", "CAA", "DS", "TLSA", "SSHFP", "SOA"]);

/** `name` in canonical form. `publicOnly`: as the internet sees it. */
export function lookUp(cloud: Cloud, name: string, type: string, { publicOnly = false } = {}): Found {
  const zone = zoneOf(cloud, name, { publicOnly });
  const edge = zone ? undefined : edgeAddress(cloud, name);
  if (edge !== undefined)
    return {
      code: "NOERROR",
      authoritative: true,
      answers: type === "A" || type === "ANY" ? [loopbackRecord(name, edge)] : [],
      authorities: [],
    };
  if (!zone) return { code: "REFUSED", authoritative: false, answers: [], authorities: [] };
  const cut = delegation(cloud, zone, name, type);
  if (cut) return { code: "NOERROR", authoritative: false, answers: [], authorities: recordsOf(cut) };
  const answers: FoundRecord[] = [];
  let [at, here]: [string, ZoneRecord] = [name, zone];
  for (let hop = 0; hop < longestChain; hop++) {
    const sets = setsFor(cloud, here, at);
    if (!sets) return { code: "NXDOMAIN", authoritative: true, answers, authorities: startOf(cloud, here) };
    const cname = type === "CNAME" || type === "ANY" ? [] : select(cloud, here, sets, "CNAME", at, 0);
    if (cname.length === 0) {
      const types = type === "ANY" ? [...new Set(sets.map(({ Type }) => Type))].filter((each) => shown.has(each)) : [type];
      const own = types.flatMap((each) => select(cloud, here, sets, each, at, 0));
      answers.push(...own);
      return { code: "NOERROR", authoritative: true, answers, authorities: own.length > 0 ? [] : startOf(cloud, here) };
    }
    answers.push(cname[0]!);
    at = canonicalTarget(cname[0]!.value);
    const next = zoneOf(cloud, at, { publicOnly });
    // Outside of what is known here the asking resolver goes on by itself.
    if (!next || delegation(cloud, next, at, type)) return { code: "NOERROR", authoritative: true, answers, authorities: [] };
    here = next;
  }
  return { code: "NOERROR", authoritative: true, answers, authorities: [] };
}

/** The NS records below the apex that hand `name` to other servers. Of the cut itself, DS records belong to this side. */
function delegation(cloud: Cloud, zone: ZoneRecord, name: string, type: string): RecordSet | undefined {
  const labels = name.slice(0, -(zone.name.length + 1)).split(".");
  if (name === zone.name) return undefined;
  for (let at = labels.length - 1; at >= 0; at--) {
    const above = `${labels.slice(at).join(".")}.${zone.name}`;
    const found = setsOf(cloud, zone.id, above).find(({ Type }) => Type === "NS");
    if (found && !(above === name && type === "DS")) return found;
  }
  return undefined;
}

/** The sets of a name or of the wildcard that stands for it; `undefined` where nothing is called so. */
function setsFor(cloud: Cloud, zone: ZoneRecord, name: string): RecordSet[] | undefined {
  const own = setsOf(cloud, zone.id, name);
  if (own.length > 0) return own;
  // A name with others below it is there, though it has no records.
  if (nameExists(cloud, zone.id, name)) return [];
  for (let above = parentOf(name); liesIn(above, zone.name); above = parentOf(above)) {
    const wild = setsOf(cloud, zone.id, `\\052.${above}`);
    if (wild.length > 0) return wild;
    if (nameExists(cloud, zone.id, above)) return undefined;
  }
  return undefined;
}

const parentOf = (name: string) => name.slice(name.indexOf(".") + 1);

/** The records of one type that routing chooses, named as asked. */
function select(cloud: Cloud, zone: ZoneRecord, sets: readonly RecordSet[], type: string, name: string, depth: number): FoundRecord[] {
  const ofType = sets.filter(({ Type }) => Type === type);
  const chosen = chosenSets(ofType, (set) => wellOff(cloud, zone, set, depth), chanceOf(cloud));
  return chosen.flatMap((set) => (set.AliasTarget ? aliased(cloud, zone, set, name, depth) : recordsOf(set, name)));
}

function aliased(cloud: Cloud, zone: ZoneRecord, { AliasTarget, Type }: RecordSet, name: string, depth: number): FoundRecord[] {
  const target = AliasTarget!.DNSName!;
  const address = loopbackOf(target) ?? edgeAddress(cloud, target);
  if (address !== undefined) return Type === "A" ? [loopbackRecord(name, address)] : [];
  if (AliasTarget!.HostedZoneId !== zone.id || depth >= longestChain) return [];
  return select(cloud, zone, setsFor(cloud, zone, target) ?? [], Type, name, depth + 1);
}

const loopbackRecord = (name: string, address: string): FoundRecord => ({ name, type: "A", ttlSeconds: aliasTtlSeconds, value: address });

function wellOff(cloud: Cloud, zone: ZoneRecord, set: RecordSet, depth: number): boolean {
  if (set.HealthCheckId !== undefined && !isHealthy(cloud, set.HealthCheckId)) return false;
  const target = set.AliasTarget;
  const address = target?.EvaluateTargetHealth ? loopbackOf(target.DNSName!) : undefined;
  // A load balancer that has gone is not well.
  if (address !== undefined) return addressHealth(cloud, address) ?? false;
  if (!target?.EvaluateTargetHealth || target.HostedZoneId !== zone.id || depth >= longestChain) return true;
  const sets = (setsFor(cloud, zone, target.DNSName!) ?? []).filter(({ Type }) => Type === set.Type);
  return sets.some((each) => wellOff(cloud, zone, each, depth + 1));
}

const recordsOf = ({ Name, Type, TTL = 0, ResourceRecords = [] }: RecordSet, name = Name): FoundRecord[] =>
  ResourceRecords.map(({ Value = "" }) => ({ name, type: Type, ttlSeconds: TTL, value: Value }));

/** How long it may be remembered that there is nothing: the SOA's own time or its last number, whichever is less (RFC 2308, 5). */
function startOf(cloud: Cloud, zone: ZoneRecord): FoundRecord[] {
  const soa = setsOf(cloud, zone.id, zone.name).find(({ Type }) => Type === "SOA");
  return (soa ? recordsOf(soa) : []).map((record) => ({
    ...record,
    ttlSeconds: Math.min(record.ttlSeconds, Number(record.value.split(/\s+/).at(-1))),
  }));
}

const canonicalTarget = (value: string) => (value.endsWith(".") ? value : `${value}.`).toLowerCase();

const chanceOf = ({ world }: Cloud) => ({
  next: () => Buffer.from(world.random.bytes(4)).readUInt32BE() / 0x1_0000_0000,
});
