/**
 * The task that administers a file system: as root of all of it, so that what AWS Backup has put beside the programs' folder can be brought
 * where they see it, and everything can be taken out. It has the image of a program that mounts the file system, which is there anyway.
 */
import type { FileSystem } from "./assembly.ts";
import { deleted, type Compilation } from "./compilation.ts";
import { type BuiltFileSystem, dataFolder } from "./file-system.ts";
import type { BuiltImage } from "./image.ts";
import type { Network } from "./network.ts";
import { placementOf } from "./placement.ts";
import { buildRoles } from "./roles.ts";
import type { Made, Value } from "./value.ts";

/** The container in it: the deployer overrides its variable `SCRIPT`. */
const container = "files";
const mountPath = "/file-system";

export function buildFileAdministration(
  compilation: Compilation,
  { named, fileSystem, mountTargets, backup }: BuiltFileSystem,
  {
    image,
    logGroup,
    groups,
    cluster,
    network,
  }: { image: BuiltImage; logGroup: Made; groups: readonly Value[]; cluster: Made; network: Network },
): FileSystem {
  const { draft, stem } = compilation;
  const { id, key, kebab } = named;
  // Without the user's `override`: that is the file system's own.
  const { override: _, ...origin } = compilation.origin(named);
  const accessPoint = draft.add("storage", `${id}AdministrationAccessPoint`, origin, (here) => ({
    Type: "AWS::EFS::AccessPoint",
    ...deleted,
    Properties: {
      FileSystemId: here.take(fileSystem.ref()),
      PosixUser: { Uid: "0", Gid: "0" },
      RootDirectory: { Path: "/" },
      AccessPointTags: [{ Key: "Name", Value: `${stem}-${kebab}-administration` }],
    },
  }));
  const roles = buildRoles(compilation, `${id}Administration`, origin, {
    repository: image.repository,
    logGroup,
    reads: [],
    grants: [
      {
        actions: ["ClientMount", "ClientWrite", "ClientRootAccess"].map((action) => `elasticfilesystem:${action}`),
        resources: (here) => [here.take(fileSystem.attribute("Arn"))],
        condition: (here) => ({ StringEquals: { "elasticfilesystem:AccessPointArn": here.take(accessPoint.attribute("Arn")) } }),
      },
    ],
    exec: true,
  });
  const taskDefinition = draft.add("tasks", `${id}Administration`, origin, (here) => {
    here.after([...mountTargets]);
    return {
      Type: "AWS::ECS::TaskDefinition",
      ...deleted,
      Properties: {
        Family: `${stem}-${kebab}-administration`,
        RequiresCompatibilities: ["FARGATE"],
        NetworkMode: "awsvpc",
        Cpu: "256",
        Memory: "512",
        RuntimePlatform: {
          OperatingSystemFamily: "LINUX",
          CpuArchitecture: image.declared.options.platform === "linux/arm64" ? "ARM64" : "X86_64",
        },
        ExecutionRoleArn: here.take(roles.execution.attribute("Arn")),
        TaskRoleArn: here.take(roles.task.attribute("Arn")),
        Volumes: [
          {
            Name: kebab,
            EFSVolumeConfiguration: {
              FilesystemId: here.take(fileSystem.ref()),
              TransitEncryption: "ENABLED",
              AuthorizationConfig: { AccessPointId: here.take(accessPoint.ref()), IAM: "ENABLED" },
            },
          },
        ],
        ContainerDefinitions: [
          {
            Name: container,
            Image: here.take(image.address),
            Essential: true,
            // The image's own user may be one who may do nothing here.
            User: "0",
            EntryPoint: ["/bin/sh", "-c"],
            Command: ['eval "$SCRIPT"'],
            MountPoints: [{ ContainerPath: mountPath, SourceVolume: kebab, ReadOnly: false }],
            // Sessions need a root that can be written; nothing else does.
            ReadonlyRootFilesystem: false,
            LinuxParameters: { InitProcessEnabled: true },
            LogConfiguration: {
              LogDriver: "awslogs",
              Options: {
                "awslogs-group": here.take(logGroup.ref()),
                "awslogs-region": { Ref: "AWS::Region" },
                "awslogs-stream-prefix": `${kebab}-administration`,
              },
            },
          },
        ],
      },
    };
  });
  const { subnets, assignPublicIp } = placementOf(network, false);
  return {
    name: key,
    arn: draft.output(fileSystem.attribute("Arn")),
    dataFolder,
    mountPath,
    ...(backup && { backup: { vault: draft.output(backup.vault.ref()), role: draft.output(backup.role.attribute("Arn")) } }),
    administration: {
      name: key,
      purpose: "file-administration",
      cluster: draft.output(cluster.ref()),
      taskDefinition: draft.output(taskDefinition.ref()),
      subnets: subnets.map((subnet) => draft.output(subnet)),
      securityGroups: groups.map((group) => draft.output(group)),
      assignPublicIp,
      container,
      logGroup: draft.output(logGroup.ref()),
    },
  };
}
