/**
 * The deploy, as a runbook: identity → lease → service-linked roles → domains → network, storage → images → secrets → messaging,
 * database → iam → tasks → administration → migrations → compute → health → observability → the pass back → outputs.
 * Each step waits only for what it needs, so independent layers deploy at once. A failure leaves the last good version
 * serving; running it again goes on from there.
 */
import type { Stack } from "@plinth/compiler";
import { DeployError } from "./deploy-error.ts";
import { step, type Deployment } from "./deployment.ts";
import type { HostedZone } from "./domains/hosted-zone.ts";
import { runGraph } from "./graph.ts";
import { requireContexts } from "./images/context-fault.ts";
import { lookUp } from "./lookups.ts";
import { readOutputs, type Outputs } from "./outputs.ts";
import { inScope, type Scope } from "./scope.ts";
import { unfinishedRotations } from "./secrets/rotation/begun-rotation.ts";
import { ensureServiceLinkedRoles } from "./service-linked-roles.ts";
import { describeStage, isStanding } from "./stacks/stack-state.ts";
import { chosenParts, requireOthers } from "./chosen-layers.ts";
import { refuseStopped } from "./pause/stopped-stage.ts";
import { extendLife } from "./previews.ts";
import { asRelease, type Caller, type Progress, type ReleaseOrigin } from "./releases/record.ts";
import { requireAppRunners } from "./tasks/app-runner-health.ts";
import { waitUntilSteady } from "./tasks/health.ts";
import { backPass } from "./runbook/back-pass.ts";
import type { DeployRun } from "./runbook/deploy-run.ts";
import { outwardSteps } from "./runbook/outward-steps.ts";
import { underLease } from "./under-lease.ts";
import { chooseZones, chooseZonesElsewhere } from "./zones.ts";

export interface DeployResult {
  outputs: Outputs;
  /** Whether anything was made, changed or run. */
  changed: boolean;
}

export interface DeployOptions {
  /** How a command of the CLI is to be completed in a remedy: ` --stage prod`. */
  commandOptions: string;
  /** These layers alone, with what the others have put out; default: all. */
  layers?: ReadonlySet<string>;
  /** A part of the app instead of all of it. */
  scope?: Scope;
  /** Whether what was changed by hand is set back, and what was deleted by hand made again. @default false */
  revertDrift?: boolean;
  /** A last look once the lease is held, before anything is touched: what it throws ends the deploy. */
  beforeTouching?: () => Promise<void>;
  /** Which release it is. */
  release?: ReleaseOrigin;
  /** Addresses of images that are there already: they are not made. By name. */
  images?: ReadonlyMap<string, string>;
}

/** @throws DeployError; whatever is under way in the cloud then finishes there. */
export async function deploy(deployment: Deployment, options: DeployOptions): Promise<DeployResult> {
  const { aws } = deployment;
  const caller = await step(deployment, "identity", "identity", async () => {
    const { Account: account = "", Arn } = await aws.call("sts", "GetCallerIdentity", {});
    return { value: { account, arn: Arn ?? "" }, ...(Arn === undefined ? {} : { detail: Arn }) };
  });
  return underLease(deployment, "deploy", async (held) => {
    await options.beforeTouching?.();
    const expires = await extendLife(aws, held.time, held.assembly);
    if (expires) held.emit({ type: "note", message: `This preview lives until ${expires}; each deploy extends that.` });
    if (!options.scope) return released(held, caller, options);
    const stacks = await describeStage(aws, held.assembly);
    if (options.scope === "application") {
      const { refuseOtherChanges } = await import("./other-changes.ts");
      await refuseOtherChanges(held.assembly, aws, stacks, held.folder, options.commandOptions);
    }
    const { assembly, layers } = inScope(options.scope, held.assembly, stacks);
    return released({ ...held, assembly }, caller, { ...options, ...(layers && { layers }) });
  });
}

/** The runbook, noted as a release: also where it fails, or is stopped. */
async function released(deployment: Deployment, caller: Caller, options: DeployOptions): Promise<DeployResult> {
  await refuseStopped(deployment.aws, deployment.assembly);
  return asRelease(deployment, { ...caller, layers: options.layers, origin: options.release ?? {} }, (progress) =>
    runbook(deployment, caller.account, options, progress),
  );
}

