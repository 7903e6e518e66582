/** Removing images and the blobs that nothing refers to any more. */
import { deleteLayer } from "../../runtime/tasks/layers.ts";
import type { OperationContext } from "../../service.ts";
import { type ImageRecord, imagesOf, removeImage } from "./image.ts";
import { repositoryLayers } from "./layer.ts";

type Scope = Pick<OperationContext, "cloud" | "account" | "region">;

/** Removes images; their layers leave the repository when no other image of it has them, and the disk when no repository does. */
export async function expireImages(context: Scope, repository: string, images: readonly ImageRecord[]): Promise<void> {
  if (images.length === 0) return;
  for (const image of images) removeImage(context, image);
  const kept = new Set(imagesOf(context, repository).flatMap(({ blobs }) => blobs));
  await dropLayers(
    context,
    repository,
    images.flatMap(({ blobs }) => blobs).filter((digest) => !kept.has(digest)),
  );
}

/** Takes layers out of a repository. */
export async function dropLayers(context: Scope, repository: string, digests: readonly string[]): Promise<void> {
  const layers = repositoryLayers(context.cloud);
  for (const digest of new Set(digests)) layers.delete(context.region, `${repository}@${digest}`);
  const present = new Set(layers.all().map(({ value }) => value.digest));
  for (const digest of new Set(digests)) if (!present.has(digest)) await deleteLayer(context.cloud, digest);
}
