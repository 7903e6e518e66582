/** One deployment as a release: noted when it begins, so that one which dies is known too, and told to its end. */
import { hostname } from "node:os";
import type { Assembly } from "@plinth/compiler";
import type { Deployment } from "../deployment.ts";
import { ownerName } from "../lease.ts";
import type { Notes } from "../notes.ts";
import { isStanding, type DeployedStack } from "../stacks/stack-state.ts";
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

export interface ReleaseRecord {
  /** To be told of each as it has run. */
  migrated(name: string): void;
  finish(end: {
    result: Exclude<ReleaseResult, "running">;
    reason?: string;
    changed: boolean;
    stacks: ReadonlyMap<string, DeployedStack>;
  }): Promise<void>;
}

export async function beginRelease(
  { aws, assembly, emit, time }: Deployment,
  {
    account,
    arn,
    notes,
    layers,
    origin,
  }: { account: string; arn: string; notes: Notes; layers: ReadonlySet<string> | undefined; origin: ReleaseOrigin },
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
    from: `${ownerName()}@${hostname()}`,
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
