/** The changes that a model would make to a stack as it stands. */
import { changesOf, type ResourceChange } from "../../cloudformation/changes.ts";
import { asItIs } from "../../cloudformation/change-set.ts";
import { deploymentOf } from "../../cloudformation/deployment.ts";
import { driftDifferences, type ResourceDrift } from "../../cloudformation/drift.ts";
import { engineOf } from "../../cloudformation/engine.ts";
import { referenced } from "../../cloudformation/run.ts";
import { getModel, listResources, type Model, type Stack, type StackResource } from "../../cloudformation/stack.ts";
import type { OperationContext } from "../../service.ts";

/** `drift`: to be reverted, by logical id; then what is there counts instead of what the stack believes. */
export function changesFor(
  { cloud }: OperationContext,
  stack: Stack,
  model: Model,
  drift: Readonly<Record<string, ResourceDrift>> = {},
): ResourceChange[] {
  const seen = (resource: StackResource) => {
    const found = drift[resource.logicalId];
    return found ? asItIs(stack, model.tags, resource, found) : resource;
  };
  const resources = new Map(listResources(cloud.store, stack).map((resource) => [resource.logicalId, seen(resource)]));
  const unknown = new Set<string>();
  const stands = (logicalId: string) => referenced({ resources }, logicalId);
  const before = stack.model === undefined ? undefined : getModel(cloud.store, stack, stack.model);
  const previous = before && deploymentOf(cloud, stack, before, stands);
  const unmade = () => before && deploymentOf(cloud, stack, before, () => undefined);
  const target = deploymentOf(cloud, stack, model, (logicalId) => (unknown.has(logicalId) ? undefined : stands(logicalId)));
  const changes = changesOf({ stack, resources, previous, unmade, target, handler: engineOf(cloud).handler, unknown, anew: new Set() });
  return changes.map((change) => {
    const found = drift[change.logicalId];
    return found ? withDrift(change, found) : change;
  });
}

/** Says of each place that has drifted what it was, and that it is compared with what it is. */
function withDrift(change: ResourceChange, drift: ResourceDrift): ResourceChange {
  const differences = new Map(driftDifferences(change.type, drift).map((one) => [one.path, one]));
  const text = (value: unknown) => (value === undefined ? undefined : typeof value === "string" ? value : JSON.stringify(value));
  return {
    ...change,
    driftStatus: drift.status,
    details: change.details.map((detail) => {
      const found = detail.path === undefined ? undefined : differences.get(detail.path);
      if (!found) return detail;
      const [previous, actual] = [text(found.before), text(found.after)];
      return {
        ...detail,
        ...(actual === undefined ? {} : { before: actual }),
        drift: {
          ...(previous === undefined ? {} : { previous }),
          ...(actual === undefined ? {} : { actual }),
          checkedMs: drift.checkedMs,
        },
      };
    }),
  };
}
