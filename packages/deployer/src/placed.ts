/** Where resources stand, when a layer has more than one stack: what stands in one stays in it. */
import type { Assembly } from "@plinth/compiler";
import type { Aws } from "./aws.ts";
import { appLogicalId } from "./successors.ts";
import { deployedTemplate, describeStage, isStanding } from "./stacks/stack-state.ts";

/** Logical ids by stack, for `compile`; `undefined` where every layer has one stack, so that nothing can be misplaced. */
export async function placedResources(aws: Aws, assembly: Assembly): Promise<Record<string, string[]> | undefined> {
  const stacks = [...(await describeStage(aws, assembly)).values()].filter(isStanding);
  const several = (all: readonly { layer: string | undefined }[]) => new Set(all.map(({ layer }) => layer)).size < all.length;
  if (stacks.length === 0 || !(several(stacks) || several(assembly.stacks))) return undefined;
  const placed = stacks.map(async ({ name, region }) => {
    const template = await deployedTemplate(aws.in(region), name);
    return [name, Object.entries(template?.Resources ?? {}).map(([id, resource]) => appLogicalId(id, resource))] as const;
  });
  return Object.fromEntries(await Promise.all(placed));
}
