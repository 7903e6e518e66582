/** Takes a stage down: stacks in reverse order, resumable; then says what is left and why. */
import { diffTemplates, type Template } from "@plinth/cloudformation";
import type { Aws } from "./aws.ts";
import { byLayerBackwards } from "./layer-order.ts";
import { dataFate, type DataFate } from "./data-fate.ts";
import { DeployError } from "./deploy-error.ts";
import { step, type Deployment } from "./deployment.ts";
import { runGraph } from "./graph.ts";
import { deleteNotes } from "./notes.ts";
import { originOf } from "./origin.ts";
import { deleteWithoutSnapshot, makeFinalSnapshot, type DatabaseOf } from "./destroy/final-snapshot.ts";
import { holdingOf } from "./destroy/holdings.ts";
import { leaveGlobalClusters } from "./destroy/leave-global.ts";
import { retained, snapshotsOf, type Remain } from "./destroy/remains.ts";
import { findProtected, liftProtection as lift, protectedText, type Protected } from "./protected.ts";
import { sideServers } from "./recovery/side-server.ts";
import { readReleases } from "./releases/release.ts";
import type { DestroyedData } from "./destroy/destroyed-data.ts";
import { deleteSnapshot } from "./releases/snapshot.ts";
import { secretStates } from "./secrets/slots.ts";
import { deleteStack } from "./stacks/delete-stack.ts";
import { emptyBuckets } from "./stacks/empty-buckets.ts";
import { resourceIds } from "./stacks/physical-ids.ts";
import { underLease } from "./under-lease.ts";
import { deployedTemplate, describeStage, type DeployedStack } from "./stacks/stack-state.ts";

export interface Destruction {
  /** In the order of deletion. */
  stacks: DeployedStack[];
  data: DestroyedData[];
  /** What AWS refuses to delete until its protection is lifted. */
  protectedResources: Protected[];
}

/** What destroying would do. Nothing is touched. */
export async function planDestroy(deployment: Pick<Deployment, "assembly" | "aws" | "time">): Promise<Destruction> {
  const { assembly, aws, time } = deployment;
  const now = new Date(time.now());
  const stacks = [...(await describeStage(aws, assembly)).values()].sort(byLayerBackwards);
  const templates = await Promise.all(stacks.map(({ name, region }) => deployedTemplate(aws.in(region), name)));
  const [data, protectedResources] = await Promise.all([
    Promise.all(
      stacks.map(async (stack, index) => {
        const fated = fates(deployment, stack, templates[index]);
        const ids = fated.length > 0 ? await resourceIds(aws.in(stack.region), stack.name) : new Map<string, string>();
        return Promise.all(
          fated.map(async (one): Promise<DestroyedData> => {
            const id = ids.get(one.logicalId);
            if (id === undefined) return one;
            const { text, sizeBytes } = await holdingOf(aws.in(stack.region), one.type, id, now);
            return { ...one, id, ...(text !== undefined && { holds: text }), ...(sizeBytes !== undefined && { sizeBytes }) };
          }),
        );
      }),
    ),
    Promise.all(stacks.map((stack, index) => findProtected(aws.in(stack.region), stack, templates[index]))),
  ]);
  return { stacks, data: data.flat(), protectedResources: protectedResources.flat() };
}

export interface DestroyOptions {
  /** Switches protection off; without it something protected ends it before anything is deleted. */
  liftProtection: boolean;
  /** Whether databases leave a last snapshot. @default as their policies say */
  finalSnapshot?: boolean | undefined;
  /** A last look once the lease is held: what it throws ends it. */
  beforeTouching?: () => Promise<void>;
}

export interface DestroyResult {
  deleted: string[];
  /** What still exists, one sentence each. */
  left: string[];
  /** What of that goes on costing. */
  remains: Remain[];
}

