/** Images that a request names by digest, by tag, or by both; each that is not there is a failure of its own. */
import type { ImageFailure, ImageIdentifier } from "@aws-sdk/client-ecr";
import { checkConstraints } from "../../constraints.ts";
import type { OperationContext } from "../../service.ts";
import { findImage, type ImageRecord } from "./image.ts";

export function checkImageIds(imageIds: readonly ImageIdentifier[]): void {
  checkConstraints("InvalidParameterException", { imageIds: [imageIds, { length: [1, 100] }] });
}

type NoImage = Required<ImageFailure>;

/** The image, or why there is none. */
export function namedImage(context: OperationContext, repository: string, imageId: ImageIdentifier): ImageRecord | NoImage {
  return idFailure(imageId) ?? findImage(context, repository, imageId) ?? notFound(imageId);
}

/** What is wrong with an image id, before it is looked up. */
function idFailure(imageId: ImageIdentifier): NoImage | undefined {
  if (imageId.imageDigest === undefined && imageId.imageTag === undefined) {
    return {
      imageId,
      failureCode: "MissingDigestAndTag",
      failureReason: "Invalid request parameters: both tag and digest cannot be null",
    };
  }
  if (imageId.imageDigest !== undefined && !/^[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+$/.test(imageId.imageDigest)) {
    return {
      imageId,
      failureCode: "InvalidImageDigest",
      failureReason: "Invalid request parameters: image digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'",
    };
  }
  return undefined;
}

const notFound = (imageId: ImageIdentifier): NoImage => ({
  imageId,
  failureCode: "ImageNotFound",
  failureReason: "Requested image not found",
});
