/** One image of the app, in its repository under a tag made from its content, and its address by digest. */
import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Image } from "@plinth/compiler";
import { isAwsError, type Aws } from "../aws.ts";
import { DeployError } from "../deploy-error.ts";
import type { Deployment } from "../deployment.ts";
import { contentOf } from "./content-hash.ts";
import { contextRemedy } from "./context-fault.ts";
import { DockerfileError, runConfiguration } from "./dockerfile.ts";
import type { ImageBuilder } from "./image-builder.ts";
import { buildNextjs, isBuiltHere, standalonePath } from "./next-build.ts";
import { pushSourceImage, sourceConfig, sourceManifest, type SourceManifest } from "./source-image.ts";

export interface ImageContent {
  /** From the content: `source-…` in the embedded cloud, `content-…` for built images. */
  tag: string;
  /** What it is made from, by path in the build context: see `Content`. */
  files: Record<string, string>;
  /** In the embedded cloud: what is pushed. Its digest follows from the content, so it is known beforehand. */
  source?: SourceManifest;
  /** In the embedded cloud, of a Next.js app that is built there: where its standalone output lies once it is. */
  standalone?: string;
}

/** What the image would be made from now. @throws DeployError `image-failed` when the context cannot be read. */
export async function imageContent(image: Image, aws: Pick<Aws, "embedded">, folder: string): Promise<ImageContent> {
  const salt = JSON.stringify([image.target ?? "", image.args, image.platform]);
  const cacheFile = join(folder, `content-${image.name}.json`);
  const { context, dockerfile } = image;
  try {
    const built = aws.embedded !== undefined && (await isBuiltHere(image));
    const { hash, files } = await contentOf({ context, dockerfile, salt, cacheFile, ...(built && { made: [".next"] }) });
    if (!aws.embedded) return { tag: `content-${hash.slice(0, 32)}`, files };
    const standalone = built ? standalonePath(folder, image.name, hash) : undefined;
    const source = sourceManifest(sourceConfig(standalone ?? context, hash, await readStage(image)));
    if (standalone !== undefined) return { tag: `source-${source.digest.slice("sha256:".length, 39)}`, files, source, standalone };
    return { tag: `source-${source.digest.slice("sha256:".length, 39)}`, files, source };
  } catch (error) {
    if (!(error instanceof Error && "code" in error && "path" in error)) throw error;
    throw new DeployError("image-failed", `The image ${image.name} needs ${String(error.path)}: ${String(error.code)}.`, {
      remedy: contextRemedy,
      cause: error,
    });
  }
}

/** @returns the address by digest, and whether it was there already. */
export async function makeImage(
  deployment: Deployment,
  image: Image,
  repositoryUri: string,
  builder: ImageBuilder,
): Promise<{ address: string; present: boolean }> {
  const { aws, emit, signal } = deployment;
  const repositoryName = repositoryUri.slice(repositoryUri.indexOf("/") + 1);
  const { tag, files, source, standalone } = await imageContent(image, aws, deployment.folder);
  if (standalone !== undefined) await buildNextjs(deployment, image, standalone);
  const before = await digestOfTag(aws, repositoryName, tag);
  if (before) return { address: `${repositoryUri}@${before}`, present: true };
  if (source) {
    await pushSourceImage(aws, repositoryName, tag, source);
    return { address: `${repositoryUri}@${source.digest}`, present: false };
  }
  const onLine = (line: string) => emit({ type: "log", task: image.name, line });
  await refuseUnknownTarget(image);
  await builder.build({ image, repositoryUri, tag, onLine, signal }, await contextPaths(image, files));
  const digest = await digestOfTag(aws, repositoryName, tag);
  if (!digest) throw new DeployError("image-failed", `${repositoryUri}:${tag} was pushed, but is not there.`);
  return { address: `${repositoryUri}@${digest}`, present: false };
}

/** What the tool would say after it has sent the whole context. A Dockerfile that only it can read is left to it. */
async function refuseUnknownTarget(image: Image): Promise<void> {
  await readStage(image).catch((error: unknown) => {
    if (error instanceof DeployError && /no stage is called/.test(error.message)) throw error;
  });
}

/** The context's files; the Dockerfile belongs to it even where `.dockerignore` leaves it out. */
async function contextPaths({ context, dockerfile }: Image, files: Record<string, string>): Promise<string[]> {
  const own = [".dockerignore", `${dockerfile}.dockerignore`, dockerfile];
  const present = await Promise.all(
    own.map((path) =>
      access(join(context, path)).then(
        () => [path],
        () => [],
      ),
    ),
  );
  return [...new Set([...Object.keys(files), ...present.flat()])];
}

async function readStage(image: Image) {
  const { context, dockerfile, target, args, platform } = image;
  try {
    return runConfiguration(await readFile(join(context, dockerfile), "utf8"), {
      args,
      platform,
      ...(target === undefined ? {} : { target }),
    });
  } catch (error) {
    if (!(error instanceof DockerfileError)) throw error;
    throw new DeployError("image-failed", `${dockerfile} of the image ${image.name}, ${error.message}.`, { cause: error });
  }
}

/** `undefined` when nothing has that tag. */
export async function digestOfTag(aws: Aws, repositoryName: string, imageTag: string): Promise<string | undefined> {
  try {
    const { imageDetails = [] } = await aws.call("ecr", "DescribeImages", { repositoryName, imageIds: [{ imageTag }] });
    return imageDetails[0]?.imageDigest;
  } catch (error) {
    if (isAwsError(error, "ImageNotFoundException", "RepositoryNotFoundException")) return undefined;
    throw error;
  }
}
