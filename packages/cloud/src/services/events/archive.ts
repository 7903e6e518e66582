/** Archives: the events of a bus, kept to be replayed. */
import type { ArchiveState } from "@aws-sdk/client-eventbridge";
import type { Cloud } from "../../cloud.ts";
import { round } from "../../runtime/round.ts";
import { arrivalKey, timeKey } from "./arrival.ts";
import { archiveNotFound } from "./errors.ts";
import type { Event } from "./event.ts";
import { type Matcher, readPattern } from "./pattern/pattern.ts";
import type { Place } from "./place.ts";

export interface Archive {
  name: string;
  arn: string;
  bus: string;
  /** ARN of the bus. */
  sourceArn: string;
  description?: string;
  /** JSON text; absent: every event. */
  pattern?: string;
  kmsKeyIdentifier?: string;
  /** 0: for ever. */
  retentionDays: number;
  createdMs: number;
  eventCount: number;
  sizeBytes: number;
  /** Of CloudFormation's act that made it, so that the same act again makes no second one. */
  token?: string;
}

export interface ArchivedEvent {
  event: Event;
  atMs: number;
}

const dayMs = 86_400_000;

export const archives = (cloud: Cloud) => cloud.store.collection<Archive>("events.archive");
/** By archive and time. */
export const archivedEvents = (cloud: Cloud) => cloud.store.collection<ArchivedEvent>("events.archived");

export const archiveArn = ({ account, region }: Pick<Place, "account" | "region">, name: string): string =>
  `arn:aws:events:${region}:${account}:archive/${name}`;

/** Throws where there is none. */
export function requireArchive({ cloud, region }: Place, name: string): Archive {
  const found = archives(cloud).get(region, name);
  if (!found) throw archiveNotFound(name);
  return found;
}

const memory = Symbol("events.archives");
type Read = Map<string, readonly { name: string; matches: Matcher }[]>;
const read = (cloud: Cloud) => cloud.memory<Read>(memory, () => new Map());

export function keepArchive({ cloud, region }: Place, archive: Archive): void {
  read(cloud).clear();
  archives(cloud).put(region, archive.name, archive);
}

/** With all that it keeps. */
export function removeArchive({ cloud, region }: Place, name: string): void {
  read(cloud).clear();
  cloud.store.transaction(() => {
    for (const { key } of archivedEvents(cloud).entries(region, `${name}/`)) archivedEvents(cloud).delete(region, key);
    archives(cloud).delete(region, name);
  });
}

/** Puts an event into the archives of its bus that want it. */
export function archive({ cloud, region }: Place, bus: string, event: Event): void {
  const place = `${region}/${bus}`;
  let known = read(cloud).get(place);
  if (!known) {
    known = archives(cloud)
      .list(region)
      .filter((one) => one.bus === bus)
      .map(({ name, pattern }) => ({ name, matches: pattern === undefined ? () => true : readPattern(pattern) }));
    read(cloud).set(place, known);
  }
  const atMs = cloud.world.clock.nowMs();
  for (const { name, matches } of known) {
    if (!matches(event)) continue;
    const own = archives(cloud).get(region, name)!;
    const sizeBytes = own.sizeBytes + Buffer.byteLength(JSON.stringify(event));
    archivedEvents(cloud).put(region, `${name}/${arrivalKey(cloud)}`, { event, atMs });
    archives(cloud).put(region, name, { ...own, eventCount: own.eventCount + 1, sizeBytes });
  }
}

/** Those that came from one moment on, in the order in which they came. */
export function archivedSince({ cloud, region }: Place, name: string, afterKey: string): { key: string; value: ArchivedEvent }[] {
  return archivedEvents(cloud)
    .entries(region, `${name}/`)
    .filter(({ key }) => key > afterKey);
}

/** The key before all that came at that moment. */
export const keyBefore = (name: string, atMs: number): string => `${name}/${timeKey(atMs)}`;

/** What an archive has kept for as long as it is to be kept goes. */
export const expiry = round("events: archives", 3_600_000, async (cloud) => {
  const nowMs = cloud.world.clock.nowMs();
  for (const { scope: region, value: own } of archives(cloud).all()) {
    if (own.retentionDays === 0) continue;
    const before = keyBefore(own.name, nowMs - own.retentionDays * dayMs);
    const gone = archivedEvents(cloud)
      .entries(region, `${own.name}/`)
      .filter(({ key }) => key < before);
    if (gone.length === 0) continue;
    const bytes = gone.reduce((sum, { value }) => sum + Buffer.byteLength(JSON.stringify(value.event)), 0);
    cloud.store.transaction(() => {
      for (const { key } of gone) archivedEvents(cloud).delete(region, key);
      archives(cloud).put(region, own.name, { ...own, eventCount: own.eventCount - gone.length, sizeBytes: own.sizeBytes - bytes });
    });
  }
});

const state: ArchiveState = "ENABLED";

export const describeArchive = (own: Archive) => ({
  ArchiveName: own.name,
  EventSourceArn: own.sourceArn,
  State: state,
  RetentionDays: own.retentionDays,
  SizeBytes: own.sizeBytes,
  EventCount: own.eventCount,
  CreationTime: new Date(own.createdMs),
});
