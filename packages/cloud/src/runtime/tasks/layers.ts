/** Blobs of images on disk, by digest: what is pushed to a repository, and read again when a task starts. */
import { createHash } from "node:crypto";
import type { Cloud } from "../../cloud.ts";

const digestPattern = /^sha256:[0-9a-f]{64}$/;

/** `sha256:` and the hash of `content` in lower-case hexadecimal digits (OCI image specification, descriptor.md). */
export function digestOf(content: string | Uint8Array): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

export function isDigest(text: string): boolean {
  return digestPattern.test(text);
}

/** Where the blob of a digest lies. Throws when the digest is not one. */
export function layerPath(cloud: Cloud, digest: string): string {
  if (!isDigest(digest)) throw new Error(`not a digest: ${digest}`);
  return cloud.world.disk.path("ecr", "blobs", "sha256", digest.slice("sha256:".length));
}

/** The blob's bytes; `undefined` when it is not there. */
export async function readLayer(cloud: Cloud, digest: string): Promise<Buffer | undefined> {
  try {
    return await cloud.world.disk.files.readFile(layerPath(cloud, digest));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

export async function deleteLayer(cloud: Cloud, digest: string): Promise<void> {
  await cloud.world.disk.files.rm(layerPath(cloud, digest), { force: true });
}