async function runbook(
  deployment: Deployment,
  account: string,
  { commandOptions, layers, images: present, revertDrift = false }: DeployOptions,
  progress: Progress,
): Promise<Outputs> {
  const { aws, assembly, emit, time } = deployment;
  const { stacks, notes } = progress;
  const startedAt = new Date(time.now());
  for (const message of assembly.notes) emit({ type: "note", message });
  for (const name of unfinishedRotations(notes)) {
    emit({
      type: "note",
      message: `The rotation of ${name} has not ended: plinth secrets rotate ${name}${commandOptions} goes on with it.`,
    });
  }
  const before = new Set([...stacks.values()].filter(isStanding).map(({ name }) => name));
  const chosen = chosenParts(assembly, layers);
  requireOthers(assembly, chosen, before, commandOptions);
  await requireContexts(chosen.images.filter(({ name }) => !present?.has(name)));
  if (layers && chosen.skippedRuns.length > 0) {
    emit({ type: "note", message: `${chosen.skippedRuns.join(", ")} did not run: that is a part of the layer tasks.` });
  }
  const published = assembly.images.find(({ registry }) => registry === "public");
  if (published) {
    throw new DeployError("image-failed", `The image ${published.name} is to be published on ECR Public, which Plinth does not do yet.`, {
      remedy: 'Leave out registry: "public" of the image: then it lies in a repository of the account. Nothing was changed.',
    });
  }
  if (!aws.embedded && before.size === 0) {
    await step(deployment, "service-linked-roles", "service-linked roles", async () => {
      const made = await ensureServiceLinkedRoles(aws, time, deployment.signal);
      return { value: undefined, detail: made.length > 0 ? `made for ${made.join(", ")}` : "all there", skipped: made.length === 0 };
    });
  }
  const standing = new Map([...stacks].filter(([, stack]) => isStanding(stack)));
  const madeZones: HostedZone[] = [];
  const makeMissingZone = async (name: string) => {
    const { makeZone } = await import("./domains/hosted-zone.ts");
    const { id, delegatedBy } = await makeZone(aws, name, `plinth-${assembly.app}-${assembly.stage}-${startedAt.getTime()}`);
    madeZones.push({ name, id });
    const handedOn = delegatedBy ? `, and ${delegatedBy.name} leads to it` : "";
    emit({ type: "note", message: `The zone ${name} was made in Route 53 (${id})${handedOn}. It stays when the stage is destroyed.` });
    return id;
  };
  const [zones, zonesElsewhere, lookups] = await Promise.all([
    chooseZones(aws, assembly, stacks),
    chooseZonesElsewhere(aws, assembly, stacks),
    lookUp(aws, assembly, standing, makeMissingZone),
  ]);
  // Loaded only where there is a domain: it brings a resolver.
  if (lookups.size > 0 || namesCertificates(chosen.stacks)) {
    await step(deployment, "domains", "domains", async () => {
      const { checkDomains } = await import("./domains/preflight.ts");
      const given = { stacks: chosen.stacks, lookups, deployed: standing, made: madeZones, commandOptions };
      const { checked } = await checkDomains(deployment, given);
      return { value: undefined, detail: checked.join(", "), skipped: checked.length === 0 };
    });
  }

  const run: DeployRun = {
    deployment,
    account,
    chosen,
    progress,
    startedAt,
    standing: before,
    images: new Map(present),
    zones,
    zonesElsewhere,
    lookups,
    secrets: [],
    revertDrift,
  };
  const toTakeBack = new Set<string>();

  await runGraph(outwardSteps(run, { layers, commandOptions, left: (stack) => toTakeBack.add(stack) }));
  if (chosen.stacks.some(({ layer }) => layer === "compute") || !layers) {
    await step(deployment, "health", "health", async () => {
      const states = await waitUntilSteady(deployment, stacks);
      const onAppRunner = await requireAppRunners(deployment, stacks, startedAt);
      const told = [...states.map(({ program, running }) => `${program.name} ${running}`), ...onAppRunner];
      return { value: undefined, detail: told.join(", ") || "no services" };
    });
  }
  await backPass(run, layers, toTakeBack);
  const outputs = await step(deployment, "outputs", "outputs", async () => ({
    value: await readOutputs(aws, assembly, stacks, deployment.folder),
  }));
  if (aws.embedded !== undefined) {
    const { localAccess } = await import("./domains/local-access.ts");
    for (const { url, command } of await localAccess(aws, outputs)) emit({ type: "note", message: `${url} on this machine: ${command}` });
  }
  return outputs;
}

const namesCertificates = (stacks: readonly Stack[]) => JSON.stringify(stacks).includes(":acm:");
