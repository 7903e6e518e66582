/** The changes that a model would make to a stack as it stands. */
import { changesOf, type ResourceChange } from "../../cloudformation/changes.ts";
import { deploymentOf } from "../../cloudformation/deployment.ts";
import { engineOf } from "../../cloudformation/engine.ts";
import { referenced } from "../../cloudformation/run.ts";
import { getModel, listResources, type Model, type Stack } from "../../cloudformation/stack.ts";
import type { OperationContext } from "../../service.ts";

export function changesFor({ cloud }: OperationContext, stack: Stack, model: Model): ResourceChange[] {
  const resources = new Map(listResources(cloud.store, stack).map((resource) => [resource.logicalId, resource]));
  const unknown = new Set<string>();
  const stands = (logicalId: string) => referenced({ resources }, logicalId);
  const previous = stack.model === undefined ? undefined : deploymentOf(cloud, stack, getModel(cloud.store, stack, stack.model), stands);
  const target = deploymentOf(cloud, stack, model, (logicalId) => (unknown.has(logicalId) ? undefined : stands(logicalId)));
  return changesOf({ stack, resources, previous, target, handler: engineOf(cloud).handler, unknown });
}
