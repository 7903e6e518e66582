/** One deployment as a release: noted when it begins, so that one which dies is known too, and told to its end. */
import { hostname } from "node:os";
import type { Assembly } from "@plinth/compiler";
import type { Deployment } from "../deployment.ts";
import { ownerName } from "../lease.ts";
import { type Notes, readNotes } from "../notes.ts";
import type { Outputs } from "../outputs.ts";
import { describeStage, isStanding, type DeployedStack } from "../stacks/stack-state.ts";
import { serviceStates } from "../tasks/service-state.ts";
import {
  type Commit,
  deleteRelease,
  keptReleases,
  type Release,
  type ReleaseResult,
  releasesIn,
  runningRelease,
  writeRelease,
} from "./release.ts";
import { deleteSnapshot, readSnapshot, writeSnapshot } from "./snapshot.ts";

/** What a deployment is a release of. */
export interface ReleaseOrigin {
  commit?: Commit;
  /** It goes back to this release. */
  rollback?: { of: number; templates: boolean };
}

export interface Caller {
  account: string;
  arn: string;
}

/** A deployment under way, as the release learns of it. */
export interface Progress {
  stacks: Map<string, DeployedStack>;
  notes: Notes;
  /** Whether anything was made, changed or run. */
  changed: boolean;
  /** To be told of each migration as it has run. */
  migrated(name: string): void;
}

interface Beginning extends Caller {
  layers: ReadonlySet<string> | undefined;
  origin: ReleaseOrigin;
}

/** Does a deployment as a release. */
export async function asRelease(
  deployment: Deployment,
  beginning: Beginning,
  act: (progress: Progress) => Promise<Outputs>,
): Promise<{ outputs: Outputs; changed: boolean }> {
  const { aws, assembly, emit } = deployment;
  const [stacks, notes] = await Promise.all([describeStage(aws, assembly), readNotes(aws, assembly.app, assembly.stage)]);
  const release = await beginRelease(deployment, notes, beginning);
  const progress: Progress = { stacks, notes, changed: false, migrated: release.migrated };
  const finish = (end: Pick<Ending, "result" | "reason">) =>
    release.finish({ ...end, changed: progress.changed, stacks }).catch((error: unknown) => {
      emit({ type: "note", message: `The release could not be noted: ${error instanceof Error ? error.message : String(error)}` });
    });
  try {
    const outputs = await act(progress);
    await finish({ result: "deployed" });
    return { outputs, changed: progress.changed };
  } catch (error) {
    const [reason] = (error instanceof Error ? error.message : String(error)).split("\n", 1);
    await finish({ result: deployment.signal.aborted ? "interrupted" : "failed", reason: reason! });
    throw error;
  }
}

interface Ending {
  result: Exclude<ReleaseResult, "running">;
  reason?: string;
  changed: boolean;
  stacks: ReadonlyMap<string, DeployedStack>;
}

interface ReleaseRecord {
  migrated(name: string): void;
  finish(end: Ending): Promise<void>;
}

