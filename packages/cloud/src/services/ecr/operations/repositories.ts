/** Operations on repositories themselves. */
import { AwsError } from "../../../aws-error.ts";
import { encryptionKeys, storageKeyFault } from "../../../runtime/encryption-keys.ts";
import { operation } from "../../../service.ts";
import { checkConstraints } from "../../../constraints.ts";
import { pageOf } from "../../../paging.ts";
import { invalidParameter, repositoryAlreadyExists, repositoryNotEmpty } from "../errors.ts";
import { dropLayers } from "../expiry.ts";
import { imagesOf, removeImage } from "../image.ts";
import { layerUploads, repositoryLayers, uploadPath } from "../layer.ts";
import {
  checkRepositoryName,
  describeRepository,
  findRepository,
  repositories,
  type RepositoryRecord,
  saveRepository,
  tagMutabilityOf,
} from "../repository.ts";
import { systemTagsOf } from "../../../runtime/system-tags.ts";
import { readTags } from "../tags.ts";

export const createRepository = operation("ecr", "CreateRepository", (input, context) => {
  checkRepositoryName(input.repositoryName);
  const encryption = input.encryptionConfiguration;
  checkConstraints("InvalidParameterException", {
    "encryptionConfiguration.encryptionType": [encryption?.encryptionType, { enum: ["AES256", "KMS", "KMS_DSSE"] }],
    "encryptionConfiguration.kmsKey": [encryption?.kmsKey, { length: [1, 2048] }],
  });
  const mutability = tagMutabilityOf(input.imageTagMutability, input.imageTagMutabilityExclusionFilters);
  const tags = { ...readTags(input.tags), ...systemTagsOf(input) };
  if (repositories(context).has(context.region, input.repositoryName)) {
    throw repositoryAlreadyExists(input.repositoryName, context.account);
  }
  const { principal, region } = context;
  const fault = storageKeyFault(context.cloud, { region, principal, service: "ecr" }, encryption?.kmsKey);
  if (fault) throw new AwsError("KmsException", fault.message, 400, { kmsError: fault.code });
  const record: RepositoryRecord = {
    name: input.repositoryName,
    createdMs: context.cloud.world.clock.nowMs(),
    ...mutability,
    scanOnPush: input.imageScanningConfiguration?.scanOnPush ?? false,
    encryption: {
      encryptionType: encryption?.encryptionType ?? "AES256",
      ...(encryption?.encryptionType?.startsWith("KMS") && {
        kmsKey: encryption.kmsKey ?? encryptionKeys(context.cloud).arnOf(region, "alias/aws/ecr"),
      }),
    },
    tags,
  };
  saveRepository(context, record);
  return { repository: describeRepository(context, record) };
});

export const deleteRepository = operation("ecr", "DeleteRepository", async (input, context) => {
  const record = findRepository(context, input.repositoryName, input.registryId);
  const images = imagesOf(context, record.name);
  if (images.length > 0 && !input.force) throw repositoryNotEmpty(record.name, context.account);
  const { cloud, region } = context;
  const digests = repositoryLayers(cloud)
    .list(region, `${record.name}@`)
    .map(({ digest }) => digest);
  const uploads = layerUploads(cloud)
    .entries(region)
    .filter(({ value }) => value.repository === record.name);
  cloud.store.transaction(() => {
    for (const image of images) removeImage(context, image);
    for (const { key } of uploads) layerUploads(cloud).delete(region, key);
    repositories(context).delete(region, record.name);
  });
  for (const { key } of uploads) await cloud.world.disk.files.rm(uploadPath(cloud, key), { force: true });
  await dropLayers(context, record.name, digests);
  return { repository: describeRepository(context, record) };
});

export const describeRepositories = operation("ecr", "DescribeRepositories", (input, context) => {
  checkConstraints("InvalidParameterException", { maxResults: [input.maxResults, { range: [1, 1000] }] });
  if (input.repositoryNames) {
    if (input.maxResults !== undefined || input.nextToken !== undefined) {
      throw invalidParameter("repositoryNames", "repositoryNames and pagination parameters can not be used together");
    }
    const found = input.repositoryNames.map((name) => findRepository(context, name, input.registryId));
    return { repositories: found.map((record) => describeRepository(context, record)) };
  }
  const all = input.registryId === undefined || input.registryId === context.account ? repositories(context).list(context.region) : [];
  const page = pageOf(all, {
    size: input.maxResults ?? 100,
    token: input.nextToken,
    keyOf: ({ name }) => name,
    query: "DescribeRepositories",
    invalid: () => invalidParameter("nextToken", "Invalid pagination token"),
  });
  return {
    repositories: page.items.map((record) => describeRepository(context, record)),
    ...(page.nextToken && { nextToken: page.nextToken }),
  };
});

export const putImageTagMutability = operation("ecr", "PutImageTagMutability", (input, context) => {
  const { tagMutabilityExclusions: _, ...record } = findRepository(context, input.repositoryName, input.registryId);
  const mutability = tagMutabilityOf(input.imageTagMutability, input.imageTagMutabilityExclusionFilters);
  saveRepository(context, { ...record, ...mutability });
  return {
    registryId: context.account,
    repositoryName: record.name,
    imageTagMutability: input.imageTagMutability,
    ...(mutability.tagMutabilityExclusions && { imageTagMutabilityExclusionFilters: mutability.tagMutabilityExclusions }),
  };
});

export const putImageScanningConfiguration = operation("ecr", "PutImageScanningConfiguration", (input, context) => {
  const record = findRepository(context, input.repositoryName, input.registryId);
  record.scanOnPush = input.imageScanningConfiguration.scanOnPush ?? false;
  saveRepository(context, record);
  return {
    registryId: context.account,
    repositoryName: record.name,
    imageScanningConfiguration: { scanOnPush: record.scanOnPush },
  };
});
