/** Source images: an OCI artifact that says which folder is run and how (`source-image.md`), made and read. */
import { posix } from "node:path";
import { digestOf } from "./layers.ts";

export const sourceArtifactType = "application/vnd.plinth.source.v1";
export const sourceConfigMediaType = "application/vnd.plinth.source.config.v1+json";
export const ociManifestMediaType = "application/vnd.oci.image.manifest.v1+json";
export const maxConfigBytes = 256 * 1024;

export interface SourceConfig {
  /** Absolute folder on this machine: the build context. */
  context: string;
  /** 1–128 characters; another content gives another one, so that the image's digest changes with it. */
  contentHash: string;
  /** The folder of the image that the context stands for. Default: `/app`. */
  imageRoot?: string;
  /** Absolute below `imageRoot`, or relative to it. Default: `imageRoot`. */
  workingDirectory?: string;
  env?: Record<string, string>;
  entrypoint?: string[];
  command?: string[];
  user?: string;
  exposedPorts?: number[];
}

/** What is wrong with a source image, as a sentence for a task's stopped reason. */
export class SourceImageError extends Error {}

/** The manifest and the config blob that `PutImage` and the layer upload take. */
export function sourceManifest(config: SourceConfig): { manifest: string; config: Buffer; configDigest: string; digest: string } {
  const blob = Buffer.from(JSON.stringify(parseSourceConfig(config)));
  const configDigest = digestOf(blob);
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: ociManifestMediaType,
    artifactType: sourceArtifactType,
    config: { mediaType: sourceConfigMediaType, digest: configDigest, size: blob.byteLength },
    layers: [],
  });
  return { manifest, config: blob, configDigest, digest: digestOf(manifest) };
}

/** Reads a config blob strictly. Throws SourceImageError. Whether the context is there is asked when a task starts. */
export function readSourceConfig(blob: Uint8Array): SourceConfig {
  if (blob.byteLength > maxConfigBytes) throw new SourceImageError(`the config of the source image is larger than ${maxConfigBytes} bytes`);
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(blob).toString("utf8"));
  } catch {
    throw new SourceImageError("the config of the source image is not JSON");
  }
  return parseSourceConfig(value);
}

const members: Record<keyof SourceConfig, { required?: true; what: string; holds: (value: unknown) => boolean }> = {
  context: { required: true, what: "an absolute folder", holds: (value) => isText(value) && isAbsolute(value) },
  contentHash: { required: true, what: "a text of 1 to 128 characters", holds: (value) => isText(value) && /^[!-~]{1,128}$/.test(value) },
  imageRoot: { what: "an absolute path without ..", holds: (value) => isText(value) && value.startsWith("/") && !climbs(value) },
  workingDirectory: { what: "a path without ..", holds: (value) => isText(value) && value !== "" && !climbs(value) },
  env: {
    what: "an object of texts",
    holds: (value) =>
      isObject(value) && Object.entries(value).every(([name, each]) => name !== "" && !name.includes("=") && isText(name) && isText(each)),
  },
  entrypoint: { what: "a list of texts", holds: isTexts },
  command: { what: "a list of texts", holds: isTexts },
  user: { what: "a text", holds: isText },
  exposedPorts: {
    what: "a list of ports",
    holds: (value) => Array.isArray(value) && value.every((port) => Number.isInteger(port) && port >= 1 && port <= 65_535),
  },
};

function parseSourceConfig(value: unknown): SourceConfig {
  if (!isObject(value)) throw new SourceImageError("the config of the source image is not an object");
  for (const name of Object.keys(value)) {
    if (!Object.hasOwn(members, name))
      throw new SourceImageError(`the config of the source image has an unknown member ${JSON.stringify(name)}`);
  }
  for (const [name, { required, what, holds }] of Object.entries(members)) {
    const member = value[name];
    if (member === undefined ? required : !holds(member)) {
      throw new SourceImageError(`the config of the source image has no valid ${JSON.stringify(name)}: it has to be ${what}`);
    }
  }
  const config = value as unknown as SourceConfig;
  imageToContext(config, config.workingDirectory ?? ".");
  return config;
}

/** The root of the image, without a slash at its end. */
export function imageRootOf(config: SourceConfig): string {
  const root = posix.normalize(config.imageRoot ?? "/app");
  return root.length > 1 && root.endsWith("/") ? root.slice(0, -1) : root;
}

/** A path in the image (absolute, or relative to its root) as a path below the context. Throws SourceImageError when it lies outside. */
export function imageToContext(config: SourceConfig, path: string): string {
  const root = imageRootOf(config);
  const absolute = posix.resolve(root, path);
  if (climbs(path) || (absolute !== root && !absolute.startsWith(root === "/" ? root : `${root}/`))) {
    throw new SourceImageError(`the folder ${path} is not below ${root}, which is all that a source image holds`);
  }
  return posix.join(config.context, posix.relative(root, absolute));
}

/**
 * Replaces the image's root by the context where a text names the root or a place below it: at its beginning, or after white space,
 * a colon, an equals sign, a quote or what separates words in a shell.
 */
export function mapImagePaths(config: SourceConfig, text: string): string {
  const root = imageRootOf(config);
  if (root === "/" || !text.includes(root)) return text;
  const escaped = root.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const word = new RegExp(`(^|[\\s:='"\`(;|&<>])${escaped}(?=$|[/\\s:'"\`);|&<>])`, "g");
  return text.replace(word, (_, before: string) => before + config.context);
}

function climbs(path: string): boolean {
  return path.split("/").includes("..");
}

function isAbsolute(path: string): boolean {
  return path.startsWith("/") && !climbs(path);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && !value.includes("\0");
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every(isText);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
