/**
 * Back to an earlier release: its images, and with `templates` the templates of its programs too, brought out by CloudFormation as a
 * deploy is, so that stacks say what runs. Networks, databases, storage and data stay as they are.
 */
import type { Assembly, Layer } from "@plinth/compiler";
import { isAwsError, type Aws } from "../aws.ts";
import { deploy, type DeployResult } from "../deploy.ts";
import { DeployError } from "../deploy-error.ts";
import type { Deployment } from "../deployment.ts";
import { type Commit, readReleases, type Release, runningRelease } from "./release.ts";
import { readSnapshot, type Snapshot } from "./snapshot.ts";

export interface RollbackPlan {
  /** What runs now. */
  from: Release;
  to: Release;
  templates: boolean;
  /** Images that become others, by digest. */
  images: { name: string; before?: string; after: string }[];
  /** What stays as it is, in sentences. */
  notUndone: string[];
  account: string;
  snapshot: Snapshot;
}

/** Layers that hold programs, and nothing that has data. */
const programLayers: readonly Layer[] = ["iam", "tasks", "compute", "observability"];
const imageLayers: readonly Layer[] = ["tasks", "compute"];

/**
 * What a rollback would do; nothing is touched.
 * @param wanted a release's number; default: the one before that which runs, or, after a deploy that failed, that which runs.
 * @throws DeployError `not-found`, `image-failed`, each with its remedy.
 */
export async function planRollback(
  { aws, assembly }: Pick<Deployment, "aws" | "assembly">,
  { wanted, templates, commandOptions }: { wanted: string | undefined; templates: boolean; commandOptions: string },
): Promise<RollbackPlan> {
  const { app, stage } = assembly;
  const releases = await readReleases(aws, app, stage);
  const from = runningRelease(releases);
  if (!from) {
    throw new DeployError("not-found", `${app} ${stage} has no release to go back to.`, {
      remedy: `plinth deploy${commandOptions} makes one; plinth releases${commandOptions} lists them.`,
    });
  }
  const to = wanted === undefined ? defaultTarget(releases, from, commandOptions) : named(releases, wanted, commandOptions);
  const { Account: account = "" } = await aws.call("sts", "GetCallerIdentity", {});
  const [then, now] = await Promise.all([
    readSnapshot(aws, account, assembly, to.number),
    readSnapshot(aws, account, assembly, from.number),
  ]);
  const snapshot = templates ? then : now && then && { assembly: now.assembly, images: then.images };
  if (!snapshot) {
    throw new DeployError("not-found", `What release ${then ? from.number : to.number} was made of is no longer kept.`, {
      remedy: again(to.commit, commandOptions),
    });
  }
  await refuseMissingImages(aws, snapshot, to, commandOptions);
  const images = Object.entries(to.images)
    .filter(([name, digest]) => from.images[name] !== digest)
    .map(([name, after]) => ({ name, ...(from.images[name] !== undefined && { before: from.images[name] }), after }));
  if (images.length === 0 && !templates && runningRelease(releases) === releases[0]) {
    throw new DeployError("not-found", `Release ${to.number} runs the same images as release ${from.number}, which runs now.`, {
      remedy: `What differs between them is in their templates: plinth rollback ${to.number}${commandOptions} --templates`,
    });
  }
  return {
    from,
    to,
    templates,
    images,
    notUndone: notUndone(releases, to, from, { templates, embedded: aws.embedded !== undefined }),
    account,
    snapshot,
  };
}

export async function rollback(
  deployment: Deployment,
  { to, templates, snapshot }: RollbackPlan,
  commandOptions: string,
): Promise<DeployResult> {
  const held = new Set<string>(templates ? programLayers : imageLayers);
  const layers = new Set(snapshot.assembly.stacks.map(({ layer }) => layer as string).filter((layer) => held.has(layer)));
  // Migrations have run, and do not run backwards; what the app's file says now is not looked at.
  const assembly: Assembly = { ...snapshot.assembly, beforeServices: [], notes: [] };
  return deploy(
    { ...deployment, assembly },
    {
      commandOptions,
      layers,
      images: new Map(Object.entries(snapshot.images)),
      release: { ...(to.commit && { commit: to.commit }), rollback: { of: to.number, templates } },
    },
  );
}

function defaultTarget(releases: readonly Release[], running: Release, options: string): Release {
  // After a failure what ran before it is brought out again: a part of it may be in its new version.
  if (releases[0] !== running) return origin(releases, running);
  const { number } = origin(releases, running);
  const before = releases.find((one) => one.number < number && one.result === "deployed" && one.kind === "deploy");
  if (before) return before;
  throw new DeployError("not-found", `Release ${running.number}, which runs now, is the first that is known.`, {
    remedy: `plinth releases${options} lists them.`,
  });
}

/** A rollback runs what another release was. */
function origin(releases: readonly Release[], release: Release): Release {
  if (release.kind !== "rollback") return release;
  const of = releases.find(({ number }) => number === release.of);
  return of ? origin(releases, of) : release;
}

function named(releases: readonly Release[], wanted: string, options: string): Release {
  const found = releases.find(({ number }) => String(number) === wanted);
  const remedy = `plinth releases${options} lists those that one can go back to.`;
  if (!found) throw new DeployError("not-found", `There is no release ${wanted}.`, { remedy });
  if (found.result !== "deployed") {
    const why =
      found.result === "running"
        ? "has not come to its end"
        : `did not come out whole: it ${found.result === "failed" ? "failed" : "was interrupted"}`;
    throw new DeployError("not-found", `Release ${wanted} ${why}.`, { remedy });
  }
  return origin(releases, found);
}

const again = (commit: Commit | undefined, options: string): string =>
  commit
    ? `Bring it out anew: git checkout ${commit.id.slice(0, 12)} && plinth deploy${options}`
    : `Check out the commit that it was made from, then: plinth deploy${options}`;

/** A repository keeps only so many images: `keep` of image() says how many. */
async function refuseMissingImages(aws: Aws, { images }: Snapshot, to: Release, options: string): Promise<void> {
  for (const [name, address] of Object.entries(images)) {
    const [uri = "", imageDigest] = address.split("@");
    const repositoryName = uri.slice(uri.indexOf("/") + 1);
    try {
      await aws.call("ecr", "DescribeImages", { repositoryName, imageIds: [{ imageDigest }] });
    } catch (error) {
      if (!isAwsError(error, "ImageNotFoundException", "RepositoryNotFoundException")) throw error;
      throw new DeployError("image-failed", `The image ${name} of release ${to.number} is gone from its repository ${repositoryName}.`, {
        remedy: again(to.commit, options),
        evidence: ["A repository keeps the newest images; image({ keep: 30 }) keeps more of them."],
        cause: error,
      });
    }
  }
}

function notUndone(
  releases: readonly Release[],
  to: Release,
  from: Release,
  { templates, embedded }: { templates: boolean; embedded: boolean },
): string[] {
  const between = releases.filter(({ number }) => number > to.number && number <= Math.max(from.number, releases[0]!.number));
  const migrations = between.flatMap(({ number, migrations: ran }) => ran.map((name) => `${name} (release ${number})`)).toReversed();
  return [
    ...(migrations.length > 0 ? [`Migrations that have run since are not undone: ${migrations.join(", ")}.`] : []),
    templates
      ? "Data, secrets, and the layers network, storage, database and messaging stay as they are."
      : "Data, secrets and templates stay as they are: variables, sizes, routes and permissions too.",
    ...(embedded
      ? [
          "Programs of the embedded cloud run the files that are in their folder: here the images' commands and variables go back, and not their files.",
        ]
      : []),
  ];
}
