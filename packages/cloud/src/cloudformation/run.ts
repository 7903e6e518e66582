/** One operation of one stack while it runs: its records in memory, and how they and their events are written. */
import type { ResourceStatus } from "@aws-sdk/client-cloudformation";
import type { Cloud } from "../cloud.ts";
import type { Call } from "../service.ts";
import type { AnyHandler } from "./coverage.ts";
import { Halted, type Journal } from "./journal.ts";
import { notify } from "./notifications.ts";
import { putResource, putStack, type Stack, type StackResource } from "./stack.ts";
import { addEvent, isOfCleaning } from "./stack-event.ts";

export interface Run {
  readonly cloud: Cloud;
  readonly journal: Journal;
  readonly handler: (type: string) => Promise<AnyHandler | undefined>;
  /** The stack's record: changed here, then put. */
  readonly stack: Stack;
  readonly resources: Map<string, StackResource>;
  /** Calls as the operation's principal. */
  readonly call: Call;
  readonly callIn: (region: string) => Call;
  /** Values that must not be shown. */
  readonly secrets: Set<string>;
  /** Ends what is in flight when a sibling fails, or the operation is cancelled or out of time. */
  abort: AbortController;
  /** Ends everything when the cloud stops. */
  readonly halted: AbortSignal;
  readonly step: (name: string) => void;
}

/** Writes the stack with a status and its event. `more` is written in the same commit. */
export function setStatus(run: Run, status: Stack["status"], reason?: string, more?: () => void): void {
  const { cloud, stack, journal } = run;
  journal.now(() => {
    more?.();
    markStack(cloud, stack, status, reason);
  });
}

/** The same inside a transaction. */
export function markStack(cloud: Cloud, stack: Stack, status: Stack["status"], reason?: string): void {
  stack.status = status;
  if (reason === undefined) delete stack.statusReason;
  else stack.statusReason = reason;
  const event = addEvent(cloud.store, cloud.world, stack, {
    logicalId: stack.name,
    physicalId: stack.id,
    type: "AWS::CloudFormation::Stack",
    status,
    ...(reason === undefined ? {} : { reason }),
  });
  putStack(cloud.store, stack);
  notify(cloud, stack, event);
}

/** Gives a resource a status, with its event: inside a transaction. `physicalId` where the event is of another thing than the current one. */
export function mark(
  run: Run,
  resource: StackResource,
  status: ResourceStatus,
  { reason, physicalId }: { reason?: string; physicalId?: string } = {},
): void {
  const { cloud, stack } = run;
  const ofAnother = physicalId !== undefined && resource.current !== undefined;
  if (!ofAnother) {
    resource.status = status;
    if (reason === undefined) delete resource.statusReason;
    else resource.statusReason = reason;
  }
  const event = addEvent(cloud.store, cloud.world, stack, {
    logicalId: resource.logicalId,
    physicalId: physicalId ?? resource.physicalId,
    type: resource.type,
    status,
    ...(reason === undefined ? {} : { reason }),
    ...(resource.shown === undefined || isOfCleaning(stack, status) ? {} : { properties: resource.shown }),
  });
  resource.updatedMs = stack.lastEventMs;
  putResource(cloud.store, stack, resource);
  putStack(cloud.store, stack);
  notify(cloud, stack, event);
}

/** What a handler promises, or Halted as soon as the cloud stops: late answers count for nothing. */
export async function unlessHalted<T>({ halted, step }: Run, name: string, work: () => Promise<T>): Promise<T> {
  step(name);
  if (halted.aborted) throw new Halted();
  let stop: (() => void) | undefined;
  const stopped = new Promise<never>((_, fail) => halted.addEventListener("abort", (stop = () => fail(new Halted())), { once: true }));
  try {
    const result = await Promise.race([work(), stopped]);
    if (halted.aborted) throw new Halted();
    return result;
  } catch (error) {
    throw halted.aborted ? new Halted() : error;
  } finally {
    if (stop) halted.removeEventListener("abort", stop);
    stopped.catch(() => undefined);
  }
}

/** What references to a resource see: only what stands whole. */
export function referenced(run: Pick<Run, "resources">, logicalId: string) {
  const current = run.resources.get(logicalId)?.current;
  return current?.state === "made" && current.physicalId !== undefined
    ? { physicalId: current.physicalId, attributes: current.attributes, properties: current.properties }
    : undefined;
}
