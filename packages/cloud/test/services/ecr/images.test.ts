/** Repositories and images through the operations. */
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import type { Call } from "../../../src/service.ts";
import { sourceManifest } from "../../../src/runtime/tasks/source-image.ts";
import { startSimulatedCloud, startTestCloud } from "../../cloud.ts";

const account = "123456789012";
const name = "team/web";

async function pushBlob(call: Call, content: Uint8Array, repositoryName = name): Promise<string> {
  const { uploadId } = await call("ecr", "InitiateLayerUpload", { repositoryName });
  await call("ecr", "UploadLayerPart", {
    repositoryName,
    uploadId: uploadId!,
    partFirstByte: 0,
    partLastByte: content.byteLength - 1,
    layerPartBlob: content,
  });
  const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
  const { layerDigest } = await call("ecr", "CompleteLayerUpload", { repositoryName, uploadId: uploadId!, layerDigests: [digest] });
  expect(layerDigest).toBe(digest);
  return digest;
}

async function pushSource(call: Call, contentHash: string, imageTag?: string) {
  const source = sourceManifest({ context: "/tmp", contentHash, command: ["node", "-v"] });
  await pushBlob(call, source.config);
  const { image } = await call("ecr", "PutImage", {
    repositoryName: name,
    imageManifest: source.manifest,
    ...(imageTag !== undefined && { imageTag }),
  });
  expect(image?.imageId?.imageDigest).toBe(source.digest);
  return source;
}

test("an image is pushed by its parts and read back by tag and by digest", async () => {
  await using test = await startTestCloud();
  const { call } = test;
  const { repository } = await call("ecr", "CreateRepository", { repositoryName: name, tags: [{ Key: "team", Value: "web" }] });
  expect(repository).toMatchObject({
    repositoryArn: `arn:aws:ecr:eu-central-1:${account}:repository/${name}`,
    repositoryUri: `${account}.dkr.ecr.eu-central-1.amazonaws.com/${name}`,
    imageTagMutability: "MUTABLE",
    encryptionConfiguration: { encryptionType: "AES256" },
  });
  const first = await pushSource(call, "one", "latest");
  const second = await pushSource(call, "two", "latest");
  const { imageDetails } = await call("ecr", "DescribeImages", { repositoryName: name });
  expect(imageDetails?.map(({ imageDigest, imageTags }) => ({ imageDigest, imageTags }))).toEqual([
    { imageDigest: first.digest, imageTags: undefined },
    { imageDigest: second.digest, imageTags: ["latest"] },
  ]);
  const answer = await call("ecr", "BatchGetImage", {
    repositoryName: name,
    imageIds: [{ imageTag: "latest" }, { imageDigest: first.digest }, { imageTag: "none" }, {}],
  });
  expect(answer.images?.map(({ imageManifest }) => imageManifest)).toEqual([second.manifest, first.manifest]);
  expect(answer.failures?.map(({ failureCode }) => failureCode)).toEqual(["ImageNotFound", "MissingDigestAndTag"]);
  await expect(call("ecr", "PutImage", { repositoryName: name, imageManifest: second.manifest, imageTag: "latest" })).rejects.toThrow(
    `Image with digest '${second.digest}' and tag 'latest' already exists in the repository with name '${name}' in registry with id '${account}'`,
  );
  await expect(call("ecr", "DeleteRepository", { repositoryName: name })).rejects.toMatchObject({ code: "RepositoryNotEmptyException" });
  await call("ecr", "DeleteRepository", { repositoryName: name, force: true });
  await expect(call("ecr", "ListImages", { repositoryName: name })).rejects.toThrow(
    `The repository with name '${name}' does not exist in the registry with id '${account}'`,
  );
});

test("what an image refers to has to be there", async () => {
  await using test = await startTestCloud();
  const { call } = test;
  await call("ecr", "CreateRepository", { repositoryName: name });
  const source = sourceManifest({ context: "/tmp", contentHash: "x" });
  await expect(call("ecr", "PutImage", { repositoryName: name, imageManifest: source.manifest })).rejects.toMatchObject({
    code: "LayersNotFoundException",
  });
  await expect(call("ecr", "PutImage", { repositoryName: name, imageManifest: "{" })).rejects.toThrow("Invalid JSON syntax");
});

test("a tag of an immutable repository stays, unless it is excluded", async () => {
  await using test = await startTestCloud();
  const { call } = test;
  await call("ecr", "CreateRepository", {
    repositoryName: name,
    imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
    imageTagMutabilityExclusionFilters: [{ filterType: "WILDCARD", filter: "dev-*" }],
  });
  await pushSource(call, "one", "v1");
  await pushSource(call, "two", "dev-a");
  await pushSource(call, "three", "dev-a");
  await expect(pushSource(call, "four", "v1")).rejects.toMatchObject({ code: "ImageTagAlreadyExistsException" });
});

