/** ECR: repositories of images, whose layers lie below the state folder by digest. */
import { type Authorization, defineService, type OperationContext } from "../../service.ts";
import { round } from "../../runtime/round.ts";
import { serveDownload } from "./download.ts";
import { applyLifecyclePolicies } from "./lifecycle-policy.ts";
import { batchDeleteImage, batchGetImage, describeImages, listImages, putImage } from "./operations/images.ts";
import {
  batchCheckLayerAvailability,
  completeLayerUpload,
  getDownloadUrlForLayer,
  initiateLayerUpload,
  uploadLayerPart,
} from "./operations/layers.ts";
import * as policies from "./operations/policies.ts";
import * as registry from "./operations/registry.ts";
import * as repositoryOperations from "./operations/repositories.ts";
import * as scanning from "./operations/scanning.ts";
import { listTagsForResource, tagResource, untagResource } from "./operations/tags.ts";
import { repositories, repositoryArn } from "./repository.ts";
import { serveRegistry } from "./registry/serve-registry.ts";
import { repository } from "./resources/Repository.ts";
import { readers } from "./resources/readers.ts";

const evaluationIntervalMs = 3_600_000;

/** An action on the repository that the input names, in view of that repository's own policy. */
const onRepository =
  (action: string) =>
  ({ repositoryName }: { repositoryName: string }, context: OperationContext): Authorization[] => [
    {
      action: `ecr:${action}`,
      resource: repositoryArn(context, repositoryName),
      resourcePolicy: repositories(context).get(context.region, repositoryName)?.policyText,
    },
  ];

const onArn =
  (action: string) =>
  ({ resourceArn }: { resourceArn: string }): Authorization[] => [{ action: `ecr:${action}`, resource: resourceArn }];

const onEach =
  (action: string) =>
  ({ repositoryNames }: { repositoryNames?: string[] | undefined }, context: OperationContext): Authorization[] =>
    (repositoryNames ?? ["*"]).map((name) => ({ action: `ecr:${action}`, resource: repositoryArn(context, name) }));

/** All lifecycle policies are evaluated now and then; AWS promises to do so within 24 hours. */
const evaluation = round("ecr: lifecycle policies", evaluationIntervalMs, applyLifecyclePolicies);

export const ecr = defineService({
  id: "ecr",
  operations: {
    CreateRepository: repositoryOperations.createRepository,
    DeleteRepository: repositoryOperations.deleteRepository,
    DescribeRepositories: repositoryOperations.describeRepositories,
    PutImageTagMutability: repositoryOperations.putImageTagMutability,
    PutImageScanningConfiguration: repositoryOperations.putImageScanningConfiguration,
    BatchGetRepositoryScanningConfiguration: scanning.batchGetRepositoryScanningConfiguration,
    PutRegistryScanningConfiguration: scanning.putRegistryScanningConfiguration,
    GetRegistryScanningConfiguration: scanning.getRegistryScanningConfiguration,
    StartImageScan: scanning.startImageScan,
    DescribeImageScanFindings: scanning.describeImageScanFindings,
    SetRepositoryPolicy: policies.setRepositoryPolicy,
    GetRepositoryPolicy: policies.getRepositoryPolicy,
    DeleteRepositoryPolicy: policies.deleteRepositoryPolicy,
    PutRegistryPolicy: policies.putRegistryPolicy,
    GetRegistryPolicy: policies.getRegistryPolicy,
    DeleteRegistryPolicy: policies.deleteRegistryPolicy,
    PutLifecyclePolicy: policies.putLifecyclePolicy,
    GetLifecyclePolicy: policies.getLifecyclePolicy,
    DeleteLifecyclePolicy: policies.deleteLifecyclePolicy,
    GetLifecyclePolicyPreview: policies.getLifecyclePolicyPreview,
    TagResource: tagResource,
    UntagResource: untagResource,
    ListTagsForResource: listTagsForResource,
    InitiateLayerUpload: initiateLayerUpload,
    UploadLayerPart: uploadLayerPart,
    CompleteLayerUpload: completeLayerUpload,
    BatchCheckLayerAvailability: batchCheckLayerAvailability,
    GetDownloadUrlForLayer: getDownloadUrlForLayer,
    PutImage: putImage,
    BatchGetImage: batchGetImage,
    BatchDeleteImage: batchDeleteImage,
    ListImages: listImages,
    DescribeImages: describeImages,
    GetAuthorizationToken: registry.getAuthorizationToken,
    DescribeRegistry: registry.describeRegistry,
    PutReplicationConfiguration: registry.putReplicationConfiguration,
    GetAccountSetting: registry.getAccountSetting,
    PutAccountSetting: registry.putAccountSetting,
  },
  authorize: {
    CreateRepository: onRepository("CreateRepository"),
    DeleteRepository: onRepository("DeleteRepository"),
    DescribeRepositories: onEach("DescribeRepositories"),
    PutImageTagMutability: onRepository("PutImageTagMutability"),
    PutImageScanningConfiguration: onRepository("PutImageScanningConfiguration"),
    BatchGetRepositoryScanningConfiguration: onEach("BatchGetRepositoryScanningConfiguration"),
    StartImageScan: onRepository("StartImageScan"),
    DescribeImageScanFindings: onRepository("DescribeImageScanFindings"),
    SetRepositoryPolicy: onRepository("SetRepositoryPolicy"),
    GetRepositoryPolicy: onRepository("GetRepositoryPolicy"),
    DeleteRepositoryPolicy: onRepository("DeleteRepositoryPolicy"),
    PutLifecyclePolicy: onRepository("PutLifecyclePolicy"),
    GetLifecyclePolicy: onRepository("GetLifecyclePolicy"),
    DeleteLifecyclePolicy: onRepository("DeleteLifecyclePolicy"),
    GetLifecyclePolicyPreview: onRepository("GetLifecyclePolicyPreview"),
    TagResource: onArn("TagResource"),
    UntagResource: onArn("UntagResource"),
    ListTagsForResource: onArn("ListTagsForResource"),
    InitiateLayerUpload: onRepository("InitiateLayerUpload"),
    UploadLayerPart: onRepository("UploadLayerPart"),
    CompleteLayerUpload: onRepository("CompleteLayerUpload"),
    BatchCheckLayerAvailability: onRepository("BatchCheckLayerAvailability"),
    GetDownloadUrlForLayer: onRepository("GetDownloadUrlForLayer"),
    PutImage: onRepository("PutImage"),
    BatchGetImage: onRepository("BatchGetImage"),
    BatchDeleteImage: onRepository("BatchDeleteImage"),
    ListImages: onRepository("ListImages"),
    DescribeImages: onRepository("DescribeImages"),
  },
  readers,
  resources: { "AWS::ECR::Repository": repository },
  routes: { layers: serveDownload },
  roots: { v2: serveRegistry },
  start: evaluation.start,
  stop: evaluation.stop,
  async reset(cloud) {
    await evaluation.stop(cloud);
    await cloud.world.disk.files.rm(cloud.world.disk.path("ecr"), { recursive: true, force: true });
  },
});
