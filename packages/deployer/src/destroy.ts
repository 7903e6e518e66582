/** Takes a stage down: stacks in reverse order, resumable; then says what is left and why. */
import { diffTemplates, type Template } from "@plinth/cloudformation";
import { byLayerBackwards } from "./deploy.ts";
import { dataFate, type DataFate } from "./data-fate.ts";
import { DeployError } from "./deploy-error.ts";
import { step, type Deployment } from "./deployment.ts";
import { runGraph } from "./graph.ts";
import { deleteNotes } from "./notes.ts";
import { originOf } from "./origin.ts";
import { findProtected, liftProtection as lift } from "./protected.ts";
import { secretStates } from "./secrets/slots.ts";
import { deleteStack } from "./stacks/delete-stack.ts";
import { emptyBuckets } from "./stacks/empty-buckets.ts";
import { underLease } from "./under-lease.ts";
import { deployedTemplate, describeStage, type DeployedStack } from "./stacks/stack-state.ts";

export interface Destruction {
  /** In the order of deletion. */
  stacks: DeployedStack[];
  data: DataFate[];
  /** Databases and load balancers that AWS refuses to delete until their protection is lifted. */
  protectedResources: string[];
}

/** What destroying would do. Nothing is touched. */
export async function planDestroy(deployment: Pick<Deployment, "assembly" | "aws">): Promise<Destruction> {
  const { assembly, aws } = deployment;
  const stacks = [...(await describeStage(aws, assembly)).values()].sort(byLayerBackwards);
  const templates = await Promise.all(stacks.map(({ name, region }) => deployedTemplate(aws.in(region), name)));
  const data = stacks.flatMap((stack, index) => fates(deployment, stack, templates[index]));
  const protectedResources = (await Promise.all(stacks.map((stack, index) => findProtected(aws, stack, templates[index])))).flat();
  return { stacks, data, protectedResources };
}

export interface DestroyResult {
  deleted: string[];
  /** What still exists, one sentence each. */
  left: string[];
}

/**
 * @param liftProtection switches off the protection of databases; without it a protected one ends it before anything is deleted.
 * @param beforeTouching a last look once the lease is held: what it throws ends it.
 * @throws DeployError
 */
export async function destroy(
  deployment: Deployment,
  { liftProtection, beforeTouching }: { liftProtection: boolean; beforeTouching?: () => Promise<void> },
): Promise<DestroyResult> {
  return underLease(deployment, "destroy", async (held) => {
    await beforeTouching?.();
    const { aws, assembly } = held;
    const plan = await planDestroy(held);
    if (plan.protectedResources.length > 0 && !liftProtection) {
      throw new DeployError("stack-failed", `Protected against deletion: ${plan.protectedResources.join(", ")}.`, {
        remedy: "Add --lift-protection to switch that off.",
      });
    }
    await lift(aws, plan.protectedResources);
    await runGraph(
      plan.stacks.map((stack) => ({
        id: stack.name,
        after: plan.stacks.filter((other) => usersOf(held, stack, plan.stacks).has(other.name)).map(({ name }) => name),
        act: () =>
          step(held, "stack", stack.name, async () => {
            await emptyBuckets(aws.in(stack.region), stack, await deployedTemplate(aws.in(stack.region), stack.name));
            const count = await deleteStack(held, aws.in(stack.region), stack);
            return { value: undefined, detail: `deleted, ${count} ${count === 1 ? "resource" : "resources"}` };
          }),
      })),
    );
    await deleteNotes(aws, assembly.app, assembly.stage);
    return { deleted: plan.stacks.map(({ name }) => name), left: await whatIsLeft(held, plan) };
  });
}

/** The stacks that have to go before this one. Of a layer that the app no longer has nothing is known: all later ones. */
function usersOf({ assembly }: Deployment, stack: DeployedStack, all: readonly DeployedStack[]): Set<string> {
  const known = assembly.stacks.some(({ name }) => name === stack.name);
  const users = assembly.stacks.filter(({ dependsOn }) => dependsOn.includes(stack.name)).map(({ name }) => name);
  const unknown = all.filter(({ name }) => !assembly.stacks.some((one) => one.name === name)).map(({ name }) => name);
  const position = all.indexOf(stack);
  const before = all.slice(0, position).map(({ name }) => name);
  return new Set(known ? [...users, ...unknown.filter((name) => before.includes(name))] : before);
}

function fates({ assembly }: Pick<Deployment, "assembly">, stack: DeployedStack, template: Template | undefined): DataFate[] {
  return dataFate({
    stack: stack.name,
    keyOf: (logicalId) => originOf(assembly, stack.layer, logicalId)?.key,
    differences: template ? diffTemplates(template, { Resources: {} }) : [],
    deployed: template,
    next: undefined,
  });
}

async function whatIsLeft({ aws, assembly }: Deployment, plan: Destruction): Promise<string[]> {
  const kept = plan.data
    .filter(({ fate }) => fate !== "lost")
    .map((data) =>
      data.fate === "snapshot"
        ? `a final snapshot of ${data.key ?? data.logicalId}`
        : `${data.key ?? data.logicalId} (${data.type}), kept by its policy`,
    );
  const own = assembly.secrets.filter(({ store }) => store === "parameter-store");
  const set = (await secretStates(aws, own)).filter(({ version }) => version !== undefined);
  return [...kept, ...set.map(({ slot }) => `the parameter ${slot.id}, which was set by hand`), ...assembly.leaves];
}
