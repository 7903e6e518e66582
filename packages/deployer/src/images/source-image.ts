/**
 * Images for the embedded cloud, which runs the build context itself: the Dockerfile's chosen stage as a *source image*, an
 * OCI artifact of its own type, pushed by ECR's own API. Its format is the embedded cloud's (`source-image.md` there).
 */
import { createHash } from "node:crypto";
import type { RunConfiguration } from "./dockerfile.ts";
import { isAwsError, type Aws } from "../aws.ts";

export interface SourceConfig {
  context: string;
  contentHash: string;
  imageRoot?: string;
  workingDirectory?: string;
  env?: Record<string, string>;
  entrypoint?: string[];
  command?: string[];
  user?: string;
  exposedPorts?: number[];
}

export function sourceConfig(context: string, contentHash: string, run: RunConfiguration): SourceConfig {
  const imageRoot = run.contextRoot ?? run.workingDirectory;
  const workingDirectory = run.workingDirectory;
  const env = Object.fromEntries(Object.entries(run.env).filter(([name, value]) => !isForeignAuthority(name, value, imageRoot)));
  return {
    context,
    contentHash,
    ...(imageRoot === undefined || imageRoot === "/" ? {} : { imageRoot }),
    ...(workingDirectory === undefined || workingDirectory === "/" ? {} : { workingDirectory }),
    ...(Object.keys(env).length > 0 ? { env } : {}),
    ...(run.entrypoint ? { entrypoint: run.entrypoint } : {}),
    ...(run.command ? { command: run.command } : {}),
    ...(run.user === undefined ? {} : { user: run.user }),
    ...(run.exposedPorts.length > 0 ? { exposedPorts: run.exposedPorts } : {}),
  };
}

const authorityVariables = ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "SSL_CERT_DIR", "PGSSLROOTCERT", "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"];

/**
 * A source image holds the context only. Certificates elsewhere in the image (AWS's bundle, say) are not there, and the
 * embedded cloud's servers have certificates of its own authority, which it names to each task by the same variables.
 */
function isForeignAuthority(name: string, value: string, imageRoot = "/"): boolean {
  return authorityVariables.includes(name) && value.startsWith("/") && !value.startsWith(`${imageRoot.replace(/\/$/, "")}/`);
}

export interface SourceManifest {
  manifest: string;
  /** Of the manifest: what the image's address carries. */
  digest: string;
  config: Buffer;
  configDigest: string;
}

export function sourceManifest(source: SourceConfig): SourceManifest {
  const config = Buffer.from(JSON.stringify(source));
  const configDigest = digestOf(config);
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    artifactType: "application/vnd.plinth.source.v1",
    config: { mediaType: "application/vnd.plinth.source.config.v1+json", digest: configDigest, size: config.byteLength },
    layers: [],
  });
  return { manifest, digest: digestOf(manifest), config, configDigest };
}

const digestOf = (data: Buffer | string) => `sha256:${createHash("sha256").update(data).digest("hex")}`;

/** Pushes the artifact under `tag`; a layer or an image that is there already is no error. */
export async function pushSourceImage(aws: Aws, repositoryName: string, tag: string, source: SourceManifest): Promise<void> {
  const { uploadId } = await aws.call("ecr", "InitiateLayerUpload", { repositoryName });
  await aws.call("ecr", "UploadLayerPart", {
    repositoryName,
    uploadId,
    partFirstByte: 0,
    partLastByte: source.config.byteLength - 1,
    layerPartBlob: source.config,
  });
  try {
    await aws.call("ecr", "CompleteLayerUpload", { repositoryName, uploadId, layerDigests: [source.configDigest] });
  } catch (error) {
    if (!isAwsError(error, "LayerAlreadyExistsException")) throw error;
  }
  try {
    await aws.call("ecr", "PutImage", {
      repositoryName,
      imageManifest: source.manifest,
      imageManifestMediaType: "application/vnd.oci.image.manifest.v1+json",
      imageTag: tag,
    });
  } catch (error) {
    if (!isAwsError(error, "ImageAlreadyExistsException")) throw error;
  }
}
