/** What a task runs: an image reference resolved to a program on this machine. */
import { constants } from "node:fs";
import { AwsError } from "../../aws-error.ts";
import type { Cloud } from "../../cloud.ts";
import type { Disk } from "../../world.ts";
import type { Call } from "../../service.ts";
import { readLayer } from "./layers.ts";
import { postgresTools } from "./postgres-tools.ts";
import {
  imageToContext,
  mapImagePaths,
  readSourceConfig,
  sourceArtifactType,
  sourceConfigMediaType,
  type SourceConfig,
  SourceImageError,
} from "./source-image.ts";
import { TaskFailure } from "./task-failure.ts";

export interface RunnableImage {
  /** Of the manifest; absent for a public image, which is not pulled. */
  digest?: string;
  env: Record<string, string>;
  entrypoint: string[];
  command: string[];
  /** Folders that come first on the PATH. */
  path: string[];
  /** Where a command starts unless the container says otherwise. */
  workingDirectory: string;
  /** A folder of the image as the folder on this machine. Throws SourceImageError when there is none. */
  folder(imagePath: string): string;
  /** A text with paths of the image replaced by those on this machine. */
  localize(text: string): string;
}

const ecrReference =
  /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/([a-z0-9._/-]+?)(?::([\w.-]{1,128}))?(?:@(sha256:[0-9a-f]{64}))?$/;
const postgresReference =
  /^(?:public\.ecr\.aws\/docker\/library\/|docker\.io\/library\/|docker\.io\/)?postgres(?::[\w.-]+)?(?:@sha256:[0-9a-f]{64})?$/;

export function isEcrImage(reference: string): boolean {
  return ecrReference.test(reference);
}

/** `callIn` calls as the task's execution role in a region. Throws TaskFailure with a reason as ECS words it. */
export async function resolveImage(
  cloud: Cloud,
  reference: string,
  callIn: ((region: string) => Call) | undefined,
): Promise<RunnableImage> {
  const match = ecrReference.exec(reference);
  if (match) return await pullSource(cloud, reference, match, callIn);
  if (postgresReference.test(reference)) {
    const folder = cloud.world.disk.root;
    return {
      env: {},
      entrypoint: [],
      command: ["postgres"],
      path: [await postgresTools(cloud)],
      workingDirectory: folder,
      folder: (path) => path,
      localize: (text) => text,
    };
  }
  throw cannotPull(
    reference,
    `${reference}: the embedded cloud runs source images from ECR (made by the deployer from a Dockerfile) and the tools of public.ecr.aws/docker/library/postgres; other images need a container engine, which it does not drive yet. Build this image from a Dockerfile of your own, or run this service on AWS`,
  );
}

async function pullSource(
  cloud: Cloud,
  reference: string,
  [, account, region, repositoryName, tag, digest]: RegExpExecArray,
  callIn: ((region: string) => Call) | undefined,
): Promise<RunnableImage> {
  if (!callIn) {
    throw new TaskFailure(
      "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: the task definition has no execution role",
    );
  }
  const call = callIn(region!);
  try {
    await call("ecr", "GetAuthorizationToken", {});
  } catch (error) {
    throw new TaskFailure(
      `ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve ecr registry auth: service call has been retried 1 time(s): ${shown(error)}`,
    );
  }
  const imageId = digest ? { imageDigest: digest } : { imageTag: tag ?? "latest" };
  let manifest: string | undefined;
  let found: string | undefined;
  try {
    const { images } = await call("ecr", "BatchGetImage", {
      registryId: account!,
      repositoryName: repositoryName!,
      imageIds: [imageId],
    });
    manifest = images?.[0]?.imageManifest;
    found = images?.[0]?.imageId?.imageDigest;
  } catch (error) {
    throw cannotPull(reference, `unexpected status from HEAD request: ${shown(error)}`);
  }
  if (manifest === undefined || found === undefined) throw cannotPull(reference, `${reference}: not found`);
  const { artifactType, config } = JSON.parse(manifest) as { artifactType?: string; config?: { mediaType?: string; digest?: string } };
  if (artifactType !== sourceArtifactType || config?.mediaType !== sourceConfigMediaType) {
    throw cannotPull(
      reference,
      `${reference}: not a source image (${sourceArtifactType}); other images need a container engine, which the embedded cloud does not drive yet`,
    );
  }
  const blob = await readLayer(cloud, config.digest!);
  if (!blob) throw cannotPull(reference, `${reference}: blob ${config.digest} not found`);
  try {
    return { digest: found, ...(await runnable(cloud.world.disk, readSourceConfig(blob))) };
  } catch (error) {
    if (error instanceof SourceImageError) throw cannotPull(reference, error.message);
    throw error;
  }
}

async function runnable({ files }: Disk, config: SourceConfig): Promise<Omit<RunnableImage, "digest">> {
  const isFolder = await files.stat(config.context).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) throw new SourceImageError(`its build context ${config.context} is not a folder on this machine any more; deploy again`);
  await files.access(config.context, constants.R_OK | constants.X_OK).catch(() => {
    throw new SourceImageError(`its build context ${config.context} cannot be read by the user who runs the cloud`);
  });
  const localize = (text: string) => mapImagePaths(config, text);
  return {
    env: Object.fromEntries(Object.entries(config.env ?? {}).map(([name, value]) => [name, localize(value)])),
    entrypoint: (config.entrypoint ?? []).map(localize),
    command: (config.command ?? []).map(localize),
    path: [`${config.context}/node_modules/.bin`],
    workingDirectory: imageToContext(config, config.workingDirectory ?? "."),
    folder: (path) => imageToContext(config, path),
    localize,
  };
}

function cannotPull(reference: string, reason: string): TaskFailure {
  return new TaskFailure(
    `CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ${reference}: ${reason}`,
  );
}

function shown(error: unknown): string {
  return error instanceof AwsError ? `${error.code}: ${error.message}` : String(error);
}
