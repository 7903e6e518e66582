/** The zones by DNS: a server on loopback that answers from them, on the same port after a restart. */
import type { Answer } from "dns-packet";
import type { Cloud } from "../../cloud.ts";
import { type LoopbackName, placePublicNames } from "../../runtime/dns/public-names.ts";
import { type DnsAnswer, type DnsQuestion, type DnsServer, startDnsServer } from "../../runtime/dns/server.ts";
import { type FoundRecord, lookUp } from "./lookup.ts";
import { BadName, canonicalName, wireName } from "./names.ts";
import { type RecordSet, recordSets } from "./record-sets.ts";
import { readValue, recordedTypes, recordTypes } from "./record-values.ts";
import { zoneOf } from "./zone-table.ts";
import { everywhere, zones } from "./zones.ts";

interface Running {
  server: DnsServer | undefined;
}

const key = Symbol("route53 dns");
const running = (cloud: Cloud) => cloud.memory<Running>(key, () => ({ server: undefined }));

const address = "127.0.0.1";
/** A file, so that the port stays the same when the account is emptied. */
const portFile = (cloud: Cloud) => cloud.world.disk.path("dns-port");

/** Where it listens. */
export function dnsAddress(cloud: Cloud): { address: string; port: number } | undefined {
  const { server } = running(cloud);
  return server && { address: server.address, port: server.port };
}

/** On the wanted port, else the one that it had last, else any that is free. */
export async function startDns(cloud: Cloud): Promise<void> {
  placePublicNames(
    cloud,
    (name, type) => valuesOf(cloud, name, type),
    () => namesHere(cloud),
  );
  const choices = cloud.dnsPort !== undefined ? [cloud.dnsPort] : [...new Set([await lastPort(cloud), 0])];
  for (const port of choices) {
    try {
      const server = await startDnsServer({ address, port }, (question) => answerTo(cloud, question));
      running(cloud).server = server;
      await cloud.world.disk.replaceFile(portFile(cloud), String(server.port));
      return;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== "EADDRINUSE" && code !== "EACCES") throw error;
      // A port that was asked for by number is not exchanged for another one in silence; the cloud runs all the same.
      if (cloud.dnsPort === port && port !== 0) console.error(`route53: port ${port} for DNS is taken, so names are not answered`);
    }
  }
}

async function lastPort(cloud: Cloud): Promise<number> {
  try {
    const port = Number(await cloud.world.disk.files.readFile(portFile(cloud), "utf8"));
    return Number.isInteger(port) && port > 0 && port < 65_536 ? port : 0;
  } catch {
    return 0;
  }
}

export async function stopDns(cloud: Cloud): Promise<void> {
  const held = running(cloud);
  const { server } = held;
  held.server = undefined;
  await server?.close();
}

const nothing = (code: DnsAnswer["code"]): DnsAnswer => ({ code, authoritative: false, answers: [], authorities: [] });
/** Whole zones are given to nobody (RFC 5936 lets a server refuse), as by Route 53. */
const transfers = new Set(["AXFR", "IXFR"]);
/** 65 is HTTPS, 64 SVCB: what browsers ask for first. */
const namesOfTypes: Readonly<Record<string, string>> = { UNKNOWN_64: "SVCB", UNKNOWN_65: "HTTPS" };

export function answerTo(cloud: Cloud, { name, type: asked }: DnsQuestion): DnsAnswer {
  if (transfers.has(asked)) return nothing("REFUSED");
  const type = namesOfTypes[asked] ?? asked;
  let canonical: string;
  try {
    canonical = canonicalName(name);
  } catch (error) {
    if (!(error instanceof BadName)) throw error;
    return nothing("REFUSED");
  }
  const found = lookUp(cloud, canonical, type);
  if (found.answers.some((record) => recordedTypes.includes(record.type))) return nothing("NOTIMP");
  if (!recordTypes.includes(type) && type !== "ANY" && found.code === "REFUSED") return nothing("REFUSED");
  return {
    code: found.code,
    authoritative: found.authoritative,
    // The name comes back as it was asked, in whatever letters (RFC 4343).
    answers: found.answers.map((record, index) => toPacket(record, index === 0 || record.name === canonical ? name : undefined)),
    authorities: found.authorities.map((record) => toPacket(record)),
  };
}

const toPacket = ({ name, type, ttlSeconds, value }: FoundRecord, asked?: string): Answer =>
  ({ ...readValue(type, value), name: asked ?? wireName(name), ttl: ttlSeconds, class: "IN" }) as Answer;

/** The names of public zones that lead to addresses of this machine, each with the one that is answered now. */
function namesHere(cloud: Cloud): LoopbackName[] {
  const leadsHere = ({ Type, AliasTarget, ResourceRecords = [] }: RecordSet) =>
    Type === "CNAME" || (Type === "A" && (AliasTarget !== undefined || ResourceRecords.some(({ Value = "" }) => Value.startsWith("127."))));
  const names = zones(cloud)
    .list(everywhere)
    .filter((zone) => !zone.private)
    .flatMap(({ id }) => recordSets(cloud).list(id).filter(leadsHere))
    .map(({ Name }) => Name)
    .filter((name) => !name.includes("\\"));
  return [...new Set(names)].flatMap((name) => {
    const found = lookUp(cloud, name, "A", { publicOnly: true }).answers.find(({ type }) => type === "A");
    return found?.value.startsWith("127.") ? [{ name: wireName(name), address: found.value }] : [];
  });
}

/** As the internet would see them: of public zones only. */
function valuesOf(cloud: Cloud, name: string, type: string): string[] | undefined {
  let canonical: string;
  try {
    canonical = canonicalName(name);
  } catch {
    return undefined;
  }
  if (!zoneOf(cloud, canonical, { publicOnly: true })) return undefined;
  const { answers, authorities } = lookUp(cloud, canonical, type, { publicOnly: true });
  const records = answers.length > 0 ? answers : authorities;
  return records.filter((record) => record.type === type).map(({ value }) => value.replace(/\.$/, ""));
}