/** Can be run again after a failure: what is gone stays gone. @throws DeployError */
export async function destroy(
  deployment: Deployment,
  { liftProtection, finalSnapshot, beforeTouching }: DestroyOptions,
): Promise<DestroyResult> {
  return underLease(deployment, "destroy", async (held) => {
    await beforeTouching?.();
    const { aws, assembly } = held;
    const plan = await planDestroy(held);
    if (plan.protectedResources.length > 0 && !liftProtection) {
      throw new DeployError("stack-failed", `Protected against deletion: ${plan.protectedResources.map(protectedText).join(", ")}.`, {
        remedy: "Add --lift-protection to switch that off.",
      });
    }
    await refuseSideDatabases(held);
    await lift(aws, plan.protectedResources);
    await leaveGlobalClusters(held, await Promise.all(plan.stacks.map(({ name, region }) => deployedTemplate(aws.in(region), name))));
    await runGraph(
      plan.stacks.map((stack) => ({
        id: stack.name,
        after: plan.stacks.filter((other) => usersOf(held, stack, plan.stacks).has(other.name)).map(({ name }) => name),
        act: () =>
          step(held, "stack", stack.name, async () => {
            const here = aws.in(stack.region);
            await lastCopies(held, here, plan, stack, finalSnapshot);
            await emptyBuckets(here, stack, await deployedTemplate(here, stack.name));
            const count = await deleteStack(held, here, stack);
            return { value: undefined, detail: `deleted, ${count} ${count === 1 ? "resource" : "resources"}` };
          }),
      })),
      // Whoever takes a stage down wants it gone: what can go, goes, and costs nothing more.
      "go-on-beside",
    );
    await held.confirmLease?.();
    await forgetSnapshots(aws, assembly);
    await deleteNotes(aws, assembly.app, assembly.stage);
    const remains = await whatRemains(held, plan);
    return { deleted: plan.stacks.map(({ name }) => name), left: await whatIsLeft(held, remains), remains };
  });
}

/** They stand in the stage's network, and nobody but the user knows whether what was brought back in them is still needed. */
async function refuseSideDatabases({ aws, assembly }: Deployment): Promise<void> {
  const beside = await sideServers(aws, assembly);
  if (beside.length === 0) return;
  const names = beside.map(({ identifier }) => identifier);
  throw new DeployError(
    "stack-failed",
    `${names.join(", ")} ${names.length === 1 ? "was" : "were"} restored beside this stage. Nothing was deleted.`,
    {
      remedy: `What nobody needs: ${names.map((name) => `plinth restore --remove ${name}`).join(", ")}. Then destroy goes on.`,
    },
  );
}

/** What releases were made of goes with them. */
async function forgetSnapshots(aws: Aws, assembly: Deployment["assembly"]): Promise<void> {
  const releases = await readReleases(aws, assembly.app, assembly.stage);
  if (releases.length === 0) return;
  const { Account: account = "" } = await aws.call("sts", "GetCallerIdentity", {});
  for (const { number } of releases) await deleteSnapshot(aws, account, assembly, number);
}

const databaseTypes = ["AWS::RDS::DBInstance", "AWS::RDS::DBCluster"];
const databasesOf = (data: readonly DestroyedData[]) => data.filter(({ type }) => databaseTypes.includes(type));

/** Of the databases of one stack, where it was asked for otherwise than their policies say. */
async function lastCopies(
  held: Deployment,
  aws: Aws,
  { data }: Destruction,
  stack: DeployedStack,
  finalSnapshot: boolean | undefined,
): Promise<void> {
  if (finalSnapshot === undefined) return;
  for (const { type, id, fate, stack: of, key } of databasesOf(data)) {
    if (of !== stack.name || id === undefined) continue;
    const database = { type, id } as DatabaseOf;
    if (finalSnapshot && fate === "lost") {
      const name = await makeFinalSnapshot(held, aws, database);
      held.emit({ type: "note", message: `The snapshot ${name} keeps ${key ?? id} as it was.` });
    } else if (!finalSnapshot && fate === "snapshot") await deleteWithoutSnapshot(held, aws, database);
  }
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

async function whatRemains({ aws, assembly, time }: Deployment, { data, stacks }: Destruction): Promise<Remain[]> {
  const now = new Date(time.now());
  const regions = [...new Set([assembly.region, ...stacks.map(({ region }) => region)])];
  const all = await Promise.all(
    regions.flatMap((region) => [
      retained(aws.in(region), assembly, now),
      snapshotsOf(aws.in(region), assembly, databasesOf(data), stacks),
    ]),
  );
  return all.flat();
}

async function whatIsLeft({ aws, assembly }: Deployment, remains: readonly Remain[]): Promise<string[]> {
  const own = assembly.secrets.filter(({ store }) => store === "parameter-store");
  const set = (await secretStates(aws, own)).filter(({ version }) => version !== undefined);
  return [
    ...remains.map(({ text }) => text),
    ...set.map(({ slot }) => `the parameter ${slot.id}, which was set by hand`),
    ...assembly.leaves,
  ];
}
