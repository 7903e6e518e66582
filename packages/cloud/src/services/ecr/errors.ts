/** ECR's errors, in its own words. */
import { AwsError } from "../../aws-error.ts";

const inRepository = (repository: string, account: string) =>
  `in the repository with name '${repository}' in the registry with id '${account}'`;

export const invalidParameter = (member: string, constraint: string) =>
  new AwsError("InvalidParameterException", `Invalid parameter at '${member}' failed to satisfy constraint: '${constraint}'`);

export const repositoryNotFound = (repository: string, account: string) =>
  new AwsError(
    "RepositoryNotFoundException",
    `The repository with name '${repository}' does not exist in the registry with id '${account}'`,
  );

export const repositoryAlreadyExists = (repository: string, account: string) =>
  new AwsError(
    "RepositoryAlreadyExistsException",
    `The repository with name '${repository}' already exists in the registry with id '${account}'`,
  );

export const repositoryNotEmpty = (repository: string, account: string) =>
  new AwsError(
    "RepositoryNotEmptyException",
    `The repository with name '${repository}' in registry with id '${account}' cannot be deleted because it still contains images`,
  );

export const repositoryPolicyNotFound = (repository: string, account: string) =>
  new AwsError(
    "RepositoryPolicyNotFoundException",
    `Repository policy does not exist for the repository with name '${repository}' in the registry with id '${account}'`,
  );

export const lifecyclePolicyNotFound = (repository: string, account: string) =>
  new AwsError(
    "LifecyclePolicyNotFoundException",
    `Lifecycle policy does not exist for the repository with name '${repository}' in the registry with id '${account}'`,
  );

export const registryPolicyNotFound = (account: string) =>
  new AwsError("RegistryPolicyNotFoundException", `Registry policy does not exist in the registry with id '${account}'`);

/** `imageId` as ECR shows it: `{imageDigest:'…', imageTag:'…'}`. */
export const imageNotFound = (imageId: string, repository: string, account: string) =>
  new AwsError(
    "ImageNotFoundException",
    `The image with imageId ${imageId} does not exist within the repository with name '${repository}' in the registry with id '${account}'`,
  );

export const scanNotFound = (imageId: string, repository: string, account: string) =>
  new AwsError("ScanNotFoundException", `Image scan does not exist for the image with '${imageId}' ${inRepository(repository, account)}`);

export const scanQuotaExceeded = () =>
  new AwsError("LimitExceededException", "The scan quota per image has been exceeded. Wait and try again.");

export const imageAlreadyExists = (digest: string, tag: string | undefined, repository: string, account: string) =>
  new AwsError(
    "ImageAlreadyExistsException",
    `Image with digest '${digest}'${tag === undefined ? "" : ` and tag '${tag}'`} already exists in the repository with name '${repository}' in registry with id '${account}'`,
  );

export const imageTagAlreadyExists = (tag: string, repository: string) =>
  new AwsError(
    "ImageTagAlreadyExistsException",
    `The image tag '${tag}' already exists in the '${repository}' repository and cannot be overwritten because the tag is immutable.`,
  );

export const imageDigestDoesNotMatch = (given: string, found: string) =>
  new AwsError("ImageDigestDoesNotMatchException", `The provided image digest '${given}' does not match the calculated digest '${found}'`);

export const layersNotFound = (digests: readonly string[], repository: string, account: string) =>
  new AwsError(
    "LayersNotFoundException",
    `Layers with digests '[${digests.join(", ")}]' required for pushing image into repository with name '${repository}' in the registry with id '${account}' do not exist`,
  );

export const layerNotFound = (digest: string, repository: string, account: string) =>
  new AwsError("LayersNotFoundException", `The layer with digest '${digest}' does not exist ${inRepository(repository, account)}`);

export const referencedImagesNotFound = (digests: readonly string[], repository: string, account: string) =>
  new AwsError(
    "ReferencedImagesNotFoundException",
    `Images with digests '[${digests.join(", ")}]' required for pushing image into repository with name '${repository}' in the registry with id '${account}' do not exist`,
  );

export const layerAlreadyExists = (digest: string, repository: string, account: string) =>
  new AwsError("LayerAlreadyExistsException", `Layer with digest '${digest}' already exists ${inRepository(repository, account)}`);

export const uploadNotFound = (uploadId: string, repository: string, account: string) =>
  new AwsError("UploadNotFoundException", `Upload with id '${uploadId}' was not found ${inRepository(repository, account)}`);

export const emptyUpload = (uploadId: string, repository: string, account: string) =>
  new AwsError("EmptyUploadException", `Upload with id '${uploadId}' contains no layer parts ${inRepository(repository, account)}`);

export const layerPartTooSmall = () => new AwsError("LayerPartTooSmallException", "Layer parts must be at least 5 MiB in size.");

export const invalidLayer = (given: readonly string[], found: string) =>
  new AwsError("InvalidLayerException", `The layer digest '${found}' does not match the provided digest(s) '${given.join(", ")}'`);

export const tooManyTags = () =>
  new AwsError(
    "TooManyTagsException",
    "The list of tags on the repository is over the limit. The maximum number of tags that can be applied to a repository is 50.",
  );
