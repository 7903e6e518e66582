/**
 * A rehearsal: what stands is made anew in a throw-away embedded cloud, from the very templates that are deployed; then the real update
 * runs there, images, logins, migrations and the pass back included, and what happened is told. Databases are empty until migrations
 * have run, or hold the rows of a take-out where one is given; secrets have values that mean nothing.
 */
import type { Template } from "@plinth/cloudformation";
import type { Assembly, Layer, ParameterSource, Stack } from "@plinth/compiler";
import { isAwsError, type Aws } from "../aws.ts";
import { deploy } from "../deploy.ts";
import { DeployError } from "../deploy-error.ts";
import type { Deployment } from "../deployment.ts";
import type { DeployEvent } from "../event.ts";
import { setSecret } from "../secrets/slots.ts";
import { describeStage } from "../stacks/stack-state.ts";
import type { Contract } from "./contract.ts";
import { type Dump, layersOfData, loadData, type LoadedData, type RehearsedData, rowsAfter } from "./rehearsal-data.ts";

export interface RehearsedStep {
  kind: string;
  id: string;
  state: "finished" | "skipped" | "failed";
  detail?: string;
  seconds: number;
}

export interface Rehearsal {
  /** How many stacks were made anew before, as they stand. */
  seeded: number;
  /** `not-seeded`: what stands could not be made anew, so the update never ran. */
  outcome: "done" | "failed" | "not-seeded";
  /** Of the update, in the order in which they ended. */
  steps: RehearsedStep[];
  seconds: number;
  failure?: { message: string; evidence: string[] };
  /** The resource that was made to fail, where that was asked for. */
  failedAt?: string;
  /** How each stack stood afterwards. */
  stacks: { stack: string; status: string }[];
  /** Of the databases that were given rows: how many there were before and after the update. */
  data?: RehearsedData[];
}

export interface RehearsalInput extends Deployment {
  contract: Contract;
  /** A logical id, or a name of the inventory: once it is made or changed, its stack fails. */
  failAt?: string;
  /** The rows with which databases begin. */
  dumps?: readonly Dump[];
}

/** @param input `aws` is the throw-away cloud. @throws DeployError `not-found` for a `failAt` that is not in the app. */
export async function rehearse(input: RehearsalInput): Promise<Rehearsal> {
  const { assembly, contract, aws, emit, time, failAt, dumps = [] } = input;
  const target = failAt === undefined ? undefined : withFailure(assembly, failAt);
  const whole = standingAssembly(assembly, contract);
  // Rows come with what migrations have made of them; those of now are the update's.
  const administrations = whole.beforeServices.filter(({ administration }) => administration);
  const standing = dumps.length > 0 ? { ...whole, beforeServices: administrations } : whole;
  const seeded = standing.stacks.length;
  const steps: RehearsedStep[] = [];
  const startMs = time.now();
  const told = async (outcome: Rehearsal["outcome"], error?: unknown): Promise<Rehearsal> => ({
    seeded,
    outcome,
    steps,
    seconds: Math.round((time.now() - updateMs) / 100) / 10,
    ...(error === undefined ? {} : { failure: failureOf(error) }),
    ...(target ? { failedAt: target.logicalId } : {}),
    stacks: [...(await describeStage(aws, assembly)).values()].map(({ name, status }) => ({ stack: name, status })),
    ...(loaded.length > 0 && { data: await rowsAfter(input, loaded) }),
  });
  let loaded: LoadedData[] = [];
  let updateMs = startMs;
  if (seeded > 0) {
    try {
      if (dumps.length > 0) {
        await deployWithSecrets({ ...input, assembly: standing }, layersOfData);
        loaded = await loadData({ ...input, assembly: standing }, dumps);
      }
      await deployWithSecrets({ ...input, assembly: standing });
    } catch (error) {
      return told("not-seeded", error);
    }
  }
  if (target) await takeName(aws);
  updateMs = time.now();
  const record = (event: DeployEvent) => {
    emit(event);
    if (event.type !== "step" || event.state === "started") return;
    const { kind, id, state, detail, durationMs } = event;
    steps.push({ kind, id, state, ...(detail === undefined ? {} : { detail }), seconds: Math.round(durationMs / 100) / 10 });
  };
  try {
    await deployWithSecrets({ ...input, assembly: target?.assembly ?? assembly, emit: record });
    return await told("done");
  } catch (error) {
    return told("failed", error);
  }
}

