/** The two acts that make a resource: the creation of an instance, and its update in place. Each writes its own events, of its failure as well. */
import { type Made, MadeInPart } from "../resource.ts";
import type { AnyHandler } from "./coverage.ts";
import type { Deployment } from "./deployment.ts";
import { handlerRequest, resolvedProperties } from "./handler-request.ts";
import { Halted } from "./journal.ts";
import { failureReason, isRefusal } from "./reason.ts";
import { mark, type Run, unlessHalted } from "./run.ts";
import type { Instance, StackResource } from "./stack.ts";

/** The characters of a token. */
const tokenAlphabet = "abcdefghijklmnopqrstuvwxyz0123456789";

/** Makes an instance of a resource. `interrupted`: one whose creation a crash cut off. */
export async function create(
  run: Run,
  deployment: Deployment,
  handler: AnyHandler,
  resource: StackResource,
  properties: Record<string, unknown>,
  needs: string[],
  interrupted: Instance | undefined,
): Promise<void> {
  const { world } = run.cloud;
  const { logicalId, type } = resource;
  const isReplacement = resource.stable ? resource.stable.instance !== undefined : resource.current !== undefined;
  const [inProgress, complete] = isReplacement
    ? (["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"] as const)
    : (["CREATE_IN_PROGRESS", "CREATE_COMPLETE"] as const);
  const instance: Instance = interrupted ?? {
    token: world.random.text(32, tokenAlphabet),
    type,
    properties,
    attributes: {},
    needs,
    state: "creating",
  };
  if (!interrupted) {
    await run.journal.commit(() => {
      keepStable(resource);
      // What neither stood at the last good point nor is wanted now goes at the end.
      if (resource.current && resource.current.token !== resource.stable?.instance?.token)
        resource.garbage.push({ ...resource.current, policy: "Delete" });
      resource.current = instance;
      resource.shown = JSON.stringify(deployment.shown.properties(logicalId));
      mark(
        run,
        resource,
        inProgress,
        isReplacement ? { reason: "Requested update requires the creation of a new physical resource; hence creating one." } : {},
      );
    });
  }

  const initiated = (physicalId: string, waitsFor?: string) => {
    if (instance.physicalId === physicalId && waitsFor === undefined) return;
    instance.physicalId = resource.physicalId = physicalId;
    mark(run, resource, inProgress, { reason: waitsFor ?? "Resource creation Initiated" });
  };
  const { signal } = run.abort;
  const options = {
    tags: deployment.model.tags,
    signal,
    started: (physicalId: string, waitsFor?: string) => run.journal.commit(() => initiated(physicalId, waitsFor)),
  };
  try {
    const request = await unlessHalted(run, `request ${logicalId}`, () =>
      handlerRequest(run, logicalId, instance, instance.properties, options),
    );
    const made: Made | undefined = interrupted
      ? await unlessHalted(run, `find ${logicalId}`, async () => handler.find?.(request))
      : undefined;
    const { physicalId, attributes } = made ?? (await unlessHalted(run, `create ${logicalId}`, () => handler.create(request)));
    await run.journal.commit(() => {
      initiated(physicalId);
      Object.assign(instance, { attributes, state: "made" });
      mark(run, resource, complete);
    });
  } catch (error) {
    if (error instanceof Halted) throw error;
    if (error instanceof MadeInPart) instance.physicalId = resource.physicalId = error.physicalId;
    // An abort, or a fault on the way of a repeated attempt, says nothing of what there is; a refusal says that nothing is.
    const unsure = instance.physicalId === undefined && (signal.aborted || (interrupted !== undefined && !isRefusal(error)));
    const known = !unsure || (handler.find ? await findLeftover(run, handler, deployment, logicalId, instance) : !interrupted);
    const reason = signal.aborted
      ? isReplacement
        ? "Resource update cancelled"
        : "Resource creation cancelled"
      : failureReason(error, { type, requestId: world.random.uuid(), token: instance.token, secrets: run.secrets });
    await run.journal.commit(() => {
      if (known) instance.state = "failed";
      markFailed(run, resource, isReplacement ? "update" : "create", reason);
    });
    throw new ActFailed(error);
  }
}

