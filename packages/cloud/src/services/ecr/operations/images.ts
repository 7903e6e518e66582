/** Operations on images. */
import type { ImageFailure, ImageIdentifier } from "@aws-sdk/client-ecr";
import { operation } from "../../../service.ts";
import { checkConstraints } from "../../../constraints.ts";
import { pageOf } from "../../../paging.ts";
import { digestOf } from "../../../runtime/tasks/layers.ts";
import {
  imageAlreadyExists,
  imageDigestDoesNotMatch,
  imageTagAlreadyExists,
  invalidParameter,
  layersNotFound,
  referencedImagesNotFound,
} from "../errors.ts";
import { expireImages } from "../expiry.ts";
import { describeImage, findImage, imageAnswer, type ImageRecord, imagesOf, listKey, requireImage, saveImage } from "../image.ts";
import { repositoryLayers } from "../layer.ts";
import { applyLifecyclePolicy } from "../lifecycle-policy.ts";
import { readManifest } from "../manifest.ts";
import { checkImageIds, namedImage } from "../named-image.ts";
import { findRepository, isImmutableTag } from "../repository.ts";
import { scanImage } from "../scanning.ts";
import { tellImage } from "../told-events.ts";

const tagPattern = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,299}$/;

export const putImage = operation("ecr", "PutImage", async (input, context) => {
  const repository = findRepository(context, input.repositoryName, input.registryId);
  const { cloud, region, account } = context;
  const { name } = repository;
  const tag = input.imageTag;
  if (tag !== undefined && !tagPattern.test(tag)) {
    throw invalidParameter("imageTag", "must satisfy regular expression '[a-zA-Z0-9-_.]+'");
  }
  const manifest = readManifest(input.imageManifest, input.imageManifestMediaType);
  const digest = digestOf(input.imageManifest);
  if (input.imageDigest !== undefined && input.imageDigest !== digest) throw imageDigestDoesNotMatch(input.imageDigest, digest);
  const missing = manifest.blobs.filter((blob) => !repositoryLayers(cloud).has(region, `${name}@${blob.digest}`));
  if (missing.length > 0)
    throw layersNotFound(
      missing.map((blob) => blob.digest),
      name,
      account,
    );
  const parts = manifest.images.map((imageDigest) => ({ imageDigest, found: findImage(context, name, { imageDigest }) }));
  const absent = parts.filter(({ found }) => !found);
  if (absent.length > 0)
    throw referencedImagesNotFound(
      absent.map(({ imageDigest }) => imageDigest),
      name,
      account,
    );

  const existing = findImage(context, name, { imageDigest: digest });
  if (existing && (tag === undefined || existing.tags.includes(tag))) throw imageAlreadyExists(digest, tag, name, account);
  const holder = tag === undefined ? undefined : findImage(context, name, { imageTag: tag });
  if (holder && isImmutableTag(repository, tag!)) throw imageTagAlreadyExists(tag!, name);
  const position = 1 + Math.max(0, ...imagesOf(context, name).map((each) => each.position ?? 0));
  const image: ImageRecord = {
    repository: name,
    digest,
    tags: [],
    manifest: input.imageManifest,
    mediaType: manifest.mediaType,
    ...(manifest.artifactType !== undefined && { artifactType: manifest.artifactType }),
    pushedMs: cloud.world.clock.nowMs(),
    position,
    // An index is as large as the largest of its images (API reference, ImageDetail).
    sizeBytes: Math.max(
      manifest.blobs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      ...parts.map(({ found }) => found!.sizeBytes),
    ),
    blobs: manifest.blobs.map((blob) => blob.digest),
    ...(repository.scanOnPush && !existing && { scan: scanImage(cloud) }),
    ...existing,
  };
  if (tag !== undefined) image.tags = [...image.tags, tag];
  cloud.store.transaction(() => {
    if (holder) saveImage(context, { ...holder, tags: holder.tags.filter((each) => each !== tag) });
    saveImage(context, image);
  });
  tellImage(context, "PUSH", image, tag);
  await applyLifecyclePolicy(context, repository);
  return { image: imageAnswer(context, image, tag) };
});