test("uploads are checked: order of parts, digest, emptiness", async () => {
  await using test = await startTestCloud();
  const { call } = test;
  await call("ecr", "CreateRepository", { repositoryName: name });
  const { uploadId } = (await call("ecr", "InitiateLayerUpload", { repositoryName: name })) as { uploadId: string };
  const complete = (digest: string) => call("ecr", "CompleteLayerUpload", { repositoryName: name, uploadId, layerDigests: [digest] });
  await expect(complete("sha256:00")).rejects.toMatchObject({ code: "EmptyUploadException" });
  const part = (partFirstByte: number, text: string) =>
    call("ecr", "UploadLayerPart", {
      repositoryName: name,
      uploadId,
      partFirstByte,
      partLastByte: partFirstByte + text.length - 1,
      layerPartBlob: Buffer.from(text),
    });
  await expect(part(5, "abc")).rejects.toMatchObject({ code: "InvalidLayerPartException", members: { lastValidByteReceived: -1 } });
  await part(0, "abc");
  await expect(complete("sha256:00")).rejects.toMatchObject({ code: "InvalidLayerException" });
  await expect(part(3, "def")).rejects.toMatchObject({ code: "LayerPartTooSmallException" });
});

test("lifecycle policies expire images by count and by age", async () => {
  await using test = await startSimulatedCloud();
  const { call, world } = test;
  await call("ecr", "CreateRepository", { repositoryName: name });
  const rule = (selection: object, rulePriority = 1) => ({ rulePriority, selection, action: { type: "expire" } });
  await call("ecr", "PutLifecyclePolicy", {
    repositoryName: name,
    lifecyclePolicyText: JSON.stringify({
      rules: [
        rule({ tagStatus: "tagged", tagPrefixList: ["v"], countType: "imageCountMoreThan", countNumber: 2 }),
        rule({ tagStatus: "untagged", countType: "sinceImagePushed", countUnit: "days", countNumber: 1 }, 2),
      ],
    }),
  });
  for (const tag of ["v1", "v2", "v3"]) {
    await pushSource(call, tag, tag);
    await world.clock.advance(1000);
  }
  await pushSource(call, "untagged");
  const tags = async () =>
    (await call("ecr", "ListImages", { repositoryName: name })).imageIds!.map(({ imageTag }) => imageTag ?? "-").sort();
  expect(await tags()).toEqual(["-", "v2", "v3"]);
  await world.clock.sleepThrough(23 * 3_600_000);
  expect(await tags()).toEqual(["-", "v2", "v3"]);
  await world.clock.sleepThrough(2 * 3_600_000);
  await expect.poll(tags).toEqual(["v2", "v3"]);
  await expect(
    call("ecr", "PutLifecyclePolicy", { repositoryName: name, lifecyclePolicyText: '{"rules":[{"rulePriority":1}]}' }),
  ).rejects.toThrow('object has missing required properties (["action","selection"])');
});

test("a digest deletes an image with all its tags; an index is as large as its largest image", async () => {
  await using test = await startTestCloud();
  const { call } = test;
  await call("ecr", "CreateRepository", { repositoryName: name });
  const parts = [await pushSource(call, "one", "v1"), await pushSource(call, "two")];
  const mediaType = "application/vnd.oci.image.index.v1+json";
  const manifests = parts.map(({ digest, manifest }) => ({
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    digest,
    size: manifest.length,
  }));
  await call("ecr", "PutImage", {
    repositoryName: name,
    imageManifest: JSON.stringify({ schemaVersion: 2, mediaType, manifests }),
    imageTag: "all",
  });
  const { imageDetails } = await call("ecr", "DescribeImages", { repositoryName: name });
  const [first, second, index] = imageDetails!.map(({ imageSizeInBytes }) => imageSizeInBytes!);
  expect(index).toBe(Math.max(first!, second!));

  await call("ecr", "BatchDeleteImage", { repositoryName: name, imageIds: [{ imageTag: "all" }] });
  const both = { imageDigest: parts[0]!.digest, imageTag: "v1" };
  await call("ecr", "PutImage", { repositoryName: name, imageManifest: parts[0]!.manifest, imageTag: "v1.0" });
  const deleted = await call("ecr", "BatchDeleteImage", { repositoryName: name, imageIds: [both] });
  expect(deleted.imageIds?.map(({ imageTag }) => imageTag)).toEqual(["v1", "v1.0"]);
  expect((await call("ecr", "ListImages", { repositoryName: name })).imageIds).toEqual([{ imageDigest: parts[1]!.digest }]);
});
