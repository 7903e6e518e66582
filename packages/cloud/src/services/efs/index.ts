/** Amazon EFS in the embedded cloud. README.md says what is real, recorded and refused. */
import { defineService } from "../../service.ts";
import { serveBackups } from "../../runtime/backup-sources.ts";
import { serveMounts } from "../../runtime/file-mounts.ts";
import { fileSystemBackups } from "./backup.ts";
import { on, onCreate } from "./authorize.ts";
import { metrics } from "./metrics.ts";
import { serveMount } from "./mounting.ts";
import * as accessPoints from "./operations/access-points.ts";
import * as account from "./operations/account.ts";
import * as fileSystems from "./operations/file-systems.ts";
import * as mountTargets from "./operations/mount-targets.ts";
import * as policies from "./operations/policies.ts";
import * as tags from "./operations/tags.ts";
import { accessPoint } from "./resources/AccessPoint.ts";
import { fileSystem } from "./resources/FileSystem.ts";
import { mountTarget } from "./resources/MountTarget.ts";
import { readers } from "./resources/readers.ts";

const actions = <A extends string>(...names: A[]) =>
  Object.fromEntries(names.map((name) => [name, on(name)])) as Record<A, ReturnType<typeof on>>;

export const efs = defineService({
  id: "efs",
  actionPrefix: "elasticfilesystem",
  operations: {
    CreateAccessPoint: accessPoints.createAccessPoint,
    CreateFileSystem: fileSystems.createFileSystem,
    CreateMountTarget: mountTargets.createMountTarget,
    CreateReplicationConfiguration: account.createReplicationConfiguration,
    CreateTags: tags.createTags,
    DeleteAccessPoint: accessPoints.deleteAccessPoint,
    DeleteFileSystem: fileSystems.deleteFileSystem,
    DeleteFileSystemPolicy: policies.deleteFileSystemPolicy,
    DeleteMountTarget: mountTargets.deleteMountTarget,
    DeleteReplicationConfiguration: account.deleteReplicationConfiguration,
    DeleteTags: tags.deleteTags,
    DescribeAccessPoints: accessPoints.describeAccessPoints,
    DescribeAccountPreferences: account.describeAccountPreferences,
    DescribeBackupPolicy: policies.describeBackupPolicy,
    DescribeFileSystemPolicy: policies.describeFileSystemPolicy,
    DescribeFileSystems: fileSystems.describeFileSystems,
    DescribeLifecycleConfiguration: policies.describeLifecycleConfiguration,
    DescribeMountTargetSecurityGroups: mountTargets.describeMountTargetSecurityGroups,
    DescribeMountTargets: mountTargets.describeMountTargets,
    DescribeReplicationConfigurations: account.describeReplicationConfigurations,
    DescribeTags: tags.describeTags,
    ListTagsForResource: tags.listTagsForResource,
    ModifyMountTargetSecurityGroups: mountTargets.modifyMountTargetSecurityGroups,
    PutAccountPreferences: account.putAccountPreferences,
    PutBackupPolicy: policies.putBackupPolicy,
    PutFileSystemPolicy: policies.putFileSystemPolicy,
    PutLifecycleConfiguration: policies.putLifecycleConfiguration,
    TagResource: tags.tagResource,
    UntagResource: tags.untagResource,
    UpdateFileSystem: fileSystems.updateFileSystem,
    UpdateFileSystemProtection: fileSystems.updateFileSystemProtection,
  },
  authorize: {
    ...actions(
      "CreateAccessPoint",
      "CreateMountTarget",
      "CreateReplicationConfiguration",
      "CreateTags",
      "DeleteAccessPoint",
      "DeleteFileSystem",
      "DeleteFileSystemPolicy",
      "DeleteMountTarget",
      "DeleteReplicationConfiguration",
      "DeleteTags",
      "DescribeAccessPoints",
      "DescribeBackupPolicy",
      "DescribeFileSystemPolicy",
      "DescribeFileSystems",
      "DescribeLifecycleConfiguration",
      "DescribeMountTargetSecurityGroups",
      "DescribeMountTargets",
      "DescribeReplicationConfigurations",
      "DescribeTags",
      "ListTagsForResource",
      "ModifyMountTargetSecurityGroups",
      "PutBackupPolicy",
      "PutFileSystemPolicy",
      "PutLifecycleConfiguration",
      "TagResource",
      "UntagResource",
      "UpdateFileSystem",
      "UpdateFileSystemProtection",
    ),
    CreateFileSystem: onCreate,
  },
  readers,
  resources: {
    "AWS::EFS::AccessPoint": accessPoint,
    "AWS::EFS::FileSystem": fileSystem,
    "AWS::EFS::MountTarget": mountTarget,
  },
  start(cloud) {
    serveMounts(cloud, (request) => serveMount(cloud, request));
    serveBackups(cloud, "EFS", fileSystemBackups(cloud));
    metrics.start(cloud);
  },
  stop: metrics.stop,
  async reset(cloud) {
    await metrics.stop(cloud);
    await cloud.world.disk.files.rm(cloud.world.disk.path("file-systems"), { recursive: true, force: true });
  },
});