export const batchGetImage = operation("ecr", "BatchGetImage", (input, context) => {
  const { name } = findRepository(context, input.repositoryName, input.registryId);
  checkImageIds(input.imageIds);
  const images = [];
  const failures: ImageFailure[] = [];
  for (const imageId of input.imageIds) {
    const found = namedImage(context, name, imageId);
    if ("failureCode" in found) {
      failures.push(found);
      continue;
    }
    saveImage(context, { ...found, lastPulledMs: context.cloud.world.clock.nowMs() });
    const tags = imageId.imageTag === undefined && found.tags.length > 0 ? found.tags : [imageId.imageTag];
    images.push(...tags.map((tag) => imageAnswer(context, found, tag)));
  }
  return { images, failures };
});

export const batchDeleteImage = operation("ecr", "BatchDeleteImage", async (input, context) => {
  const { name } = findRepository(context, input.repositoryName, input.registryId);
  checkImageIds(input.imageIds);
  const imageIds: ImageIdentifier[] = [];
  const failures: ImageFailure[] = [];
  for (const imageId of input.imageIds) {
    const found = namedImage(context, name, imageId);
    if ("failureCode" in found) {
      failures.push(found);
      continue;
    }
    const index = imagesOf(context, name).find((image) => image.digest !== found.digest && image.manifest.includes(found.digest));
    const tags = found.tags.filter((tag) => tag !== imageId.imageTag);
    // A digest deletes the image with all of its tags, also when one of them is named beside it.
    if (imageId.imageDigest === undefined && tags.length > 0) {
      saveImage(context, { ...found, tags });
      tellImage(context, "DELETE", found, imageId.imageTag);
      imageIds.push({ imageDigest: found.digest, imageTag: imageId.imageTag });
      continue;
    }
    if (index) {
      failures.push({
        imageId: { imageDigest: found.digest },
        failureCode: "ImageReferencedByManifestList",
        failureReason: `Requested image referenced by manifest list: [${index.digest}]`,
      });
      continue;
    }
    await expireImages(context, name, [found]);
    for (const tag of found.tags.length > 0 ? found.tags : [undefined]) tellImage(context, "DELETE", found, tag);
    imageIds.push(
      ...(found.tags.length > 0
        ? found.tags.map((imageTag) => ({ imageDigest: found.digest, imageTag }))
        : [{ imageDigest: found.digest }]),
    );
  }
  return { imageIds, failures };
});

export const listImages = operation("ecr", "ListImages", (input, context) => {
  const { name } = findRepository(context, input.repositoryName, input.registryId);
  checkConstraints("InvalidParameterException", { maxResults: [input.maxResults, { range: [1, 1000] }] });
  const wanted = input.filter?.tagStatus ?? "ANY";
  const ids = imagesOf(context, name)
    .flatMap(({ digest, tags }): ImageIdentifier[] =>
      tags.length > 0 ? tags.map((imageTag) => ({ imageDigest: digest, imageTag })) : [{ imageDigest: digest }],
    )
    .filter(({ imageTag }) => wanted === "ANY" || (wanted === "TAGGED") === (imageTag !== undefined));
  const keyOf = ({ imageDigest, imageTag }: ImageIdentifier) => `${imageDigest}@${imageTag ?? ""}`;
  const page = pageOf(
    ids.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)),
    {
      size: input.maxResults ?? 100,
      token: input.nextToken,
      keyOf,
      query: `ListImages ${name} ${wanted}`,
      invalid: () => invalidParameter("nextToken", "Invalid pagination token"),
    },
  );
  return { imageIds: page.items, ...(page.nextToken && { nextToken: page.nextToken }) };
});

export const describeImages = operation("ecr", "DescribeImages", (input, context) => {
  const { name } = findRepository(context, input.repositoryName, input.registryId);
  checkConstraints("InvalidParameterException", {
    maxResults: [input.maxResults, { range: [1, 1000] }],
    imageIds: [input.imageIds, { length: [1, 100] }],
  });
  if (input.imageIds) {
    const found = new Map(input.imageIds.map((id) => requireImage(context, name, id)).map((image) => [image.digest, image]));
    return { imageDetails: [...found.values()].map((image) => describeImage(context, image)) };
  }
  const wanted = input.filter?.tagStatus ?? "ANY";
  const page = pageOf(
    imagesOf(context, name).filter(({ tags }) => wanted === "ANY" || (wanted === "TAGGED") === tags.length > 0),
    {
      size: input.maxResults ?? 100,
      token: input.nextToken,
      keyOf: listKey,
      query: `DescribeImages ${name} ${wanted}`,
      invalid: () => invalidParameter("nextToken", "Invalid pagination token"),
    },
  );
  return {
    imageDetails: page.items.map((image) => describeImage(context, image)),
    ...(page.nextToken && { nextToken: page.nextToken }),
  };
});
