/** What ECR tells EventBridge of images. Source: Amazon ECR User Guide, "Amazon ECR events and EventBridge". */
import type { OperationContext } from "../../service.ts";
import { tellEvent } from "../../runtime/service-events.ts";
import type { ImageRecord } from "./image.ts";

/** An image was pushed or deleted, under one of its tags where it has any. */
export function tellImage(
  { cloud, region }: Pick<OperationContext, "cloud" | "region">,
  action: "PUSH" | "DELETE",
  image: ImageRecord,
  tag?: string,
): void {
  tellEvent(cloud, region, {
    source: "aws.ecr",
    detailType: "ECR Image Action",
    resources: [],
    detail: {
      result: "SUCCESS",
      "repository-name": image.repository,
      "image-digest": image.digest,
      "action-type": action,
      ...(tag !== undefined && { "image-tag": tag }),
      "manifest-media-type": image.mediaType,
      ...(image.artifactType !== undefined && { "artifact-media-type": image.artifactType }),
    },
  });
}
