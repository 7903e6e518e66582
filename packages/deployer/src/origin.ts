/** Which thing of the inventory a resource comes from. */
import type { Assembly } from "@plinth/compiler";

/** By its logical id, or where it is a successor (`Database2`, `PublicSubnet1V2`) by that of the first. */
export function originOf({ origins }: Assembly, layer: string | undefined, logicalId: string): Assembly["origins"][string] | undefined {
  return origins[`${layer}/${logicalId}`] ?? origins[`${layer}/${logicalId.replace(/V?\d+$/, "")}`];
}
