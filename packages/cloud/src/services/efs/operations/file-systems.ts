/** Making, describing, changing and deleting file systems. */
import { checkConstraints } from "../../../constraints.ts";
import { storageKeyFault } from "../../../runtime/encryption-keys.ts";
import { fileSystemFolder } from "../../../runtime/file-mounts.ts";
import { systemTagsOf } from "../../../runtime/system-tags.ts";
import { operation, type OperationContext } from "../../../service.ts";
import { listAccessPoints, forgetAccessPoint } from "../access-point.ts";
import { wakeBackups } from "../backup.ts";
import { badRequest, fileSystemExists, fileSystemInUse, unsupportedZone } from "../errors.ts";
import {
  describeFileSystem,
  type FileSystemRecord,
  forgetFileSystem,
  keepFileSystem,
  listFileSystems,
  requireAvailable,
  requireFileSystem,
} from "../file-system.ts";
import { mountTargetsOf } from "../mount-target.ts";
import { page } from "../pages.ts";
import { checkedTags, mergedTags } from "../tags.ts";

const throughputModes = ["bursting", "provisioned", "elastic"];

function checkThroughput(mode: string | undefined, mibps: number | undefined): void {
  checkConstraints("BadRequest", {
    throughputMode: [mode, { enum: throughputModes }],
    provisionedThroughputInMibps: [mibps, { range: [1, 3414] }],
  });
  if (mode === "provisioned" && mibps === undefined) {
    throw badRequest("ProvisionedThroughputInMibps is required when ThroughputMode is provisioned");
  }
  if (mode !== "provisioned" && mibps !== undefined) {
    throw badRequest("ProvisionedThroughputInMibps is only valid when ThroughputMode is provisioned");
  }
}

async function zoneOf({ call }: OperationContext, name: string): Promise<{ name: string; id: string }> {
  const { AvailabilityZones: zones = [] } = await call("ec2", "DescribeAvailabilityZones", {});
  const zone = zones.find(({ ZoneName }) => ZoneName === name);
  if (!zone) throw unsupportedZone(name);
  return { name, id: zone.ZoneId! };
}

export const createFileSystem = operation("efs", "CreateFileSystem", async (input, context) => {
  const { clock, random } = context.cloud.world;
  const { PerformanceMode = "generalPurpose", ThroughputMode = "bursting", ProvisionedThroughputInMibps: mibps } = input;
  const token = input.CreationToken ?? random.uuid();
  checkConstraints("BadRequest", {
    creationToken: [token, { length: [1, 64] }],
    performanceMode: [PerformanceMode, { enum: ["generalPurpose", "maxIO"] }],
    kmsKeyId: [input.KmsKeyId, { length: [0, 2048] }],
  });
  checkThroughput(ThroughputMode, mibps);
  if (ThroughputMode === "elastic" && PerformanceMode === "maxIO")
    throw badRequest("Elastic throughput is not supported with the maxIO performance mode");
  if (input.KmsKeyId !== undefined && input.Encrypted !== true) throw badRequest("KmsKeyId is only valid for encrypted file systems");
  const { principal, region } = context;
  const fault = storageKeyFault(context.cloud, { region, principal, service: "elasticfilesystem" }, input.KmsKeyId);
  if (fault) throw badRequest(`The KMS key ${input.KmsKeyId} cannot be used: ${fault.message}`);
  if (input.AvailabilityZoneName !== undefined && PerformanceMode === "maxIO") {
    throw badRequest("One Zone file systems do not support the maxIO performance mode");
  }
  const tags = mergedTags([], checkedTags(input.Tags));
  const zone = input.AvailabilityZoneName === undefined ? undefined : await zoneOf(context, input.AvailabilityZoneName);
  // One Zone file systems are backed up unless the caller says no.
  const isBackedUp = input.Backup ?? zone !== undefined;
  if (isBackedUp) await wakeBackups(context.cloud);
  const earlier = listFileSystems(context).find((each) => each.token === token);
  if (earlier) throw fileSystemExists(earlier.id, token);
  const record: FileSystemRecord = {
    id: `fs-${random.hex(17)}`,
    token,
    createdMs: clock.nowMs(),
    performanceMode: PerformanceMode,
    throughputMode: ThroughputMode,
    ...(mibps !== undefined && { provisionedMibps: mibps }),
    encrypted: input.Encrypted ?? false,
    ...(input.KmsKeyId !== undefined && { kmsKeyId: input.KmsKeyId }),
    ...(zone && { zone }),
    tags,
    systemTags: { ...systemTagsOf(input) },
    ...(isBackedUp && { backup: "ENABLED" as const }),
    lifecycle: [],
  };
  keepFileSystem(context, record);
  return await describeFileSystem(context, record);
});

export const describeFileSystems = operation("efs", "DescribeFileSystems", async (input, context) => {
  const { FileSystemId: id, CreationToken: token, MaxItems: size, Marker: marker } = input;
  if (id !== undefined && token !== undefined) throw badRequest("You can specify either a file system ID or a creation token, not both");
  const found =
    id !== undefined
      ? [requireFileSystem(context, id)]
      : listFileSystems(context).filter((each) => token === undefined || each.token === token);
  const { items, next } = page(found, { size, marker, query: `file-systems ${token ?? ""}` });
  const FileSystems = [];
  for (const record of items) FileSystems.push(await describeFileSystem(context, record));
  return { FileSystems, ...(marker !== undefined && { Marker: marker }), ...(next !== undefined && { NextMarker: next }) };
});

export const updateFileSystem = operation("efs", "UpdateFileSystem", async (input, context) => {
  const record = requireAvailable(context, input.FileSystemId);
  const mode = input.ThroughputMode ?? record.throughputMode;
  const kept = mode === "provisioned" ? record.provisionedMibps : undefined;
  const mibps = input.ProvisionedThroughputInMibps ?? kept;
  checkThroughput(mode, mibps);
  if (mode === "elastic" && record.performanceMode === "maxIO") {
    throw badRequest("Elastic throughput is not supported with the maxIO performance mode");
  }
  const { provisionedMibps: _before, ...rest } = record;
  const changed = { ...rest, throughputMode: mode, ...(mibps !== undefined && { provisionedMibps: mibps }) };
  keepFileSystem(context, changed);
  return await describeFileSystem(context, changed);
});

export const updateFileSystemProtection = operation("efs", "UpdateFileSystemProtection", (input, context) => {
  const { ReplicationOverwriteProtection: protection } = input;
  checkConstraints("BadRequest", { replicationOverwriteProtection: [protection, { enum: ["ENABLED", "DISABLED"] }] });
  const record = requireAvailable(context, input.FileSystemId);
  const changed = { ...record, ...(protection !== undefined && { overwriteProtection: protection }) };
  keepFileSystem(context, changed);
  return { ReplicationOverwriteProtection: changed.overwriteProtection ?? "ENABLED" };
});

/** With all its files, for good; its access points go with it. */
export const deleteFileSystem = operation("efs", "DeleteFileSystem", async (input, context) => {
  const { id } = requireFileSystem(context, input.FileSystemId);
  if (mountTargetsOf(context, id).length > 0) throw fileSystemInUse(id);
  context.cloud.store.transaction(() => {
    for (const point of listAccessPoints(context)) if (point.fileSystemId === id) forgetAccessPoint(context, point.id);
    forgetFileSystem(context, id);
  });
  await context.cloud.world.disk.files.rm(fileSystemFolder(context.cloud, id), { recursive: true, force: true });
  return {};
});
