/** The phases of an operation, one after the other, as engine.md's table has them. */
import { TemplateError } from "@plinth/cloudformation";
import { type Deployment, deploymentOf } from "./deployment.ts";
import { exportConflict } from "./exports.ts";
import { Halted } from "./journal.ts";
import { makeAll, refuseDeletions } from "./make.ts";
import { removalPolicy, undoPolicy } from "./policies.ts";
import { removeGarbage } from "./remove.ts";
import { needsRestoring, restoreAll } from "./restore.ts";
import { whileWatched } from "./rollback-triggers.ts";
import { mark, markStack, referenced, type Run, setStatus } from "./run.ts";
import { dropOldModels, getModel, type Operation, putResource, putStack, type Stack, type StackOutput, wasMade } from "./stack.ts";

/** Runs the stack's operation from the phase it is in to its end. Rejects only with Halted. */
export async function runPhases(run: Run): Promise<void> {
  while (run.stack.operation) {
    const { phase, type } = run.stack.operation;
    try {
      await phases[phase](run);
    } catch (error) {
      if (error instanceof Halted) throw error;
      // A fault of the engine's own leaves the stack where it stands, and says so: never silent, never in progress for ever.
      const status = phase === "make" && type === "CREATE_STACK" ? "CREATE_FAILED" : failedStatus[phase];
      run.journal.now(() => finish(run, status, `Internal failure: ${error instanceof Error ? error.message : String(error)}`));
    }
  }
}

const failedStatus = {
  make: "UPDATE_FAILED",
  undo: "ROLLBACK_FAILED",
  restore: "UPDATE_ROLLBACK_FAILED",
  clean: "UPDATE_FAILED",
  delete: "DELETE_FAILED",
} as const;

const phases = { make, clean, restore, undo, delete: deleteAll };

function deployment(run: Pick<Run, "cloud" | "stack" | "resources">, number: number): Deployment {
  return deploymentOf(run.cloud, run.stack, getModel(run.cloud.store, run.stack, number), (logicalId) => referenced(run, logicalId));
}

const tagsOf = (run: Run, number: number | undefined) => (number === undefined ? [] : getModel(run.cloud.store, run.stack, number).tags);