/** An aborted creation may have left something that its error does not name. Answers whether that is known now. */
async function findLeftover(
  run: Run,
  handler: AnyHandler,
  deployment: Deployment,
  logicalId: string,
  instance: Instance,
): Promise<boolean> {
  try {
    const options = { tags: deployment.model.tags, signal: run.halted };
    const request = await handlerRequest(run, logicalId, instance, instance.properties, options);
    const made = await unlessHalted(run, `find ${logicalId}`, async () => handler.find?.(request));
    if (made) instance.physicalId = made.physicalId;
    return true;
  } catch (error) {
    // Where looking fails too, the removal looks again.
    if (error instanceof Halted) throw error;
    return false;
  }
}

/** Updates `current` in place to `properties`. */
export async function update(
  run: Run,
  deployment: Deployment,
  handler: AnyHandler,
  resource: StackResource,
  current: Instance,
  properties: Record<string, unknown>,
  needs: string[],
): Promise<void> {
  const { logicalId, type } = resource;
  await run.journal.commit(() => {
    keepStable(resource);
    const resumed = current.state === "updating" && resource.status === "UPDATE_IN_PROGRESS";
    current.state = "updating";
    current.wanted = properties;
    resource.shown = JSON.stringify(deployment.shown.properties(logicalId));
    if (!resumed) mark(run, resource, "UPDATE_IN_PROGRESS");
  });
  const { signal } = run.abort;
  try {
    const { attributes, physicalId } = await callUpdate(run, handler, logicalId, current, current.properties, properties, {
      tags: deployment.model.tags,
      signal,
    });
    await run.journal.commit(() => {
      Object.assign(current, { physicalId, attributes, properties, needs, state: "made" });
      delete current.wanted;
      resource.physicalId = physicalId;
      mark(run, resource, "UPDATE_COMPLETE");
    });
  } catch (error) {
    if (error instanceof Halted) throw error;
    const reason = signal.aborted
      ? "Resource update cancelled"
      : failureReason(error, { type, requestId: run.cloud.world.random.uuid(), token: current.token, secrets: run.secrets });
    await run.journal.commit(() => markFailed(run, resource, "update", reason));
    throw new ActFailed(error);
  }
}

/** Updates in place from `previous` to `properties`. */
export async function callUpdate(
  run: Run,
  handler: AnyHandler,
  logicalId: string,
  instance: Instance,
  previous: Record<string, unknown>,
  properties: Record<string, unknown>,
  options: { tags: Deployment["model"]["tags"]; signal: AbortSignal },
): Promise<Made> {
  const { physicalId } = instance;
  if (!handler.update || physicalId === undefined) throw new Error(`${instance.type} cannot be updated in place`);
  const request = await unlessHalted(run, `request ${logicalId}`, () => handlerRequest(run, logicalId, instance, properties, options));
  const before = await unlessHalted(run, `request ${logicalId}`, () => resolvedProperties(run, instance.type, previous));
  return unlessHalted(run, `update ${logicalId}`, () => handler.update!({ ...request, physicalId, previous: before }));
}

/** The failure has its event already. */
export class ActFailed extends Error {
  readonly reason: unknown;
  constructor(reason: unknown) {
    super(reason instanceof Error ? reason.message : String(reason));
    this.reason = reason;
  }
}

/** A sibling failed, or the operation was cancelled. */
export class Cancelled extends Error {
  constructor() {
    super("cancelled");
  }
}

/** Writes a failure, and that the operation has failed, inside a transaction. */
export function markFailed(run: Run, resource: StackResource, verb: "create" | "update", reason: string): void {
  const operation = run.stack.operation!;
  operation.failed = [...(operation.failed ?? []), { logicalId: resource.logicalId, verb }];
  mark(run, resource, verb === "create" ? "CREATE_FAILED" : "UPDATE_FAILED", { reason });
}

/** Notes what stands, once, before an operation touches it for the first time. */
export function keepStable(resource: StackResource): void {
  resource.stable ??= resource.current ? { instance: structuredClone(resource.current) } : {};
}
