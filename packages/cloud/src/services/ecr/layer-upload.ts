/** Filling an upload and making a layer of it: what ECR's API and the registry do alike. */
import { createHash } from "node:crypto";
import { dirname } from "node:path";
import type { OperationContext } from "../../service.ts";
import { layerPath } from "../../runtime/tasks/layers.ts";
import { emptyUpload, invalidLayer, uploadNotFound } from "./errors.ts";
import { layerUploads, repositoryLayers, uploadPath } from "./layer.ts";

/** Puts a piece behind what there is. Written at its place, so that one which is sent again after a crash does no harm. */
export async function appendToUpload(context: OperationContext, uploadId: string, piece: Uint8Array, smallPart = false): Promise<void> {
  const { cloud, region } = context;
  const upload = layerUploads(cloud).get(region, uploadId)!;
  const file = await cloud.world.disk.files.open(uploadPath(cloud, uploadId), "r+");
  try {
    await file.write(piece, 0, piece.byteLength, upload.receivedBytes);
  } finally {
    await file.close();
  }
  layerUploads(cloud).put(region, uploadId, { ...upload, receivedBytes: upload.receivedBytes + piece.byteLength, smallPart });
}

/** Makes a layer of it, if its digest is one of these. @returns the digest, and whether the repository had it already. */
export async function finishUpload(
  context: OperationContext,
  repository: string,
  uploadId: string,
  digests: readonly string[],
): Promise<{ digest: string; present: boolean }> {
  const { cloud, region, account } = context;
  const { files } = cloud.world.disk;
  const upload = layerUploads(cloud).get(region, uploadId);
  if (upload?.repository !== repository) throw uploadNotFound(uploadId, repository, account);
  if (upload.receivedBytes === 0) throw emptyUpload(uploadId, repository, account);
  const path = uploadPath(cloud, uploadId);
  const digest = await sealed(context, path);
  if (!digests.includes(digest)) throw invalidLayer(digests, digest);
  const key = `${repository}@${digest}`;
  const present = repositoryLayers(cloud).has(region, key);
  const place = layerPath(cloud, digest);
  await files.mkdir(dirname(place), { recursive: true, mode: 0o700 });
  await files.rename(path, place);
  cloud.store.transaction(() => {
    repositoryLayers(cloud).put(region, key, { digest, sizeBytes: upload.receivedBytes });
    layerUploads(cloud).delete(region, uploadId);
  });
  return { digest, present };
}

/** On disk, and its digest: a layer may be larger than memory. */
async function sealed({ cloud }: OperationContext, path: string): Promise<string> {
  const file = await cloud.world.disk.files.open(path, "r+");
  try {
    const hash = createHash("sha256");
    const buffer = Buffer.allocUnsafe(1024 * 1024);
    for (let position = 0; ;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
      if (bytesRead === 0) break;
      hash.update(buffer.subarray(0, bytesRead));
      position += bytesRead;
    }
    await cloud.world.disk.sync(file);
    return `sha256:${hash.digest("hex")}`;
  } finally {
    await file.close();
  }
}
