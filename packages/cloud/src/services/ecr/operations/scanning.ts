/** Operations on scanning: the registry's configuration, and scans of single images. */
import { operation } from "../../../service.ts";
import { scanNotFound, scanQuotaExceeded } from "../errors.ts";
import { requireImage, saveImage, showImageId } from "../image.ts";
import { findRepository, repositories } from "../repository.ts";
import {
  describeScanning,
  readRegistryScanning,
  registryScanning,
  requireBasicScanning,
  saveRegistryScanning,
  scanImage,
} from "../scanning.ts";

/** An image may be scanned once a day (user guide, basic scanning). */
const quotaMs = 86_400_000;

export const putRegistryScanningConfiguration = operation("ecr", "PutRegistryScanningConfiguration", (input, context) => {
  const configuration = readRegistryScanning(input.scanType, input.rules);
  saveRegistryScanning(context, configuration);
  return { registryScanningConfiguration: configuration };
});

export const getRegistryScanningConfiguration = operation("ecr", "GetRegistryScanningConfiguration", (_input, context) => ({
  registryId: context.account,
  scanningConfiguration: registryScanning(context),
}));

export const batchGetRepositoryScanningConfiguration = operation("ecr", "BatchGetRepositoryScanningConfiguration", (input, context) => {
  const found = input.repositoryNames.map((name) => ({ name, record: repositories(context).get(context.region, name) }));
  return {
    scanningConfigurations: found.flatMap(({ record }) => (record ? [describeScanning(context, record)] : [])),
    failures: found.flatMap(({ name, record }) =>
      record ? [] : [{ repositoryName: name, failureCode: "REPOSITORY_NOT_FOUND" as const, failureReason: "REPOSITORY_NOT_FOUND" }],
    ),
  };
});

export const startImageScan = operation("ecr", "StartImageScan", (input, context) => {
  const { name } = findRepository(context, input.repositoryName, input.registryId);
  requireBasicScanning(context);
  const image = requireImage(context, name, input.imageId);
  const { clock } = context.cloud.world;
  if (image.scan && clock.nowMs() - image.scan.startedMs < quotaMs) throw scanQuotaExceeded();
  saveImage(context, { ...image, scan: scanImage(context.cloud) });
  return {
    registryId: context.account,
    repositoryName: name,
    imageId: { ...input.imageId, imageDigest: image.digest },
    imageScanStatus: { status: "IN_PROGRESS" as const },
  };
});

export const describeImageScanFindings = operation("ecr", "DescribeImageScanFindings", (input, context) => {
  const { name } = findRepository(context, input.repositoryName, input.registryId);
  const { digest, scan } = requireImage(context, name, input.imageId);
  if (!scan) throw scanNotFound(showImageId(input.imageId), name, context.account);
  return {
    registryId: context.account,
    repositoryName: name,
    imageId: { ...input.imageId, imageDigest: digest },
    imageScanStatus: { status: scan.status, description: scan.description },
  };
});
