/** Images built on AWS, by CodeBuild: the context goes to the account's bucket, the build's log comes back line by line. */
import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import type { Image } from "@plinth/compiler";
import { isAwsError, type Aws, type Output } from "../aws.ts";
import { DeployError } from "../deploy-error.ts";
import { pollingDelaysMs, type Deployment, type Time } from "../deployment.ts";
import { ensureBucket } from "../stacks/template-bucket.ts";
import { buildProject, environments } from "./build-stack.ts";
import { buildArguments, buildFailed, type ContainerBuild } from "./container-build.ts";
import { tarOf } from "./tar.ts";

export interface RemoteBuild extends ContainerBuild {
  account: string;
  /** The context's files. */
  paths: readonly string[];
}

/** @throws DeployError `image-failed` with the build's last lines. */
export async function buildOnAws({ aws, assembly, time }: Deployment, build: RemoteBuild): Promise<void> {
  const { image, repositoryUri, tag, onLine, signal } = build;
  const source = await upload(aws, assembly.app, build);
  const address = `${repositoryUri}:${tag}`;
  const variables = {
    SOURCE: source,
    REGISTRY: repositoryUri.split("/")[0] ?? repositoryUri,
    ADDRESS: address,
    BUILD: ["docker", ...buildArguments("docker", { ...image, context: "." }, address)].map(quoted).join(" "),
  };
  const id = await start(aws, time, signal, buildProject(assembly.app), image, variables);
  const lines: string[] = [];
  const take = (line: string) => {
    lines.push(line);
    if (lines.length > 200) lines.shift();
    onLine(line);
  };
  const log = buildLog(aws, take);
  try {
    for (const delayMs of pollingDelaysMs(aws)) {
      const { builds = [] } = await aws.call("codebuild", "BatchGetBuilds", { ids: [id] });
      const state = builds[0];
      await log.follow(state);
      if (state?.buildStatus === "SUCCEEDED") return;
      if (state?.buildStatus !== "IN_PROGRESS") {
        const context =
          state?.phases?.flatMap(({ contexts = [] }) => contexts.map(({ message = "" }) => message)).filter((text) => text !== "") ?? [];
        throw buildFailed(`Building ${image.name} by CodeBuild (${id}) ended with ${state?.buildStatus ?? "nothing"}`, [
          ...context,
          ...lines,
        ]);
      }
      await time.sleep(delayMs, signal);
    }
  } catch (error) {
    // Nobody waits for it any more.
    if (signal.aborted) await aws.call("codebuild", "StopBuild", { id }).catch(() => undefined);
    throw error;
  }
}

/** Under a name made from the content: what is there already is not sent again. @returns its address, as `s3://…`. */
async function upload(aws: Aws, app: string, { account, image, paths, tag }: RemoteBuild): Promise<string> {
  const Bucket = `plinth-${account}-${aws.region}`;
  const Key = `sources/${app}/${tag}.tar.gz`;
  await ensureBucket(aws, Bucket);
  try {
    await aws.call("s3", "HeadObject", { Bucket, Key });
    return `s3://${Bucket}/${Key}`;
  } catch (error) {
    if (!isAwsError(error, "NotFound", "NoSuchKey")) throw error;
  }
  const folder = await mkdtemp(join(tmpdir(), "plinth-source-"));
  try {
    const file = join(folder, "source.tar.gz");
    await pipeline(tarOf(image.context, paths), createGzip(), createWriteStream(file));
    await aws.call("s3", "PutObject", { Bucket, Key, Body: createReadStream(file), ContentLength: (await stat(file)).size });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return `s3://${Bucket}/${Key}`;
}

async function start(
  aws: Aws,
  time: Time,
  signal: AbortSignal,
  projectName: string,
  image: Image,
  variables: Record<string, string>,
): Promise<string> {
  const environment = environments[image.platform];
  for (let attempt = 0; ; attempt += 1) {
    try {
      const { build } = await aws.call("codebuild", "StartBuild", {
        projectName,
        environmentTypeOverride: environment.type,
        imageOverride: environment.image,
        environmentVariablesOverride: Object.entries(variables).map(([name, value]) => ({ name, value, type: "PLAINTEXT" as const })),
      });
      if (build?.id === undefined) throw new DeployError("image-failed", `CodeBuild began no build of ${image.name}.`);
      return build.id;
    } catch (error) {
      // A role that was made a moment ago is not known everywhere yet.
      const young = isAwsError(error, "InvalidInputException") && /sts:AssumeRole/.test(error.message);
      if (!young || attempt >= 10) throw error;
      await time.sleep(5_000, signal);
    }
  }
}

/** The log stream, from where it was read last. */
function buildLog(aws: Aws, take: (line: string) => void) {
  let nextToken: string | undefined;
  return {
    async follow(build: NonNullable<Output<"codebuild", "BatchGetBuilds">["builds"]>[number] | undefined): Promise<void> {
      const { groupName, streamName } = build?.logs ?? {};
      if (!groupName || !streamName) return;
      for (;;) {
        const page = await aws
          .call("logs", "GetLogEvents", { logGroupName: groupName, logStreamName: streamName, startFromHead: true, nextToken })
          .catch((error: unknown) => {
            if (isAwsError(error, "ResourceNotFoundException")) return undefined; // not begun yet
            throw error;
          });
        if (!page) return;
        for (const { message = "" } of page.events ?? []) for (const line of message.split(/\r?\n/)) if (line !== "") take(line);
        if (page.nextForwardToken === nextToken || (page.events ?? []).length === 0) {
          nextToken = page.nextForwardToken ?? nextToken;
          return;
        }
        nextToken = page.nextForwardToken;
      }
    },
  };
}

/** For `sh`: between single quotes nothing is special but they themselves. */
export const quoted = (word: string) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`);
