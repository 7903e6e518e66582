/** Ports of loopback addresses that stand for others, where this user may not listen below 1024: who listens puts them here, who names such an address to a program asks. */
import type { Cloud } from "../cloud.ts";

/** Port as it is called → port that listens for it. */
export type MovedPorts = ReadonlyMap<number, number>;

interface Shelf {
  byAddress: Map<string, MovedPorts>;
  watchers: Set<() => void>;
}

const key = Symbol("moved ports");
const shelf = (cloud: Cloud): Shelf => cloud.memory(key, () => ({ byAddress: new Map(), watchers: new Set() }));

/** Those that stand for themselves need not be there. */
export function placeMovedPorts(cloud: Cloud, address: string, ports: MovedPorts | undefined): void {
  const { byAddress, watchers } = shelf(cloud);
  const moved = new Map([...(ports ?? [])].filter(([from, to]) => from !== to));
  const before = byAddress.get(address);
  if (moved.size > 0) byAddress.set(address, moved);
  else byAddress.delete(address);
  if (JSON.stringify([...moved]) !== JSON.stringify([...(before ?? [])])) for (const changed of watchers) changed();
}

export const movedPorts = (cloud: Cloud, address: string): MovedPorts => shelf(cloud).byAddress.get(address) ?? new Map();

/** Calls `changed` after each change. */
export function onMovedPortsChange(cloud: Cloud, changed: () => void): void {
  shelf(cloud).watchers.add(changed);
}
