/** Image manifests: which kinds there are, what they refer to, and how large an image is. */
import { isDigest } from "../../runtime/tasks/layers.ts";
import { invalidParameter } from "./errors.ts";
import { AwsError } from "../../aws-error.ts";

export interface ManifestParts {
  mediaType: string;
  artifactType?: string;
  /** Blobs that have to be in the repository: the config and the layers. */
  blobs: { digest: string; sizeBytes: number }[];
  /** Manifests that have to be in the repository (of an index or list). */
  images: string[];
}

const imageTypes = ["application/vnd.docker.distribution.manifest.v2+json", "application/vnd.oci.image.manifest.v1+json"];
const indexTypes = ["application/vnd.docker.distribution.manifest.list.v2+json", "application/vnd.oci.image.index.v1+json"];
const foreignLayer = /(?:\.foreign\.|nondistributable)/;

/** Reads a manifest as PutImage takes it; `mediaType` is the one given beside it. Throws ECR's errors. */
export function readManifest(text: string, given: string | undefined): ManifestParts {
  if (text.length > 4_194_304) throw invalidParameter("imageManifest", "Member must have length less than or equal to 4194304");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalidParameter("ImageManifest", "Invalid JSON syntax");
  }
  if (!isObject(value)) throw invalidParameter("ImageManifest", "Invalid JSON syntax");
  const own = typeof value.mediaType === "string" ? value.mediaType : undefined;
  const mediaType = given ?? own;
  if (mediaType === undefined) {
    throw new AwsError("InvalidParameterException", "image manifest mediatype not provided in manifest or parameter");
  }
  if (own !== undefined && own !== mediaType) {
    throw invalidParameter("imageManifestMediaType", "Manifest media type does not match the provided media type");
  }
  const artifact = { mediaType, ...artifactTypeOf(value) };
  if (imageTypes.includes(mediaType)) {
    const layers = value.layers ?? [];
    if (value.schemaVersion !== 2 || !isObject(value.config) || !Array.isArray(layers)) throw malformed();
    const described = [value.config, ...layers.filter((layer) => !(isObject(layer) && foreignLayer.test(String(layer.mediaType))))];
    return { ...artifact, blobs: described.map(readDescriptor), images: [] };
  }
  if (indexTypes.includes(mediaType)) {
    if (value.schemaVersion !== 2 || !Array.isArray(value.manifests)) throw malformed();
    return { ...artifact, blobs: [], images: value.manifests.map((each) => readDescriptor(each).digest) };
  }
  throw invalidParameter("imageManifestMediaType", `Unsupported manifest media type '${mediaType}'`);
}

function artifactTypeOf(manifest: Record<string, unknown>): { artifactType?: string } {
  if (typeof manifest.artifactType === "string") return { artifactType: manifest.artifactType };
  const config = manifest.config;
  return isObject(config) && typeof config.mediaType === "string" ? { artifactType: config.mediaType } : {};
}

function readDescriptor(value: unknown): { digest: string; sizeBytes: number } {
  if (!isObject(value) || typeof value.digest !== "string" || !isDigest(value.digest) || typeof value.size !== "number") throw malformed();
  return { digest: value.digest, sizeBytes: value.size };
}

function malformed(): AwsError {
  return invalidParameter("imageManifest", "Invalid image manifest provided");
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
