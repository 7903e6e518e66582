/** Event buses: `default` is always there, and is written down only when something of it was changed. */
import type { Cloud } from "../../cloud.ts";
import { busNotFound } from "./errors.ts";
import type { Place } from "./place.ts";

export interface Bus {
  name: string;
  arn: string;
  description?: string;
  kmsKeyIdentifier?: string;
  deadLetterArn?: string;
  logConfig?: { IncludeDetail?: string; Level?: string };
  /** JSON text. */
  policy?: string;
  tags: Record<string, string>;
  /** Those that begin with `aws:`, by which a stack knows what it made. */
  systemTags: Record<string, string>;
  createdMs: number;
  modifiedMs: number;
  /** Of CloudFormation's act that made it, so that the same act again makes no second one. */
  token?: string;
}

export const buses = (cloud: Cloud) => cloud.store.collection<Bus>("events.bus");

export const busArn = ({ account, region }: Pick<Place, "account" | "region">, name: string): string =>
  `arn:aws:events:${region}:${account}:event-bus/${name}`;

/** The name in a name or an ARN. */
export const busName = (given: string | undefined): string => (given ?? "default").replace(/^arn:[^:]*:events:[^:]*:\d*:event-bus\//u, "");

export function findBus(place: Place, given: string | undefined): Bus | undefined {
  if (given?.startsWith("arn:") && given !== busArn(place, busName(given))) return undefined;
  const name = busName(given);
  return buses(place.cloud).get(place.region, name) ?? (name === "default" ? defaultBus(place) : undefined);
}

/** Throws where there is none. */
export function requireBus(place: Place, given: string | undefined): Bus {
  const found = findBus(place, given);
  if (!found) throw busNotFound(busName(given));
  return found;
}

/** Made with the account. */
const defaultBus = (place: Place): Bus => ({
  name: "default",
  arn: busArn(place, "default"),
  tags: {},
  systemTags: {},
  createdMs: 0,
  modifiedMs: 0,
});

/** In the order of their names. */
export function allBuses(place: Place): Bus[] {
  const known = buses(place.cloud).list(place.region);
  const all = known.some(({ name }) => name === "default") ? known : [defaultBus(place), ...known];
  return all.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

export function keepBus({ cloud, region }: Place, bus: Bus): void {
  buses(cloud).put(region, bus.name, { ...bus, modifiedMs: cloud.world.clock.nowMs() });
}

export const describeBus = (bus: Bus) => ({
  Name: bus.name,
  Arn: bus.arn,
  ...(bus.description !== undefined && { Description: bus.description }),
  ...(bus.policy !== undefined && { Policy: bus.policy }),
  CreationTime: new Date(bus.createdMs),
  LastModifiedTime: new Date(bus.modifiedMs),
});
