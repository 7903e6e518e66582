/** The app as it is compiled for a stage that stands: in a large one a resource never changes its stack. */
import type { Assembly } from "@plinth/compiler";
import type { Aws } from "@plinth/deployer";
import type { Invocation } from "../command.ts";
import { loadApp } from "./load-app.ts";

/** @param aws without it the stage cannot have been deployed. */
export async function inPlace(invocation: Invocation, assembly: Assembly, aws: Aws | undefined): Promise<Assembly> {
  if (!aws) return assembly;
  const { placedResources } = await import("@plinth/deployer/placed");
  const placed = await placedResources(aws, assembly);
  return placed ? loadApp({ ...invocation, placed }) : assembly;
}
