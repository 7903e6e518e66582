/**
 * What the public zones of this cloud say: who keeps zones (Route 53) answers here, who has to look something up in public DNS
 * (Certificate Manager, health checks) asks, and is told when it changes.
 */
import type { Cloud } from "../../cloud.ts";

/** The values of the records of a name and type, CNAMEs followed: `undefined` where no zone of this cloud has the name. Names without the dot at the end. */
export type PublicNames = (name: string, type: "A" | "CAA" | "CNAME" | "NS") => readonly string[] | undefined;

/** A name of a zone with the address of this machine that it leads to. */
export interface LoopbackName {
  /** Without the dot at the end. */
  name: string;
  address: string;
}

interface Registry {
  names: PublicNames;
  loopback: () => LoopbackName[];
  watchers: Set<() => void>;
}

const key = Symbol("public names");
const registry = (cloud: Cloud): Registry => cloud.memory(key, () => ({ names: () => undefined, loopback: () => [], watchers: new Set() }));

export function placePublicNames(cloud: Cloud, names: PublicNames, loopback: () => LoopbackName[]): void {
  Object.assign(registry(cloud), { names, loopback });
}

/** What zones lead to this machine, for programs whose resolver does not ask the cloud's DNS server. No wildcards. */
export const loopbackNames = (cloud: Cloud): LoopbackName[] => registry(cloud).loopback();

export const publicNames = (cloud: Cloud): PublicNames => registry(cloud).names;

/** Calls `changed` after each change of a zone. */
export function onPublicNamesChange(cloud: Cloud, changed: () => void): void {
  registry(cloud).watchers.add(changed);
}

export function tellPublicNamesChange(cloud: Cloud): void {
  for (const changed of registry(cloud).watchers) changed();
}
