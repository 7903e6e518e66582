/**
 * What the public zones of this cloud say: who keeps zones (Route 53) answers here, who has to look something up in public DNS
 * (Certificate Manager, health checks) asks, and is told when it changes.
 */
import type { Cloud } from "../../cloud.ts";

/** The values of the records of a name and type, CNAMEs followed: `undefined` where no zone of this cloud has the name. Names without the dot at the end. */
export type PublicNames = (name: string, type: "A" | "CAA" | "CNAME" | "NS") => readonly string[] | undefined;

interface Registry {
  names: PublicNames;
  watchers: Set<() => void>;
}

const key = Symbol("public names");
const registry = (cloud: Cloud): Registry => cloud.memory(key, () => ({ names: () => undefined, watchers: new Set() }));

export function placePublicNames(cloud: Cloud, names: PublicNames): void {
  registry(cloud).names = names;
}

export const publicNames = (cloud: Cloud): PublicNames => registry(cloud).names;

/** Calls `changed` after each change of a zone. */
export function onPublicNamesChange(cloud: Cloud, changed: () => void): void {
  registry(cloud).watchers.add(changed);
}

export function tellPublicNamesChange(cloud: Cloud): void {
  for (const changed of registry(cloud).watchers) changed();
}
