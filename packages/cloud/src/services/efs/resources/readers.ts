/** How file systems and the ways into them are read again. */
import type { Readers } from "../../../resource.ts";

export const readers: Readers = {
  "AWS::EFS::FileSystem": async ({ call, physicalId: FileSystemId }) => {
    const [fileSystem] = (await call("efs", "DescribeFileSystems", { FileSystemId })).FileSystems ?? [];
    if (!fileSystem) return undefined;
    const { LifecyclePolicies = [] } = await call("efs", "DescribeLifecycleConfiguration", { FileSystemId });
    const backup = await call("efs", "DescribeBackupPolicy", { FileSystemId }).catch(() => undefined);
    return {
      ...fileSystem,
      FileSystemTags: fileSystem.Tags,
      LifecyclePolicies,
      BackupPolicy: { Status: backup?.BackupPolicy?.Status ?? "DISABLED" },
    };
  },
  "AWS::EFS::AccessPoint": async ({ call, physicalId: AccessPointId }) => {
    const [point] = (await call("efs", "DescribeAccessPoints", { AccessPointId })).AccessPoints ?? [];
    return point && { ...point, AccessPointTags: point.Tags };
  },
  "AWS::EFS::MountTarget": async ({ call, physicalId: MountTargetId }) => {
    const [target] = (await call("efs", "DescribeMountTargets", { MountTargetId })).MountTargets ?? [];
    if (!target) return undefined;
    const { SecurityGroups } = await call("efs", "DescribeMountTargetSecurityGroups", { MountTargetId });
    return { ...target, SecurityGroups };
  },
};
