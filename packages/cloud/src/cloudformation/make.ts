/** The phase that makes a stack what its template says: each resource is created, updated, replaced, or left as it is. */
import { coerceProperties, diffProperties } from "@plinth/cloudformation";
import { resourceTypeSchema } from "@plinth/cloudformation/resource-types";
import { ActFailed, Cancelled, create, keepStable, markFailed, update } from "./acts.ts";
import { type AnyHandler, faultMessage, propertyFaults } from "./coverage.ts";
import type { Deployment } from "./deployment.ts";
import { Halted } from "./journal.ts";
import { failureReason, PropertiesRefused } from "./reason.ts";
import { mark, type Run } from "./run.ts";
import { putResource, type StackResource } from "./stack.ts";
import { DeniedByPolicy, policyRefusal, statementsFor } from "./stack-policy.ts";
import { mergeTags, resourceTags } from "./tags.ts";
import { walk } from "./walk.ts";

/** Brings every active resource to what the deployment says; what fails is noted in the operation. Rejects only with Halted. */
export async function makeAll(run: Run, deployment: Deployment): Promise<void> {
  const { failed } = await walk(deployment.needs, (logicalId) => makeOne(run, deployment, logicalId), {
    mayStart: () => !run.stack.operation?.failed && !run.abort.signal.aborted,
    onFailure: () => run.abort.abort(new Cancelled()),
  });
  for (const error of failed.values()) if (error instanceof Halted) throw error;
}

/** What the deployment no longer has and the stack's policy does not let go: it fails, and with it the update, before anything is made. */
export async function refuseDeletions(run: Run, deployment: Deployment): Promise<void> {
  const statements = statementsFor(run.stack, run.stack.operation!);
  if (statements.length === 0) return;
  for (const resource of run.resources.values()) {
    if (!resource.current || deployment.active.includes(resource.logicalId)) continue;
    const refusal = policyRefusal(statements, "Update:Delete", resource);
    if (refusal === undefined) continue;
    await run.journal.commit(() => {
      keepStable(resource);
      markFailed(run, resource, "update", refusal);
    });
  }
}

async function makeOne(run: Run, deployment: Deployment, logicalId: string): Promise<void> {
  const { Type: type } = deployment.template.Resources[logicalId]!;
  const resource: StackResource = run.resources.get(logicalId) ?? {
    logicalId,
    type,
    status: "CREATE_IN_PROGRESS",
    updatedMs: run.cloud.world.clock.nowMs(),
    physicalId: "",
    garbage: [],
  };
  run.resources.set(logicalId, resource);
  const isNew = (resource.stable ? resource.stable.instance : resource.current) === undefined;
  try {
    const handler = await run.handler(type);
    if (!handler) throw new PropertiesRefused(`Unrecognized resource types: [${type}]`);
    const { properties, needs } = wanted(run, deployment, handler, logicalId);
    await reach(run, deployment, handler, resource, properties, needs);
  } catch (error) {
    if (error instanceof Halted) throw error;
    // The failure of an act has been written by the act.
    if (!(error instanceof ActFailed)) {
      const reason = failureReason(error, {
        type,
        requestId: run.cloud.world.random.uuid(),
        token: run.cloud.world.random.uuid(),
        secrets: run.secrets,
      });
      await run.journal.commit(() => {
        keepStable(resource);
        markFailed(run, resource, isNew ? "create" : "update", reason);
      });
    }
    throw error;
  }
}

/** The properties that the deployment asks for now that all it refers to stands. @throws PropertiesRefused */
function wanted(
  run: Run,
  deployment: Deployment,
  handler: AnyHandler,
  logicalId: string,
): { properties: Record<string, unknown>; needs: string[] } {
  const { Type: type } = deployment.template.Resources[logicalId]!;
  const schema = resourceTypeSchema(type);
  const evaluated = deployment.evaluation.properties(logicalId);
  const faults = propertyFaults(type, handler, evaluated);
  if (faults.length > 0) throw new PropertiesRefused(faultMessage(logicalId, faults));
  const coerced = schema ? coerceProperties(schema, evaluated) : evaluated;
  const properties = mergeTags(schema, coerced, resourceTags(run.stack, deployment.model.tags, logicalId));
  return { properties, needs: [...deployment.needs.get(logicalId)!] };
}

async function reach(
  run: Run,
  deployment: Deployment,
  handler: AnyHandler,
  resource: StackResource,
  properties: Record<string, unknown>,
  needs: string[],
): Promise<void> {
  const { current } = resource;
  if (!current) return create(run, deployment, handler, resource, properties, needs, undefined);
  if (current.state === "creating") return create(run, deployment, handler, resource, properties, needs, current);
  if (current.state === "failed") return create(run, deployment, handler, resource, properties, needs, undefined);

  const schema = resourceTypeSchema(resource.type);
  const differences = diffProperties(schema, current.properties, properties);
  if (current.state === "made" && differences.length === 0) {
    if (sameNames(current.needs, needs) && resource.status.endsWith("_COMPLETE")) return;
    await run.journal.commit(() => {
      current.needs = needs;
      // A failure that was recovered from elsewhere: the resource is as it should be.
      if (resource.status.endsWith("_COMPLETE")) putResource(run.cloud.store, run.stack, resource);
      else mark(run, resource, resource.stable && !resource.stable.instance ? "CREATE_COMPLETE" : "UPDATE_COMPLETE");
    });
    return;
  }
  const changed = [...new Set(differences.map(({ name }) => name))];
  const mustReplace = differences.some(({ replacement }) => replacement === "Always");
  const mayReplace = differences.some(({ replacement }) => replacement === "Conditionally");
  const replaces =
    !handler.update || mustReplace || (mayReplace && (handler.replaces?.({ properties, previous: current.properties, changed }) ?? true));
  const refusal = policyRefusal(statementsFor(run.stack, run.stack.operation!), replaces ? "Update:Replace" : "Update:Modify", resource);
  if (refusal !== undefined) throw new DeniedByPolicy(refusal);
  if (replaces) return create(run, deployment, handler, resource, properties, needs, undefined);
  return update(run, deployment, handler, resource, current, properties, needs);
}

const sameNames = (a: readonly string[], b: readonly string[]) => a.length === b.length && a.every((name) => b.includes(name));
