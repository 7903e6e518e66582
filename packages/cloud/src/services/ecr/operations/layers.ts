/** Pushing and pulling layers. */
import { AwsError } from "../../../aws-error.ts";
import { operation } from "../../../service.ts";
import { isDigest } from "../../../runtime/tasks/layers.ts";
import { downloadUrl } from "../download.ts";
import { invalidParameter, layerAlreadyExists, layerNotFound, layerPartTooSmall, uploadNotFound } from "../errors.ts";
import { appendToUpload, finishUpload } from "../layer-upload.ts";
import { layerUploads, repositoryLayers, uploadPath } from "../layer.ts";
import { findRepository } from "../repository.ts";

const minPartBytes = 5 * 1024 * 1024;
const suggestedPartBytes = 20 * 1024 * 1024;

export const initiateLayerUpload = operation("ecr", "InitiateLayerUpload", async (input, context) => {
  const { name } = findRepository(context, input.repositoryName, input.registryId);
  const { cloud } = context;
  const uploadId = cloud.world.random.uuid();
  await cloud.world.disk.files.mkdir(cloud.world.disk.path("ecr", "uploads"), { recursive: true, mode: 0o700 });
  await cloud.world.disk.files.writeFile(uploadPath(cloud, uploadId), "", { mode: 0o600 });
  layerUploads(cloud).put(context.region, uploadId, { repository: name, receivedBytes: 0, smallPart: false });
  return { uploadId, partSize: suggestedPartBytes };
});

export const uploadLayerPart = operation("ecr", "UploadLayerPart", async (input, context) => {
  const { name } = findRepository(context, input.repositoryName, input.registryId);
  const { cloud, region, account } = context;
  const upload = layerUploads(cloud).get(region, input.uploadId);
  if (upload?.repository !== name) throw uploadNotFound(input.uploadId, name, account);
  const { partFirstByte, partLastByte, layerPartBlob } = input;
  if (partFirstByte < 0 || partLastByte < partFirstByte || layerPartBlob.byteLength !== partLastByte - partFirstByte + 1) {
    throw invalidParameter("layerPartBlob", "Layer part size does not match the given byte range");
  }
  if (partFirstByte !== upload.receivedBytes) {
    throw new AwsError(
      "InvalidLayerPartException",
      `The layer part is not valid: its first byte ${partFirstByte} is not consecutive to the last byte of the previous part`,
      400,
      { registryId: account, repositoryName: name, uploadId: input.uploadId, lastValidByteReceived: upload.receivedBytes - 1 },
    );
  }
  if (upload.smallPart) throw layerPartTooSmall();
  await appendToUpload(context, input.uploadId, layerPartBlob, layerPartBlob.byteLength < minPartBytes);
  return { registryId: account, repositoryName: name, uploadId: input.uploadId, lastByteReceived: partLastByte };
});

export const completeLayerUpload = operation("ecr", "CompleteLayerUpload", async (input, context) => {
  const { name } = findRepository(context, input.repositoryName, input.registryId);
  const { account } = context;
  if (input.layerDigests.length < 1 || input.layerDigests.length > 100) {
    throw invalidParameter("layerDigests", "Member must have length between 1 and 100");
  }
  const { digest, present } = await finishUpload(context, name, input.uploadId, input.layerDigests);
  if (present) throw layerAlreadyExists(digest, name, account);
  return { registryId: account, repositoryName: name, uploadId: input.uploadId, layerDigest: digest };
});

export const batchCheckLayerAvailability = operation("ecr", "BatchCheckLayerAvailability", (input, context) => {
  const { name } = findRepository(context, input.repositoryName, input.registryId);
  const layers = [];
  const failures = [];
  for (const digest of input.layerDigests) {
    if (!isDigest(digest)) {
      failures.push({
        layerDigest: digest,
        failureCode: "InvalidLayerDigest" as const,
        failureReason: "Invalid request parameters: layer digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'",
      });
      continue;
    }
    const found = repositoryLayers(context.cloud).get(context.region, `${name}@${digest}`);
    // A layer is one of Docker's until a manifest says otherwise.
    layers.push({
      layerDigest: digest,
      layerAvailability: found ? ("AVAILABLE" as const) : ("UNAVAILABLE" as const),
      ...(found && { layerSize: found.sizeBytes, mediaType: "application/vnd.docker.image.rootfs.diff.tar.gzip" }),
    });
  }
  return { layers, failures };
});

export const getDownloadUrlForLayer = operation("ecr", "GetDownloadUrlForLayer", (input, context) => {
  const { name } = findRepository(context, input.repositoryName, input.registryId);
  if (!repositoryLayers(context.cloud).has(context.region, `${name}@${input.layerDigest}`)) {
    throw layerNotFound(input.layerDigest, name, context.account);
  }
  return { downloadUrl: downloadUrl(context.cloud, input.layerDigest), layerDigest: input.layerDigest };
});
