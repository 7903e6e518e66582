/** A file system on EFS: an entrance in each zone, and an access point as whose owner programs read and write. Source: aws-recipes §6. */
import { buildFileSystemBackups } from "./backup-plan.ts";
import { deleted, fateOfData, type Compilation, type Grant } from "./compilation.ts";
import type { Named } from "./inventory.ts";
import type { Network } from "./network.ts";
import { placementOf } from "./placement.ts";
import type { SecurityGroups } from "./security-groups.ts";
import type { Made } from "./value.ts";

/** Where on the file system lies what programs see. */
export const dataFolder = "/data";

export interface BuiltFileSystem {
  readonly named: Named<"fileSystem">;
  readonly fileSystem: Made;
  readonly accessPoint: Made;
  /** Where AWS Backup keeps its copies, and by which role it copies and brings back; absent: it is not copied. */
  readonly backup?: { readonly vault: Made; readonly role: Made };
  /** What must stand before a task can mount it. */
  readonly mountTargets: readonly Made[];
  /** What a program that mounts it may do. */
  readonly grant: Grant;
}

export function buildFileSystem(
  compilation: Compilation,
  named: Named<"fileSystem">,
  network: Network,
  groups: SecurityGroups,
): BuiltFileSystem {
  const { draft, stem } = compilation;
  const { id, kebab, declared } = named;
  const { owner = { user: 1000, group: 1000 }, coldAfter, throughput = "elastic" } = declared.options;
  const origin = compilation.origin(named);
  const fileSystem = draft.add("storage", id, { ...origin, part: "FileSystem" }, () => ({
    Type: "AWS::EFS::FileSystem",
    ...fateOfData(compilation).keep,
    Properties: {
      Encrypted: true,
      PerformanceMode: "generalPurpose",
      ThroughputMode: throughput,
      // By a plan of the app's own, from whose vault files can be brought back.
      BackupPolicy: { Status: "DISABLED" },
      ...(coldAfter !== undefined && {
        LifecyclePolicies: [
          { TransitionToIA: `AFTER_${Number.parseInt(coldAfter, 10)}_DAY${coldAfter === "1 day" ? "" : "S"}` },
          { TransitionToPrimaryStorageClass: "AFTER_1_ACCESS" },
        ],
      }),
      // Whoever is in the network could mount it otherwise: only roles that may, and only over TLS.
      FileSystemPolicy: {
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "OnlyOverTls",
            Effect: "Deny",
            Principal: { AWS: "*" },
            Action: "*",
            Condition: { Bool: { "aws:SecureTransport": "false" } },
          },
          {
            Sid: "OnlyByRoles",
            Effect: "Allow",
            Principal: { AWS: { "Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root" } },
            Action: ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
            Condition: { Bool: { "elasticfilesystem:AccessedViaMountTarget": "true" } },
          },
        ],
      } as never,
      FileSystemTags: [{ Key: "Name", Value: `${stem}-${kebab}` }],
    },
  }));
  const backup = buildFileSystemBackups(compilation, named, fileSystem.attribute("Arn"));
  const mountTargets = placementOf(network, false).subnets.map((subnet, i) =>
    draft.add("storage", `${id}MountTarget${i + 1}`, origin, (here) => ({
      Type: "AWS::EFS::MountTarget",
      ...deleted,
      Properties: {
        FileSystemId: here.take(fileSystem.ref()),
        SubnetId: here.take(subnet),
        SecurityGroups: [here.take(groups.of(declared)) as never],
      },
    })),
  );
  const [uid, gid] = [String(owner.user), String(owner.group)];
  const accessPoint = draft.add("storage", `${id}AccessPoint`, { ...origin, part: "AccessPoint" }, (here) => ({
    Type: "AWS::EFS::AccessPoint",
    ...deleted,
    Properties: {
      FileSystemId: here.take(fileSystem.ref()),
      PosixUser: { Uid: uid, Gid: gid },
      RootDirectory: { Path: dataFolder, CreationInfo: { OwnerUid: uid, OwnerGid: gid, Permissions: "0750" } },
      AccessPointTags: [{ Key: "Name", Value: `${stem}-${kebab}` }],
    },
  }));
  return {
    named,
    fileSystem,
    accessPoint,
    ...(backup && { backup }),
    mountTargets,
    grant: {
      actions: ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
      resources: (here) => [here.take(fileSystem.attribute("Arn"))],
      condition: (here) => ({ StringEquals: { "elasticfilesystem:AccessPointArn": here.take(accessPoint.attribute("Arn")) } }),
    },
  };
}
