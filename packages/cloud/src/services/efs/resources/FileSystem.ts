/** AWS::EFS::FileSystem. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { AwsError } from "../../../aws-error.ts";
import { type Made, MadeInPart, resource, type ResourceRequest } from "../../../resource.ts";
import { splitTags, withSystemTags } from "../../../runtime/system-tags.ts";
import type { Call } from "../../../service.ts";
import { changeTags } from "./stack-tags.ts";

type Properties = ResourceProperties["AWS::EFS::FileSystem"];
type Request = ResourceRequest<Properties>;

const lookMs = 15;

const made = ({ account, region }: Request, id: string): Made => ({
  physicalId: id,
  attributes: { FileSystemId: id, Arn: `arn:aws:elasticfilesystem:${region}:${account}:file-system/${id}` },
});

async function available({ cloud, call, signal }: Request, id: string): Promise<void> {
  for (;;) {
    const { FileSystems: [found] = [] } = await call("efs", "DescribeFileSystems", { FileSystemId: id });
    if (found!.LifeCycleState === "available") return;
    await cloud.world.clock.sleep(lookMs, signal);
  }
}

/** What has calls of its own. */
async function complete(call: Call, id: string, properties: Properties, previous: Properties | undefined): Promise<void> {
  const differs = (name: keyof Properties) => JSON.stringify(properties[name]) !== JSON.stringify(previous?.[name]);
  if (differs("LifecyclePolicies")) {
    const LifecyclePolicies = (properties.LifecyclePolicies ?? []) as never;
    await call("efs", "PutLifecycleConfiguration", { FileSystemId: id, LifecyclePolicies });
  }
  if (differs("BackupPolicy") && (properties.BackupPolicy || previous)) {
    await call("efs", "PutBackupPolicy", {
      FileSystemId: id,
      BackupPolicy: { Status: (properties.BackupPolicy?.Status ?? "DISABLED") as "ENABLED" },
    });
  }
  if (differs("FileSystemProtection")) {
    const protection = properties.FileSystemProtection?.ReplicationOverwriteProtection ?? "ENABLED";
    await call("efs", "UpdateFileSystemProtection", { FileSystemId: id, ReplicationOverwriteProtection: protection as "ENABLED" });
  }
  if (!differs("FileSystemPolicy")) return;
  if (properties.FileSystemPolicy) {
    await call("efs", "PutFileSystemPolicy", { FileSystemId: id, Policy: JSON.stringify(properties.FileSystemPolicy) });
  } else await call("efs", "DeleteFileSystemPolicy", { FileSystemId: id });
}

const throughput = ({ ThroughputMode, ProvisionedThroughputInMibps }: Properties) => ({
  ThroughputMode: (ThroughputMode ?? "bursting") as "bursting",
  ...(ProvisionedThroughputInMibps !== undefined && { ProvisionedThroughputInMibps }),
});

export const fileSystem = resource("AWS::EFS::FileSystem", {
  coverage: {
    real: ["AvailabilityZoneName", "BackupPolicy", "FileSystemPolicy", "FileSystemTags"],
    recorded: [
      "BypassPolicyLockoutSafetyCheck",
      "Encrypted",
      "FileSystemProtection",
      "KmsKeyId",
      "LifecyclePolicies",
      "PerformanceMode",
      "ProvisionedThroughputInMibps",
      "ThroughputMode",
    ],
    refused: { ReplicationConfiguration: "file systems are not replicated" },
    note: "Its files lie in the state folder, which only its user may read; they are not encrypted by a key.",
  },
  async create(request) {
    const { properties, call, token } = request;
    const { own, system } = splitTags(request.tags, properties.FileSystemTags);
    const { FileSystemId: id } = await call(
      "efs",
      "CreateFileSystem",
      withSystemTags(
        {
          CreationToken: token,
          ...(properties.AvailabilityZoneName !== undefined && { AvailabilityZoneName: properties.AvailabilityZoneName }),
          ...(properties.Encrypted !== undefined && { Encrypted: properties.Encrypted }),
          ...(properties.KmsKeyId !== undefined && { KmsKeyId: properties.KmsKeyId }),
          ...(properties.PerformanceMode !== undefined && { PerformanceMode: properties.PerformanceMode as "generalPurpose" }),
          ...throughput(properties),
          Tags: own,
        },
        system,
      ),
    );
    try {
      await available(request, id!);
      await complete(call, id!, properties, undefined);
    } catch (error) {
      throw new MadeInPart(id!, error);
    }
    return made(request, id!);
  },
  async update(request) {
    const { call, physicalId: id, properties, previous } = request;
    if (JSON.stringify(throughput(properties)) !== JSON.stringify(throughput(previous))) {
      await call("efs", "UpdateFileSystem", { FileSystemId: id, ...throughput(properties) });
    }
    await complete(call, id, properties, previous);
    await changeTags(request, id, previous.FileSystemTags, properties.FileSystemTags);
    return made(request, id);
  },
  async delete({ call, physicalId }) {
    try {
      await call("efs", "DeleteFileSystem", { FileSystemId: physicalId });
    } catch (error) {
      if (!(error instanceof AwsError && error.code === "FileSystemNotFound")) throw error;
    }
  },
  async find(request) {
    const { FileSystems: [found] = [] } = await request.call("efs", "DescribeFileSystems", { CreationToken: request.token });
    if (!found) return undefined;
    await available(request, found.FileSystemId!);
    await complete(request.call, found.FileSystemId!, request.properties, undefined);
    return made(request, found.FileSystemId!);
  },
});
