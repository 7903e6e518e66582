/** The pass back: what is no longer wanted goes, users before what they use. */
import { usersAreChosen } from "../chosen-layers.ts";
import { step, throwIfInterrupted } from "../deployment.ts";
import { byLayerBackwards } from "../layer-order.ts";
import { deleteStack } from "../stacks/delete-stack.ts";
import { deployedTemplate, type DeployedStack } from "../stacks/stack-state.ts";
import { clearTheWayOfRemoved } from "./clear-the-way.ts";
import type { DeployRun } from "./deploy-run.ts";
import { updateLayer } from "./layer-update.ts";

/** In reverse order, what is no longer wanted goes: resources of layers, and layers that the app no longer has. */
export async function backPass(run: DeployRun, layers: ReadonlySet<string> | undefined, toTakeBack: ReadonlySet<string>): Promise<void> {
  const { deployment, chosen, progress } = run;
  const { assembly, emit, signal } = deployment;
  const { stacks } = progress;
  const gone = layers ? [] : [...stacks.values()].filter(({ name }) => !assembly.stacks.some((stack) => stack.name === name));
  // Users before what they use, also where one of both is a layer that the app no longer has.
  for (const { stack, deployed } of [
    ...assembly.stacks.toReversed().map((one) => ({ layer: one.layer, stack: one, deployed: undefined })),
    ...gone.map((one) => ({ layer: one.layer, stack: undefined, deployed: one })),
  ].sort(byLayerBackwards)) {
    throwIfInterrupted(signal);
    if (deployed) await deleteLayer(run, deployed);
    else if (toTakeBack.has(stack.name)) {
      if (usersAreChosen(assembly, chosen, stack)) await updateLayer(run, stack, false);
      else emit({ type: "note", message: `${stack.name}: what it no longer needs goes with a whole deploy, for other layers may use it.` });
    }
  }
}

async function deleteLayer({ deployment, progress }: DeployRun, stack: DeployedStack): Promise<void> {
  const { aws } = deployment;
  await step(deployment, "back-pass", stack.name, async () => {
    const deployed = await deployedTemplate(aws.in(stack.region), stack.name);
    if (deployed) await clearTheWayOfRemoved(stack.name, aws.in(stack.region), deployed, { Resources: {} });
    const count = await deleteStack(deployment, aws.in(stack.region), stack);
    progress.stacks.delete(stack.name);
    progress.changed = true;
    return { value: undefined, detail: `deleted, ${count} ${count === 1 ? "resource" : "resources"}` };
  });
}
