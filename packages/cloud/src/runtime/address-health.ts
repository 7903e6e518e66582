/** Whether what listens on a loopback address is well: a load balancer puts itself here, an alias record that asks for its target's health looks. */
import type { Cloud } from "../cloud.ts";

const key = Symbol("address health");
const shelf = (cloud: Cloud): Map<string, () => boolean> => cloud.memory(key, () => new Map());

export function placeAddressHealth(cloud: Cloud, address: string, isHealthy: (() => boolean) | undefined): void {
  if (isHealthy) shelf(cloud).set(address, isHealthy);
  else shelf(cloud).delete(address);
}

/** `undefined` where nothing is there. */
export const addressHealth = (cloud: Cloud, address: string): boolean | undefined => shelf(cloud).get(address)?.();