/** The app as it stands: the deployed templates, their values from where the app takes them today, or as they were. */
export function standingAssembly(assembly: Assembly, contract: Contract): Assembly {
  const templates = new Map(
    Object.entries(contract.stacks).flatMap(([name, { deployed }]) => (deployed?.template ? [[name, deployed.template] as const] : [])),
  );
  const has = ({ stack, output }: { stack: string; output: string }) => Object.hasOwn(templates.get(stack)?.Outputs ?? {}, output);
  const stacks = [...templates].map(([name, template]): Stack => {
    const { region, tags, deployed } = contract.stacks[name]!;
    const today = assembly.stacks.find((stack) => stack.name === name);
    const parameters = Object.fromEntries(
      Object.keys(template.Parameters ?? {}).map((parameter): [string, ParameterSource] => {
        const source = today?.parameters[parameter];
        const usable = source !== undefined && source.from !== "value" && (source.from !== "output" || has(source));
        return [parameter, usable ? source : { from: "value", value: deployed!.parameters[parameter] ?? "" }];
      }),
    );
    const uses = Object.values(parameters).flatMap((source) => (source.from === "output" ? [source.stack] : []));
    const dependsOn = [...new Set([...uses, ...(today?.dependsOn ?? [])])].filter((other) => other !== name && templates.has(other));
    return { name, layer: today?.layer ?? ((tags["plinth:layer"] ?? "network") as Layer), region, template, parameters, tags, dependsOn };
  });
  return {
    ...assembly,
    stacks: inOrderOf(stacks),
    images: assembly.images.filter(({ repository }) => has(repository)),
    beforeServices: assembly.beforeServices.filter(({ taskDefinition }) => has(taskDefinition)),
    programs: assembly.programs.filter(({ cluster, service }) => has(cluster) && (!service || has(service))),
    outputs: {},
    notes: [],
  };
}

/** Each behind those that it depends on. */
function inOrderOf(stacks: readonly Stack[]): Stack[] {
  const ordered: Stack[] = [];
  const waiting = [...stacks];
  while (waiting.length > 0) {
    const index = waiting.findIndex(({ dependsOn }) => dependsOn.every((name) => ordered.some((one) => one.name === name)));
    ordered.push(...waiting.splice(Math.max(0, index), 1));
  }
  return ordered;
}

const failureName = "/plinth/rehearsal/taken";
const failureId = "PlinthRehearsalFailure";

/** With a resource behind the one that is named, which cannot be made: its name is taken. */
export function withFailure(assembly: Assembly, failAt: string): { assembly: Assembly; logicalId: string } {
  for (const stack of assembly.stacks) {
    const { Resources } = stack.template;
    const logicalId = Object.hasOwn(Resources, failAt)
      ? failAt
      : Object.keys(Resources).findLast((id) => assembly.origins[`${stack.layer}/${id}`]?.key === failAt && stack.layer !== "network");
    if (logicalId === undefined) continue;
    const template: Template = {
      ...stack.template,
      Resources: {
        ...Resources,
        [failureId]: {
          Type: "AWS::SSM::Parameter",
          DependsOn: logicalId,
          Properties: { Name: failureName, Type: "String", Value: "rehearsed" },
        },
      },
    };
    return { assembly: { ...assembly, stacks: assembly.stacks.map((one) => (one === stack ? { ...stack, template } : one)) }, logicalId };
  }
  throw new DeployError("not-found", `${assembly.app} has no resource ${failAt} that could be made to fail.`, {
    remedy: "Name a resource of its templates (plinth synth), or a name of the inventory.",
  });
}

async function takeName(aws: Aws): Promise<void> {
  await aws.call("ssm", "PutParameter", { Name: failureName, Type: "String", Value: "taken", Overwrite: true });
}

/** A deploy stops where required secrets have no value: they get one, and it goes on. */
async function deployWithSecrets(deployment: Deployment, layers?: ReadonlySet<string>): Promise<void> {
  const options = { commandOptions: "", ...(layers && { layers }) };
  try {
    await deploy(deployment, options);
  } catch (error) {
    if (!(error instanceof DeployError) || error.code !== "secrets-missing") throw error;
    const { aws, assembly } = deployment;
    for (const slot of assembly.secrets) {
      const fields = slot.fields?.map((field) => [field, "rehearsal"] as const);
      await setSecret(aws, slot, fields ? JSON.stringify(Object.fromEntries(fields)) : "rehearsal").catch((reason: unknown) => {
        if (!(reason instanceof DeployError) && !isAwsError(reason, "ResourceNotFoundException")) throw reason;
      });
    }
    await deploy(deployment, options);
  }
}

function failureOf(error: unknown): { message: string; evidence: string[] } {
  if (error instanceof DeployError) return { message: error.message, evidence: [...error.evidence] };
  return { message: error instanceof Error ? error.message : String(error), evidence: [] };
}
