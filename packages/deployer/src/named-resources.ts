/** Resources of one type that an app declares under a name: their names in the app's file, their ids where they are deployed. */
import type { Assembly } from "@plinth/compiler";
import type { Aws } from "./aws.ts";
import { originOf } from "./origin.ts";
import type { DeployedStack } from "./stacks/stack-state.ts";

/** The inventory keys, in the app's order. */
export function declaredNames(assembly: Assembly, type: string): string[] {
  const names = assembly.stacks.flatMap(({ layer, template }) =>
    Object.entries(template.Resources).flatMap(([id, { Type }]) => (Type === type ? [originOf(assembly, layer, id)?.key ?? id] : [])),
  );
  return [...new Set(names)];
}

/** What is deployed of it. */
export async function deployedIds(
  aws: Aws,
  assembly: Assembly,
  stacks: ReadonlyMap<string, DeployedStack>,
  type: string,
  name: string,
): Promise<{ region: string; id: string }[]> {
  const layers = new Set(
    assembly.stacks.filter(({ template }) => Object.values(template.Resources).some(({ Type }) => Type === type)).map(({ layer }) => layer),
  );
  const found = await Promise.all(
    [...stacks.values()]
      .filter(({ layer }) => layer !== undefined && layers.has(layer))
      .map(async ({ name: StackName, layer, region }) => {
        const { StackResources = [] } = await aws.in(region).call("cloudformation", "DescribeStackResources", { StackName });
        return StackResources.flatMap(({ LogicalResourceId = "", PhysicalResourceId, ResourceType, ResourceStatus }) =>
          ResourceType === type &&
          PhysicalResourceId &&
          ResourceStatus !== "DELETE_COMPLETE" &&
          (originOf(assembly, layer, LogicalResourceId)?.key ?? LogicalResourceId) === name
            ? [{ region, id: PhysicalResourceId }]
            : [],
        );
      }),
  );
  return found.flat();
}
