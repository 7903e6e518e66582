/** The phase that brings a stack back to its last good point after an update failed. */
import type { Deployment } from "./deployment.ts";
import { Halted } from "./journal.ts";
import { callUpdate } from "./acts.ts";
import { failureReason } from "./reason.ts";
import { mark, type Run } from "./run.ts";
import type { StackResource } from "./stack.ts";
import { walk } from "./walk.ts";

/**
 * Updates back, in place, what was updated in place. What was replaced or is new is dealt with by the commit that ends the phase.
 * Answers the logical ids that failed. Rejects only with Halted.
 */
export async function restoreAll(run: Run, previous: Deployment, skip: readonly string[]): Promise<string[]> {
  const touched = [...run.resources.values()].filter((resource) => needsRestoring(resource) && !skip.includes(resource.logicalId));
  const needs = new Map(touched.map(({ logicalId, stable }) => [logicalId, new Set(stable!.instance!.needs)]));
  const { failed } = await walk(needs, (logicalId) => restoreOne(run, previous, run.resources.get(logicalId)!));
  for (const error of failed.values()) if (error instanceof Halted) throw error;
  return [...failed.keys()];
}

/** Whether the physical thing is the stable one, but not, or not surely, in its stable state. */
export function needsRestoring({ current, stable }: StackResource): boolean {
  if (!current || !stable?.instance || current.token !== stable.instance.token) return false;
  return current.state === "updating" || JSON.stringify(current.properties) !== JSON.stringify(stable.instance.properties);
}

async function restoreOne(run: Run, previous: Deployment, resource: StackResource): Promise<void> {
  const { logicalId, type } = resource;
  const current = resource.current!;
  const target = resource.stable!.instance!;
  try {
    const handler = await run.handler(type);
    if (!handler) throw new Error(`the embedded cloud does not serve ${type}`);
    // What the thing is now: what was asked of it last, whether it got there or not.
    const from = current.wanted ?? current.properties;
    await run.journal.commit(() => {
      current.state = "updating";
      current.wanted = from;
      resource.shown = JSON.stringify(previous.shown.properties(logicalId));
      mark(run, resource, "UPDATE_IN_PROGRESS");
    });
    const { physicalId, attributes } = await callUpdate(run, handler, logicalId, current, from, target.properties, {
      tags: previous.model.tags,
      signal: run.halted,
    });
    await run.journal.commit(() => {
      resource.current = { ...target, physicalId, attributes };
      resource.stable = { instance: structuredClone(resource.current) };
      resource.physicalId = physicalId;
      mark(run, resource, "UPDATE_COMPLETE");
    });
  } catch (error) {
    if (error instanceof Halted) throw error;
    const { world } = run.cloud;
    const reason = failureReason(error, { type, requestId: world.random.uuid(), token: current.token, secrets: run.secrets });
    await run.journal.commit(() => mark(run, resource, "UPDATE_FAILED", { reason }));
    throw error;
  }
}