async function beginRelease(
  { aws, assembly, confirmLease, emit, time }: Deployment,
  notes: Notes,
  { account, arn, layers, origin }: Beginning,
): Promise<ReleaseRecord> {
  const { app, stage } = assembly;
  const before = releasesIn(notes);
  const startedMs = time.now();
  const release: Release = {
    number: (before[0]?.number ?? 0) + 1,
    kind: origin.rollback ? "rollback" : "deploy",
    ...(origin.rollback && { of: origin.rollback.of, templates: origin.rollback.templates }),
    startedAt: new Date(startedMs).toISOString(),
    result: "running",
    by: arn,
    from: whoDeploys(process.env),
    ...(origin.commit && { commit: origin.commit }),
    ...(layers && { layers: [...layers] }),
    images: {},
    taskDefinitions: {},
    migrations: [],
  };
  await writeRelease(aws, app, stage, release);
  return {
    migrated: (name) => void release.migrations.push(name),
    async finish({ result, reason, changed, stacks }) {
      await confirmLease?.();
      // After an attempt that failed it is news that all is whole, also when nothing had to change for it.
      if (result === "deployed" && !changed && before[0]?.result === "deployed") {
        await deleteRelease(aws, app, stage, release.number);
        return;
      }
      const states = await serviceStates(aws, assembly.programs, stacks).catch(() => []);
      const images = deployedImages(assembly, stacks);
      const digests = Object.entries(images).map(([name, address]) => [name, address.slice(address.indexOf("@") + 1)]);
      const definitions = states.map(({ program, taskDefinition }) => [
        program.name,
        taskDefinition.slice(taskDefinition.lastIndexOf("/") + 1),
      ]);
      Object.assign(release, {
        result,
        durationMs: time.now() - startedMs,
        ...(reason !== undefined && { reason }),
        images: Object.fromEntries(digests) as Record<string, string>,
        taskDefinitions: Object.fromEntries(definitions) as Record<string, string>,
      });
      if (result === "deployed") {
        const last = layers && runningRelease(before);
        const earlier = last && (await readSnapshot(aws, account, assembly, last.number));
        await writeSnapshot(aws, account, release.number, { assembly: asDeployed(assembly, layers, earlier?.assembly), images });
      }
      await writeRelease(aws, app, stage, release);
      for (const { number } of before.slice(keptReleases - 1)) {
        await deleteSnapshot(aws, account, assembly, number);
        await deleteRelease(aws, app, stage, number);
      }
      if (changed)
        await forgetOldRevisions(
          { aws, emit },
          definitions.map(([, definition]) => definition!),
        );
    },
  };
}

/** `alice@laptop`; of a workflow who started it, and its page. */
const whoDeploys = (environment: NodeJS.ProcessEnv): string =>
  environment["GITHUB_ACTIONS"] === "true" ? ownerName(environment) : `${ownerName(environment)}@${hostname()}`;

/** The images that the deployed stacks really have. */
export function deployedImages(assembly: Assembly, stacks: ReadonlyMap<string, DeployedStack>): Record<string, string> {
  const found = assembly.stacks.flatMap(({ name, parameters }) => {
    const stack = stacks.get(name);
    if (!isStanding(stack)) return [];
    return Object.entries(parameters).flatMap(([parameter, source]) =>
      source.from === "image" && stack.parameters[parameter]?.includes("@") ? [[source.image, stack.parameters[parameter]]] : [],
    );
  });
  return Object.fromEntries(found) as Record<string, string>;
}

/** Layers that were left out stand as the release before has left them. */
function asDeployed(assembly: Assembly, layers: ReadonlySet<string> | undefined, earlier: Assembly | undefined): Assembly {
  if (!layers || !earlier) return assembly;
  const stacks = assembly.stacks.map((stack) =>
    layers.has(stack.layer) ? stack : (earlier.stacks.find(({ name }) => name === stack.name) ?? stack),
  );
  return { ...assembly, stacks };
}

/** Replaced revisions are kept, so that one can go back to them: as many as releases are. */
async function forgetOldRevisions({ aws, emit }: Pick<Deployment, "aws" | "emit">, definitions: readonly string[]): Promise<void> {
  try {
    for (const definition of definitions) {
      const family = definition.slice(0, definition.lastIndexOf(":"));
      const { taskDefinitionArns = [] } = await aws.call("ecs", "ListTaskDefinitions", {
        familyPrefix: family,
        status: "ACTIVE",
        sort: "DESC",
      });
      const own = taskDefinitionArns.filter((arn) => arn.slice(arn.lastIndexOf("/") + 1, arn.lastIndexOf(":")) === family);
      for (const taskDefinition of own.slice(keptReleases)) await aws.call("ecs", "DeregisterTaskDefinition", { taskDefinition });
    }
  } catch {
    emit({ type: "note", message: "Old revisions of task definitions were not cleared away: the next deploy tries again." });
  }
}
