/** Images in a repository: their records, how a request names one, and what describes say of it. */
import type { Image, ImageDetail, ImageIdentifier } from "@aws-sdk/client-ecr";
import type { OperationContext } from "../../service.ts";
import { imageNotFound } from "./errors.ts";

export interface ImageRecord {
  repository: string;
  digest: string;
  tags: string[];
  manifest: string;
  mediaType: string;
  artifactType?: string;
  pushedMs: number;
  /** Counts the pushes of a repository, so that images are listed as they came. */
  position?: number;
  lastPulledMs?: number;
  sizeBytes: number;
  blobs: string[];
  scan?: ImageScan;
}

/** The last scan of an image: there is nothing here that could scan one, so it ends as AWS's does for an image it cannot read. */
export interface ImageScan {
  startedMs: number;
  status: "FAILED";
  description: string;
}

type Scope = Pick<OperationContext, "cloud" | "account" | "region">;

const images = ({ cloud }: Scope) => cloud.store.collection<ImageRecord>("ecr-image");
// A repository's name has no @, so that this prefix is its own.
const keyOf = (repository: string, digest = "") => `${repository}@${digest}`;

/** In the order in which they were pushed first. */
export function imagesOf(context: Scope, repository: string): ImageRecord[] {
  return images(context)
    .list(context.region, keyOf(repository))
    .sort((a, b) => (listKey(a) < listKey(b) ? -1 : 1));
}

/** Sorts as `imagesOf` does. */
export function listKey({ position = 0, digest }: ImageRecord): string {
  return `${String(position).padStart(12, "0")}@${digest}`;
}

export function saveImage(context: Scope, image: ImageRecord): void {
  images(context).put(context.region, keyOf(image.repository, image.digest), image);
}

export function removeImage(context: Scope, image: ImageRecord): void {
  images(context).delete(context.region, keyOf(image.repository, image.digest));
}

export function findImage(context: Scope, repository: string, { imageDigest, imageTag }: ImageIdentifier): ImageRecord | undefined {
  if (imageDigest !== undefined) {
    const found = images(context).get(context.region, keyOf(repository, imageDigest));
    return found && (imageTag === undefined || found.tags.includes(imageTag)) ? found : undefined;
  }
  return imagesOf(context, repository).find(({ tags }) => imageTag !== undefined && tags.includes(imageTag));
}

export function requireImage(context: Scope, repository: string, id: ImageIdentifier): ImageRecord {
  const found = findImage(context, repository, id);
  if (!found) throw imageNotFound(showImageId(id), repository, context.account);
  return found;
}

/** As `{imageDigest:'null', imageTag:'latest'}`. */
export function showImageId({ imageDigest, imageTag }: ImageIdentifier): string {
  const show = (text: string | undefined) => `'${text ?? "null"}'`;
  return `{imageDigest:${show(imageDigest)}, imageTag:${show(imageTag)}}`;
}

export function imageAnswer(context: Scope, image: ImageRecord, tag: string | undefined): Image {
  return {
    registryId: context.account,
    repositoryName: image.repository,
    imageId: { imageDigest: image.digest, ...(tag !== undefined && { imageTag: tag }) },
    imageManifest: image.manifest,
    imageManifestMediaType: image.mediaType,
  };
}

export function describeImage(context: Scope, image: ImageRecord): ImageDetail {
  return {
    registryId: context.account,
    repositoryName: image.repository,
    imageDigest: image.digest,
    ...(image.tags.length > 0 && { imageTags: image.tags }),
    imageSizeInBytes: image.sizeBytes,
    imagePushedAt: new Date(image.pushedMs),
    imageManifestMediaType: image.mediaType,
    ...(image.artifactType !== undefined && { artifactMediaType: image.artifactType }),
    ...(image.scan && { imageScanStatus: { status: image.scan.status, description: image.scan.description } }),
    ...(image.lastPulledMs !== undefined && { lastRecordedPullTime: new Date(image.lastPulledMs) }),
    imageStatus: "ACTIVE",
  };
}
