/** Layers of a repository and uploads under way: what is recorded of them. */
import type { Cloud } from "../../cloud.ts";

export interface LayerRecord {
  digest: string;
  sizeBytes: number;
}

export interface UploadRecord {
  repository: string;
  receivedBytes: number;
  /** Whether a part came that was smaller than 5 MiB: only the last one may be. */
  smallPart: boolean;
}

/** By `repository@digest`. */
export const repositoryLayers = (cloud: Cloud) => cloud.store.collection<LayerRecord>("ecr-layer");

export const layerUploads = (cloud: Cloud) => cloud.store.collection<UploadRecord>("ecr-upload");

/** Where the parts of an upload are gathered. */
export function uploadPath(cloud: Cloud, uploadId: string): string {
  return cloud.world.disk.path("ecr", "uploads", uploadId);
}
