/** The order of layers: users after what they use. */
import type { DeployedStack } from "./stacks/stack-state.ts";

const layerOrder = ["network", "storage", "secrets", "messaging", "database", "iam", "tasks", "waf", "edge", "compute", "observability"];

export function byLayerBackwards(a: Pick<DeployedStack, "layer">, b: Pick<DeployedStack, "layer">): number {
  return layerOrder.indexOf(b.layer ?? "") - layerOrder.indexOf(a.layer ?? "");
}
