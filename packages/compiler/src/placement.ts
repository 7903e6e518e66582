/** Where tasks stand. */
import type { Network } from "./network.ts";
import type { Value } from "./value.ts";

/** A program with a public address stands in a public subnet, whatever the others do. */
export function placementOf(network: Network, isPublic: boolean): { subnets: readonly Value[]; assignPublicIp: boolean } {
  const open = isPublic || network.placement === "public";
  return { subnets: open ? network.publicSubnets : network.privateSubnets, assignPublicIp: open };
}
