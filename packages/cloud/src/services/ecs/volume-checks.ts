/** What RegisterTaskDefinition asks of volumes and mount points (API reference, Volume, EFSVolumeConfiguration, EFSAuthorizationConfig). */
import type { ContainerDefinition, EFSVolumeConfiguration, Volume } from "@aws-sdk/client-ecs";
import { clientError, notHere } from "./errors.ts";
import { namePattern } from "./names.ts";

/** Throws ClientException at the first fault. */
export function checkVolumes(volumes: readonly Volume[], containers: readonly ContainerDefinition[], hasTaskRole: boolean): void {
  const names = volumes.map(({ name }) => name ?? "");
  for (const [at, volume] of volumes.entries()) {
    const name = names[at]!;
    if (!namePattern.test(name)) throw clientError("Volume name contains invalid characters.");
    if (names.indexOf(name) !== at)
      throw clientError(`Volume names must be unique within a task definition: '${name}' is used more than once.`);
    if (volume.configuredAtLaunch) throw notHere("volumes that are configured at launch (Amazon EBS)");
    if (volume.fsxWindowsFileServerVolumeConfiguration) throw notHere("volumes of FSx for Windows File Server");
    if ("s3filesVolumeConfiguration" in volume && volume.s3filesVolumeConfiguration) throw notHere("volumes of S3 Files");
    if (volume.efsVolumeConfiguration) checkFileSystem(name, volume.efsVolumeConfiguration, hasTaskRole);
  }
  for (const { mountPoints = [], volumesFrom = [], name } of containers) {
    const unknown = mountPoints.find(({ sourceVolume }) => !names.includes(sourceVolume ?? ""));
    if (unknown) throw clientError(`Unknown volume '${unknown.sourceVolume}'.`);
    const relative = mountPoints.find(({ containerPath }) => !containerPath?.startsWith("/"));
    if (relative) throw clientError(`Invalid mount point of container '${name}': the container path must be absolute.`);
    const climbing = mountPoints.find(({ containerPath }) => containerPath === "/" || containerPath!.split("/").includes(".."));
    if (climbing)
      throw clientError(`Invalid mount point of container '${name}': the container path '${climbing.containerPath}' cannot be mounted at.`);
    const other = volumesFrom.find(
      ({ sourceContainer }) => sourceContainer === name || !containers.some((each) => each.name === sourceContainer),
    );
    if (other)
      throw clientError(
        `Container '${name}' takes volumes from '${other.sourceContainer}', which is not another container of the task definition.`,
      );
  }
}

function checkFileSystem(name: string, efs: EFSVolumeConfiguration, hasTaskRole: boolean): void {
  const wrong = (why: string) => clientError(`Invalid efsVolumeConfiguration of volume '${name}': ${why}`);
  const { fileSystemId = "", rootDirectory = "/", transitEncryption = "DISABLED", transitEncryptionPort, authorizationConfig } = efs;
  if (!/^fs-[0-9a-f]{8,40}$/.test(fileSystemId)) throw wrong(`'${fileSystemId}' is no file system ID.`);
  if (!rootDirectory.startsWith("/") || rootDirectory.split("/").includes(".."))
    throw wrong(`the root directory '${rootDirectory}' must be absolute.`);
  if (!["ENABLED", "DISABLED"].includes(transitEncryption)) throw wrong("transitEncryption should be one of [ENABLED,DISABLED].");
  if (transitEncryptionPort !== undefined && (transitEncryptionPort < 1 || transitEncryptionPort > 65_535)) {
    throw wrong("transitEncryptionPort must be between 1 and 65535.");
  }
  if (!authorizationConfig) return;
  const { accessPointId, iam = "DISABLED" } = authorizationConfig;
  if (!["ENABLED", "DISABLED"].includes(iam)) throw wrong("iam should be one of [ENABLED,DISABLED].");
  if (accessPointId !== undefined && !/^fsap-[0-9a-f]{8,40}$/.test(accessPointId)) throw wrong(`'${accessPointId}' is no access point ID.`);
  if (accessPointId !== undefined && rootDirectory !== "/") {
    throw wrong("the root directory must be omitted or set to / when an access point is specified.");
  }
  if ((accessPointId !== undefined || iam === "ENABLED") && transitEncryption !== "ENABLED") {
    throw wrong("transit encryption must be enabled when an access point or IAM authorization is used.");
  }
  if (iam === "ENABLED" && !hasTaskRole) throw wrong("IAM authorization needs a task role.");
}