async function make(run: Run): Promise<void> {
  const { stack, cloud } = run;
  const operation = stack.operation!;
  const isCreate = operation.type === "CREATE_STACK";
  if (operation.next) return deleteNext(run, operation.next);
  if (operation.cancelled) return fail(run, "Stack update cancelled");
  if (operation.turnedBack !== undefined) return fail(run, operation.turnedBack);
  const target = deployment(run, stack.target!);
  let timedOut = false;
  const expire = () => {
    timedOut = true;
    run.abort.abort(new Error("timed out"));
  };
  const stopTimer =
    operation.deadlineMs === undefined
      ? undefined
      : cloud.world.clock.after(Math.max(0, operation.deadlineMs - cloud.world.clock.nowMs()), expire);
  await whileWatched(run, target.model.rollback, async () => {
    if (!operation.failed) await refuseDeletions(run, target);
    await makeAll(run, target);
  }).finally(() => stopTimer?.());

  if (operation.next) return deleteNext(run, operation.next);
  if (timedOut) return fail(run, "Stack creation time exceeded the specified timeout. ");
  if (operation.cancelled) return fail(run, "Stack update cancelled");
  if (operation.turnedBack !== undefined) return fail(run, operation.turnedBack);
  if (operation.failed) return fail(run, listFailed(operation.failed));
  let outputs: StackOutput[];
  try {
    outputs = Object.entries(target.evaluation.outputs()).map(([key, output]) => ({ key, ...output }));
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return fail(run, `${error.message}. `);
  }
  const conflict = exportConflict(cloud.store, stack, outputs);
  if (conflict !== undefined) return fail(run, `${conflict}. `);

  const previous = stack.model === undefined ? undefined : deployment(run, stack.model);
  run.journal.now(() => {
    for (const resource of run.resources.values()) {
      const { logicalId, stable, current } = resource;
      if (stable?.instance && stable.instance.token !== current?.token) {
        resource.garbage.push({ ...stable.instance, policy: removalPolicy(target.template, logicalId, "UpdateReplacePolicy") });
      }
      delete resource.stable;
      if (!target.active.includes(logicalId) && resource.current) {
        const from = previous && Object.hasOwn(previous.template.Resources, logicalId) ? previous.template : target.template;
        resource.garbage.push({ ...resource.current, policy: removalPolicy(from, logicalId, "DeletionPolicy") });
        delete resource.current;
      }
      putResource(cloud.store, stack, resource);
    }
    stack.model = stack.target!;
    delete stack.target;
    stack.outputs = outputs;
    stack.imports = [...target.imports];
    if (operation.policyAfter !== undefined) stack.policy = operation.policyAfter;
    if (isCreate) return finish(run, "CREATE_COMPLETE", undefined);
    Object.assign(operation, { phase: "clean", restored: false });
    markStack(cloud, stack, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS");
  });
}

/** `The following resource(s) failed to create: [A, B]. `, then those that failed to update. */
function listFailed(failed: NonNullable<Operation["failed"]>): string {
  const list = (verb: "create" | "update") => {
    const names = failed.filter((one) => one.verb === verb).map(({ logicalId }) => logicalId);
    return names.length === 0 ? "" : `The following resource(s) failed to ${verb}: [${names.join(", ")}]. `;
  };
  return list("create") + list("update");
}

/** The stack was to be deleted while it was being created: nothing is in flight any more. */
function deleteNext(run: Run, next: Operation): void {
  const { stack, cloud } = run;
  run.abort = new AbortController();
  run.journal.now(() => {
    stack.operation = next;
    startDelete(run);
    putStack(cloud.store, stack);
  });
}

/** What follows a failed making. */
function fail(run: Run, reason: string): void {
  const { stack } = run;
  const operation = stack.operation!;
  run.abort = new AbortController();
  if (operation.onFailure === "DO_NOTHING") {
    return run.journal.now(() => finish(run, operation.type === "CREATE_STACK" ? "CREATE_FAILED" : "UPDATE_FAILED", reason));
  }
  if (stack.model !== undefined) {
    operation.phase = "restore";
    return setStatus(run, "UPDATE_ROLLBACK_IN_PROGRESS", reason);
  }
  const deletes = operation.onFailure === "DELETE";
  setStatus(
    run,
    deletes ? "DELETE_IN_PROGRESS" : "ROLLBACK_IN_PROGRESS",
    `${reason}${deletes ? "Delete" : "Rollback"} requested by user.`,
    () => startUndo(run),
  );
}

/** All instances become garbage: inside the commit that begins the phase. */
export function startUndo(run: Pick<Run, "cloud" | "stack" | "resources">): void {
  const { stack } = run;
  const operation = stack.operation!;
  const template = deployment(run, stack.target!).template;
  for (const resource of run.resources.values()) {
    const { current } = resource;
    if (current) {
      const isWhole = wasMade(current);
      const policy = isWhole ? undoPolicy(template, resource.logicalId, operation.retainExceptOnCreate ?? false) : "Delete";
      resource.garbage.push({ ...current, policy });
    }
    delete resource.current;
    delete resource.stable;
    putResource(run.cloud.store, stack, resource);
  }
  operation.phase = "undo";
}

async function undo(run: Run): Promise<void> {
  const { stack } = run;
  const deletes = stack.operation!.onFailure === "DELETE" && stack.status === "DELETE_IN_PROGRESS";
  const failed = await removeGarbage(run, { tags: tagsOf(run, stack.target), onFailure: "keep", dropEmpty: false });
  const reason = failed.length === 0 ? undefined : `The following resource(s) failed to delete: [${failed.join(", ")}]. `;
  const status = deletes
    ? reason === undefined
      ? "DELETE_COMPLETE"
      : "DELETE_FAILED"
    : reason === undefined
      ? "ROLLBACK_COMPLETE"
      : "ROLLBACK_FAILED";
  run.journal.now(() => finish(run, status, reason));
}

async function restore(run: Run): Promise<void> {
  const { stack, cloud } = run;
  const { skip = [] } = stack.operation!;
  const stood = (logicalId: string) => {
    const { stable, current } = run.resources.get(logicalId) ?? {};
    const instance = stable ? stable.instance : current;
    if (instance?.physicalId === undefined) return undefined;
    const { physicalId, attributes, properties } = instance;
    return { physicalId, attributes, properties };
  };
  const previous = deploymentOf(cloud, stack, getModel(cloud.store, stack, stack.model!), stood);
  const failed = await restoreAll(run, previous, skip);
  if (failed.length > 0) {
    return run.journal.now(() =>
      finish(run, "UPDATE_ROLLBACK_FAILED", `The following resource(s) failed to update: [${failed.join(", ")}]. `),
    );
  }
  const target = deployment(run, stack.target!);
  run.journal.now(() => {
    for (const resource of run.resources.values()) {
      const { logicalId, stable, current } = resource;
      if (!stable) continue;
      const isSkipped = skip.includes(logicalId);
      if (!stable.instance || stable.instance.token !== current?.token) {
        if (current && !isSkipped) {
          const policy =
            stable.instance || !wasMade(current)
              ? "Delete"
              : undoPolicy(target.template, logicalId, stack.operation!.retainExceptOnCreate ?? false);
          resource.garbage.push({ ...current, policy });
        }
        delete resource.current;
        if (stable.instance) resource.current = stable.instance;
      } else if (needsRestoring(resource)) resource.current = stable.instance;
      delete resource.stable;
      if (stable.instance) {
        resource.physicalId = stable.instance.physicalId ?? "";
        if (resource.status !== "UPDATE_COMPLETE" || stable.instance.token !== current?.token) mark(run, resource, "UPDATE_COMPLETE");
      }
      putResource(cloud.store, stack, resource);
    }
    delete stack.target;
    Object.assign(stack.operation!, { phase: "clean", restored: true });
    markStack(cloud, stack, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS");
  });
}

async function clean(run: Run): Promise<void> {
  const { stack } = run;
  const failed = await removeGarbage(run, { tags: tagsOf(run, stack.model), onFailure: "forget", dropEmpty: true });
  const { restored = false } = stack.operation!;
  const reason =
    failed.length === 0 ? undefined : `Update ${restored ? "rollback " : ""}successful. One or more resources could not be deleted.`;
  run.journal.now(() => finish(run, restored ? "UPDATE_ROLLBACK_COMPLETE" : "UPDATE_COMPLETE", reason));
}

/** All instances become garbage: inside the commit that begins a deletion. */
export function startDelete(run: Pick<Run, "cloud" | "stack" | "resources">): void {
  const { cloud, stack, resources } = run;
  const number = stack.model ?? stack.target;
  const template =
    number === undefined ? undefined : deploymentOf(cloud, stack, getModel(cloud.store, stack, number), () => undefined).template;
  const retain = stack.operation?.retain ?? [];
  for (const resource of resources.values()) {
    const { logicalId } = resource;
    const policyOf = () => (retain.includes(logicalId) ? "Retain" : removalPolicy(template, logicalId, "DeletionPolicy"));
    if (resource.current) resource.garbage.push({ ...resource.current, policy: wasMade(resource.current) ? policyOf() : "Delete" });
    if (resource.stable?.instance && resource.stable.instance.token !== resource.current?.token)
      resource.garbage.push({ ...resource.stable.instance, policy: policyOf() });
    if (retain.includes(logicalId)) for (const thing of resource.garbage) thing.policy = "Retain";
    delete resource.current;
    delete resource.stable;
    putResource(cloud.store, stack, resource);
  }
}

async function deleteAll(run: Run): Promise<void> {
  const { stack } = run;
  const { force = false } = stack.operation!;
  const failed = await removeGarbage(run, {
    tags: tagsOf(run, stack.model ?? stack.target),
    onFailure: force ? "forget" : "keep",
    dropEmpty: false,
  });
  if (failed.length > 0 && !force) {
    return run.journal.now(() => finish(run, "DELETE_FAILED", `The following resource(s) failed to delete: [${failed.join(", ")}]. `));
  }
  run.journal.now(() => finish(run, "DELETE_COMPLETE", undefined));
}

/** The operation is over: inside a transaction. */
function finish(run: Run, status: Stack["status"], reason: string | undefined): void {
  const { cloud, stack } = run;
  if (status === "DELETE_COMPLETE") {
    stack.deletedMs = cloud.world.clock.nowMs();
    stack.imports = [];
  }
  // Its last event still carries the operation's id.
  markStack(cloud, stack, status, reason);
  delete stack.operation;
  putStack(cloud.store, stack);
  dropOldModels(cloud.store, stack);
}
