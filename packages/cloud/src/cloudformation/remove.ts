/** Removing physical things: at the deletion of a stack, the undoing of its creation, and the cleaning up after an update. */
import { MadeInPart } from "../resource.ts";
import type { AnyHandler } from "./coverage.ts";
import { handlerRequest } from "./handler-request.ts";
import { Halted } from "./journal.ts";
import { failureReason, isRefusal } from "./reason.ts";
import { mark, type Run, unlessHalted } from "./run.ts";
import { dropResource, type Garbage, type StackResource, type StackTag } from "./stack.ts";
import { reversed, walk } from "./walk.ts";

export interface RemoveOptions {
  tags: readonly StackTag[];
  /** What becomes of what cannot be deleted: it stays the stack's, or is forgotten. */
  onFailure: "keep" | "forget";
  /** Whether a resource of which nothing is left leaves the stack's list (after an update), or stays as DELETE_COMPLETE. */
  dropEmpty: boolean;
}

/** Deletes all garbage of the stack, users before what they use, and answers the logical ids that failed. Rejects only with Halted. */
export async function removeGarbage(run: Run, options: RemoveOptions): Promise<string[]> {
  await markEmpty(run, options);
  const things = new Map<string, { resource: StackResource; thing: Garbage }>();
  for (const resource of run.resources.values()) for (const thing of resource.garbage) things.set(thing.token, { resource, thing });
  const failed = new Set<string>();
  while (things.size > 0) {
    const result = await walk(reversed(needsOf(things)), async (token) => {
      try {
        await removeOne(run, things.get(token)!, options);
      } catch (error) {
        if (error instanceof Halted) throw error;
        failed.add(things.get(token)!.resource.logicalId);
        // What is forgotten holds up nothing.
        if (options.onFailure === "keep") throw error;
      }
    });
    for (const error of result.failed.values()) if (error instanceof Halted) throw error;
    // Things of different generations may need each other in a circle: then any order is as good.
    const circle = result.failed.size === 0 ? result.skipped : [];
    for (const token of things.keys()) if (!circle.includes(token)) things.delete(token);
    for (const token of circle) things.get(token)!.thing.needs = [];
  }
  return [...failed];
}

/** A resource of which nothing was ever made, or nothing is left. */
async function markEmpty(run: Run, { dropEmpty }: RemoveOptions): Promise<void> {
  const empty = [...run.resources.values()].filter(
    ({ current, garbage, status }) => !current && garbage.length === 0 && status !== "DELETE_COMPLETE" && status !== "DELETE_SKIPPED",
  );
  if (empty.length === 0) return;
  await run.journal.commit(() => {
    for (const resource of empty) {
      mark(run, resource, "DELETE_COMPLETE");
      if (dropEmpty) drop(run, resource);
    }
  });
}

function needsOf(things: ReadonlyMap<string, { resource: StackResource; thing: Garbage }>): Map<string, Set<string>> {
  const tokens = new Map<string, string[]>();
  for (const [token, { resource }] of things) tokens.set(resource.logicalId, [...(tokens.get(resource.logicalId) ?? []), token]);
  return new Map(
    [...things].map(([token, { thing }]) => [token, new Set(thing.needs.flatMap((logicalId) => tokens.get(logicalId) ?? []))]),
  );
}

async function removeOne(
  run: Run,
  { resource, thing }: { resource: StackResource; thing: Garbage },
  options: RemoveOptions,
): Promise<void> {
  const { logicalId } = resource;
  if (thing.policy === "Retain") return gone(run, resource, thing, "DELETE_SKIPPED", options);
  try {
    const handler = await run.handler(thing.type);
    if (!handler) throw new Error(`the embedded cloud does not serve ${thing.type}`);
    const physicalId = await physicalIdOf(run, handler, logicalId, thing, options.tags);
    if (physicalId !== undefined) {
      await run.journal.commit(() => {
        thing.physicalId = physicalId;
        if (!resource.current) resource.physicalId = physicalId;
        mark(run, resource, "DELETE_IN_PROGRESS", { physicalId });
      });
      const request = await requestFor(run, logicalId, thing, options.tags);
      const policy = thing.policy === "Snapshot" && thing.state !== "failed" && thing.state !== "creating" ? "Snapshot" : "Delete";
      await unlessHalted(run, `delete ${logicalId}`, () => handler.delete({ ...request, physicalId, policy }));
    }
    await gone(run, resource, thing, "DELETE_COMPLETE", options);
  } catch (error) {
    if (error instanceof Halted) throw error;
    const { world } = run.cloud;
    const reason = failureReason(error, {
      type: thing.type,
      requestId: world.random.uuid(),
      token: world.random.uuid(),
      secrets: run.secrets,
    });
    await run.journal.commit(() => {
      if (options.onFailure === "forget") forget(resource, thing);
      mark(run, resource, "DELETE_FAILED", { reason, physicalId: thing.physicalId ?? "" });
      if (options.onFailure === "forget" && options.dropEmpty && isEmpty(resource)) drop(run, resource);
    });
    throw error;
  }
}

/** What is to be deleted, or `undefined` when nothing was made. */
async function physicalIdOf(
  run: Run,
  handler: AnyHandler,
  logicalId: string,
  thing: Garbage,
  tags: readonly StackTag[],
): Promise<string | undefined> {
  if (thing.physicalId !== undefined || thing.state !== "creating") return thing.physicalId;
  const request = await requestFor(run, logicalId, thing, tags);
  if (handler.find) return (await unlessHalted(run, `find ${logicalId}`, () => handler.find!(request)))?.physicalId;
  try {
    return (await unlessHalted(run, `create ${logicalId}`, () => handler.create(request))).physicalId;
  } catch (error) {
    if (error instanceof MadeInPart) return error.physicalId;
    if (isRefusal(error)) return undefined;
    throw error;
  }
}

/** Where a dynamic reference no longer resolves, the thing goes all the same. */
async function requestFor(run: Run, logicalId: string, thing: Garbage, tags: readonly StackTag[]) {
  const options = { tags, signal: run.halted };
  try {
    return await unlessHalted(run, `request ${logicalId}`, () => handlerRequest(run, logicalId, thing, thing.properties, options));
  } catch (error) {
    if (error instanceof Halted) throw error;
    return { ...(await handlerRequest(run, logicalId, thing, {}, options)), properties: thing.properties };
  }
}

async function gone(
  run: Run,
  resource: StackResource,
  thing: Garbage,
  status: "DELETE_COMPLETE" | "DELETE_SKIPPED",
  { dropEmpty }: RemoveOptions,
): Promise<void> {
  await run.journal.commit(() => {
    forget(resource, thing);
    if (!resource.current && thing.physicalId !== undefined) resource.physicalId = thing.physicalId;
    mark(run, resource, status, { physicalId: thing.physicalId ?? "" });
    if (dropEmpty && isEmpty(resource)) drop(run, resource);
  });
}

const isEmpty = ({ current, garbage }: StackResource) => !current && garbage.length === 0;

function forget(resource: StackResource, thing: Garbage): void {
  resource.garbage = resource.garbage.filter(({ token }) => token !== thing.token);
}

function drop(run: Run, resource: StackResource): void {
  run.resources.delete(resource.logicalId);
  dropResource(run.cloud.store, run.stack, resource.logicalId);
}
