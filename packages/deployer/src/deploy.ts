/**
 * The deploy, as a runbook: identity → lease → service-linked roles → domains → network, storage → images → secrets → messaging,
 * database → iam → tasks → administration → migrations → compute → health → observability → the pass back → outputs.
 * Each step waits only for what it needs, so independent layers deploy at once. A failure leaves the last good version
 * serving; running it again goes on from there.
 */
import type { Template } from "@plinth/cloudformation";
import type { Image, Stack } from "@plinth/compiler";
import type { Aws } from "./aws.ts";
import { DeployError } from "./deploy-error.ts";
import { step, throwIfInterrupted, type Deployment } from "./deployment.ts";
import type { HostedZone } from "./domains/hosted-zone.ts";
import { runGraph, type GraphStep } from "./graph.ts";
import { imageBuilder } from "./images/image-builder.ts";
import { makeImage } from "./images/make-image.ts";
import { lookUp, type Lookups } from "./lookups.ts";
import type { Notes } from "./notes.ts";
import { readOutputs, type Outputs } from "./outputs.ts";
import { originOf } from "./origin.ts";
import { keptParameters, leavesSomething } from "./outward-template.ts";
import { outputOf, parameterValues } from "./parameters.ts";
import { findProtected, liftProtection } from "./protected.ts";
import { liveWeights } from "./rule-weights.ts";
import { connectionVersions } from "./secrets/connections.ts";
import { inScope, type Scope } from "./scope.ts";
import { unfinishedRotations } from "./secrets/rotation/begun-rotation.ts";
import { missingSecrets, secretsMissing, secretStates, type SecretState } from "./secrets/slots.ts";
import { ensureServiceLinkedRoles } from "./service-linked-roles.ts";
import { deleteStack } from "./stacks/delete-stack.ts";
import { deployStack, failedResource } from "./stacks/deploy-stack.ts";
import { stackUpdate } from "./stack-update.ts";
import { emptyBuckets } from "./stacks/empty-buckets.ts";
import { deployedTemplate, describeStage, isStanding, type DeployedStack } from "./stacks/stack-state.ts";
import { chosenParts, imagesOf, requireOthers, usersAreChosen } from "./chosen-layers.ts";
import { refuseStopped } from "./pause/stopped-stage.ts";
import { extendLife } from "./previews.ts";
import { administerDatabase } from "./tasks/administration.ts";
import { asRelease, type Caller, type Progress, type ReleaseOrigin } from "./releases/record.ts";
import { waitUntilSteady } from "./tasks/health.ts";
import { migrate } from "./tasks/migration.ts";
import { serviceEvidence } from "./tasks/service-evidence.ts";
import { movesRequests, watchingShifts } from "./tasks/watch-shifts.ts";
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
  { commandOptions, layers, images: present }: DeployOptions,
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
  if (layers && chosen.skippedRuns.length > 0) {
    emit({ type: "note", message: `${chosen.skippedRuns.join(", ")} did not run: that is a part of the layer tasks.` });
  }
  const published = assembly.images.find(({ registry }) => registry === "public");
  if (published) {
    throw new DeployError("image-failed", `The image ${published.name} is to be published on ECR Public, which Plinth does not do yet.`, {
      remedy: 'Leave out registry: "public" of the image: then it lies in a repository of the account. Nothing was changed.',
    });
  }
  const images = new Map(present);
  const builder = imageBuilder(deployment, account);
  let zones: string[] = [];
  let zonesElsewhere = new Map<string, string[]>();
  let lookups: Lookups = new Map();
  let secrets: SecretState[] = [];

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
  [zones, zonesElsewhere, lookups] = await Promise.all([
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

  const deployLayer = (stack: Stack, outwards: boolean) =>
    step(deployment, "stack", outwards ? stack.name : `${stack.name} (back)`, async () => {
      const deployed = before.has(stack.name) ? await deployedTemplate(aws.in(stack.region), stack.name) : undefined;
      const connections = await connectionVersions(aws, assembly, stack, stacks);
      const weights = outwards && deployed ? await keepWeights(stack, deployed) : {};
      const values = {
        ...parameterValues(stack, { assembly, stacks, images, zones, zonesElsewhere, lookups, secrets, connections }),
        ...weights,
      };
      const { next, template, parameters, successors } = stackUpdate(stack, {
        deployed,
        values,
        deployedValues: (deployed && stacks.get(stack.name)?.parameters) ?? {},
        outwards,
      });
      for (const [id, one] of successors)
        emit({ type: "note", message: `${stack.name}: ${id} is made beside ${one.before}, which goes last.` });
      if (!outwards && deployed) await clearTheWayOfRemoved(stack.name, aws.in(stack.region), deployed, next);
      try {
        const kept = keptParameters(template, next, deployed);
        const act = () => deployStack(deployment, account, { stack, template, parameters, kept });
        const result = await (movesRequests(template) ? watchingShifts(deployment, stacks, act) : act());
        stacks.set(stack.name, result.stack);
        before.add(stack.name);
        if (result.changes > 0) progress.changed = true;
        const resources = result.changes === 1 ? "1 resource" : `${result.changes} resources`;
        return {
          value: leavesSomething(template, next),
          detail: result.changes > 0 ? resources : "unchanged",
          skipped: result.changes === 0,
        };
      } catch (error) {
        throw await withEvidence(deployment, error, stacks, startedAt);
      }
    });
  /** In an update of its own, so that neither the one that follows nor its rollback moves a request. */
  const keepWeights = async (stack: Stack, deployed: Template): Promise<Record<string, string>> => {
    const standing = stacks.get(stack.name);
    if (!standing || !Object.values(stack.parameters).some(({ from }) => from === "rule-weight")) return {};
    const weights = await liveWeights(aws, stack, { deployed, next: stack.template, standing });
    const moved = Object.entries(weights).filter(([name, weight]) => (standing.parameters[name] ?? weight) !== weight);
    if (moved.length > 0) {
      const parameters = { ...standing.parameters, ...Object.fromEntries(moved) };
      const told = await deployStack(deployment, account, {
        stack: { ...stack, tags: standing.tags },
        template: deployed,
        parameters,
        kept: [],
      });
      stacks.set(stack.name, told.stack);
    }
    return weights;
  };
  const toTakeBack = new Set<string>();

  await runGraph(outwardSteps());
  if (chosen.stacks.some(({ layer }) => layer === "compute") || !layers) {
    await step(deployment, "health", "health", async () => {
      const states = await waitUntilSteady(deployment, stacks);
      return { value: undefined, detail: states.map(({ program, running }) => `${program.name} ${running}`).join(", ") || "no services" };
    });
  }
  await backPass();
  const outputs = await step(deployment, "outputs", "outputs", async () => ({ value: await readOutputs(aws, assembly, stacks) }));
  if (aws.embedded !== undefined) {
    const { localAccess } = await import("./domains/local-access.ts");
    for (const { url, command } of await localAccess(aws, outputs)) emit({ type: "note", message: `${url} on this machine: ${command}` });
  }
  return outputs;

  function outwardSteps(): GraphStep[] {
    const steps: GraphStep[] = [];
    const { administrations, migrations } = chosen;
    const services = chosen.stacks.filter(({ layer }) => layer === "compute");
    for (const stack of chosen.stacks) {
      const needsImages = imagesOf(stack).map((name) => `image ${name}`);
      const gates = beforeSecrets.has(stack.layer) ? [] : ["secrets"];
      const runs = services.includes(stack) ? [...migrations, ...administrations].map(({ name }) => `run ${name}`) : [];
      steps.push({
        id: stack.name,
        after: [...stack.dependsOn, ...new Set(needsImages), ...gates, ...runs],
        async act() {
          if (await deployLayer(stack, true)) toTakeBack.add(stack.name);
        },
      });
    }
    // Two targets of one Dockerfile share stages: the second finds them built. In the embedded cloud nothing is built.
    const sameContext = ({ name, context }: Image) => {
      const before = aws.embedded
        ? []
        : chosen.images.slice(
            0,
            chosen.images.findIndex((one) => one.name === name),
          );
      return before.filter((one) => one.context === context).map((one) => `image ${one.name}`);
    };
    for (const image of chosen.images.filter(({ name }) => !images.has(name))) {
      steps.push({
        id: `image ${image.name}`,
        after: [image.repository.stack, ...sameContext(image)],
        act: () =>
          step(deployment, "image", image.name, async () => {
            const uri = outputOf(stacks, image.repository, image.name);
            const { address, present } = await makeImage(deployment, image, uri, builder);
            images.set(image.name, address);
            if (!present) progress.changed = true;
            return { value: undefined, detail: present ? "unchanged" : "pushed", skipped: present };
          }),
      });
    }
    // Where no layer needs their values, nobody has to have set them.
    const needsSecrets = !layers || chosen.stacks.some(({ layer }) => !beforeSecrets.has(layer));
    const checking: GraphStep = {
      id: "secrets",
      after: [
        ...assembly.stacks.filter(({ layer }) => beforeSecrets.has(layer)).map(({ name }) => name),
        ...chosen.images.map(({ name }) => `image ${name}`),
      ],
      act: () => step(deployment, "secrets", "secrets", checkSecrets),
    };
    if (needsSecrets) steps.push(checking);
    let previous: string[] = [];
    for (const run of [...administrations, ...migrations]) {
      const administers = run.purpose === "database-administration";
      const sameDatabase = administrations
        .slice(0, administrations.indexOf(run))
        .filter(
          ({ taskDefinition }) => taskDefinition.stack === run.taskDefinition.stack && taskDefinition.output === run.taskDefinition.output,
        )
        .map(({ name }) => `run ${name}`);
      steps.push({
        id: `run ${run.name}`,
        // Databases are administered at once, each by one run after the other: two would make the same role in the same moment.
        // Migrations follow in the order in which the app names them.
        after: [
          run.taskDefinition.stack,
          ...(administers ? sameDatabase : [...administrations.map(({ name }) => `run ${name}`), ...previous]),
        ],
        act: () => step(deployment, administers ? "database-administration" : "migration", run.name, () => runOnce(run.name, administers)),
      });
      if (!administers) previous = [`run ${run.name}`];
    }
    // What is not deployed now stands already: nothing waits for it.
    const known = new Set(steps.map(({ id }) => id));
    return steps.map((one) => ({ ...one, after: one.after.filter((id) => known.has(id)) }));
  }

  async function checkSecrets() {
    secrets = await secretStates(aws, assembly.secrets);
    const missing = missingSecrets(secrets);
    if (missing.length > 0) throw secretsMissing(assembly, missing, commandOptions);
    const present = secrets.filter(({ version }) => version !== undefined).length;
    return { value: undefined, detail: `${present} of ${secrets.length} set`, skipped: secrets.length === 0 };
  }

  async function runOnce(name: string, administers: boolean) {
    const run = assembly.beforeServices.find((one) => one.name === name)!;
    const act: (deployment: Deployment, one: typeof run, at: typeof stacks, notes: Notes) => Promise<boolean> = administers
      ? administerDatabase
      : migrate;
    const ran = await act(deployment, run, stacks, notes);
    if (ran) progress.changed = true;
    if (ran && !administers) progress.migrated(name);
    return { value: undefined, detail: ran ? "done" : "unchanged", skipped: !ran };
  }

  /** In reverse order, what is no longer wanted goes: resources of layers, and layers that the app no longer has. */
  async function backPass(): Promise<void> {
    const gone = layers ? [] : [...stacks.values()].filter(({ name }) => !assembly.stacks.some((stack) => stack.name === name));
    // Users before what they use, also where one of both is a layer that the app no longer has.
    for (const { stack, deployed } of [
      ...assembly.stacks.toReversed().map((one) => ({ layer: one.layer, stack: one, deployed: undefined })),
      ...gone.map((one) => ({ layer: one.layer, stack: undefined, deployed: one })),
    ].sort(byLayerBackwards)) {
      throwIfInterrupted(deployment.signal);
      if (deployed) await deleteLayer(deployed);
      else if (toTakeBack.has(stack.name)) {
        if (usersAreChosen(assembly, chosen, stack)) await deployLayer(stack, false);
        else
          emit({ type: "note", message: `${stack.name}: what it no longer needs goes with a whole deploy, for other layers may use it.` });
      }
    }
  }

  async function deleteLayer(stack: DeployedStack): Promise<void> {
    await step(deployment, "back-pass", stack.name, async () => {
      const deployed = await deployedTemplate(aws.in(stack.region), stack.name);
      if (deployed) await clearTheWayOfRemoved(stack.name, aws.in(stack.region), deployed, { Resources: {} });
      const count = await deleteStack(deployment, aws.in(stack.region), stack);
      stacks.delete(stack.name);
      progress.changed = true;
      return { value: undefined, detail: `deleted, ${count} ${count === 1 ? "resource" : "resources"}` };
    });
  }
}

const namesCertificates = (stacks: readonly Stack[]) => JSON.stringify(stacks).includes(":acm:");

/** Its plan has been agreed to, and that told what becomes of the data. */
async function clearTheWayOfRemoved(name: string, aws: Aws, deployed: Template, next: Template): Promise<void> {
  const removed = Object.entries(deployed.Resources).filter(
    ([id, { DeletionPolicy = "Delete" }]) => !Object.hasOwn(next.Resources, id) && !DeletionPolicy.startsWith("Retain"),
  );
  const going = { Resources: Object.fromEntries(removed) };
  await liftProtection(aws, await findProtected(aws, { name }, going));
  await emptyBuckets(aws, { name }, going);
}

/** The layers that stand before any secret has to have a value; a queue is told of a bucket's changes, so messaging may come before storage. */
const beforeSecrets: ReadonlySet<string> = new Set(["network", "storage", "secrets", "messaging"]);

const layerOrder = ["network", "storage", "secrets", "messaging", "database", "iam", "tasks", "waf", "edge", "compute", "observability"];

export function byLayerBackwards(a: Pick<DeployedStack, "layer">, b: Pick<DeployedStack, "layer">): number {
  return layerOrder.indexOf(b.layer ?? "") - layerOrder.indexOf(a.layer ?? "");
}

/** For a service that did not come up: why its tasks stopped, and what they said last. */
async function withEvidence(
  deployment: Deployment,
  error: unknown,
  stacks: ReadonlyMap<string, DeployedStack>,
  since: Date,
): Promise<unknown> {
  const resource = failedResource(error);
  if (!(error instanceof DeployError) || resource?.resourceType !== "AWS::ECS::Service" || !resource.physicalId) return error;
  const layer = deployment.assembly.stacks.find(({ name }) => name === resource.stack)?.layer;
  const key = originOf(deployment.assembly, layer, resource.logicalId)?.key;
  const program = deployment.assembly.programs.find(({ name }) => name === key);
  if (!program) return error;
  try {
    const evidence = await serviceEvidence(deployment.aws, program, resource.physicalId, stacks, since);
    return new DeployError(error.code, error.message, {
      ...(error.remedy === undefined ? {} : { remedy: error.remedy }),
      evidence: [...evidence, ...error.evidence],
      cause: error.cause,
    });
  } catch {
    return error; // the cause that is known is worth more than the evidence that could not be had
  }
}
