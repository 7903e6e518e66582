/** What happens when a client mounts: name, network and rights are decided as EFS decides them, and the folder is made ready. */
import { posix } from "node:path";
import { decide } from "../../identity/authorize.ts";
import { anonymousPrincipal, servicePrincipal } from "../../identity/principal.ts";
import type { Cloud } from "../../cloud.ts";
import { fileSystemFolder, type Mount, type MountRequest, MountRefused } from "../../runtime/file-mounts.ts";
import { type AccessPointRecord, peekAccessPoint } from "./access-point.ts";
import { type FileSystemRecord, peekFileSystem } from "./file-system.ts";
import { type MountTargetRecord, mountTargetsOf } from "./mount-target.ts";
import { accessPointArn, fileSystemArn, type Place, stateSince } from "./names.ts";
import { mayReach } from "./reach.ts";

/** Whoever reaches a mount target, where the file system has no policy (Amazon EFS User Guide, "Default EFS file system policy"). */
const defaultPolicy = JSON.stringify({
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: { AWS: "*" },
      Action: ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite", "elasticfilesystem:ClientRootAccess"],
      Condition: { Bool: { "elasticfilesystem:AccessedViaMountTarget": "true" } },
    },
  ],
});

/** Over TLS, clients mount by way of a program on their own machine. */
const server = ({ encrypted, fileSystemId, region }: MountRequest) =>
  encrypted ? "127.0.0.1" : `${fileSystemId}.efs.${region}.amazonaws.com`;

export async function serveMount(cloud: Cloud, request: MountRequest): Promise<Mount> {
  const place: Place = { cloud, account: cloud.account, region: request.region };
  const fileSystem = peekFileSystem(place, request.fileSystemId);
  const target = fileSystem && targetFor(place, request);
  if (!fileSystem || !target) throw unresolved(place, request, fileSystem);
  if (!(await mayReach(cloud.as(servicePrincipal(cloud.account, "elasticfilesystem.amazonaws.com"), request.region), request, target))) {
    throw new MountRefused(
      `mount.nfs4: Connection timed out (port 2049 of mount target ${target.id} is not open to the client: look at the rules of ${target.securityGroups.join(", ")} and of the client's ${request.securityGroups.join(", ")})`,
    );
  }
  const point = accessPointOf(place, request);
  const may = (action: string) => allowed(place, request, fileSystem, point, action);
  if (!may("ClientMount"))
    throw denied(
      request,
      `${request.principal?.arn ?? "without IAM authorization, the client"} is not allowed elasticfilesystem:ClientMount`,
    );
  const folder = await rootOf(cloud, request, point);
  const user = point?.posixUser;
  // Who is nobody's root and has no user of the access point's is squashed to `nobody`, to whom nothing belongs.
  const readOnly = !may("ClientWrite") || (!user && !may("ClientRootAccess"));
  return { folder, readOnly, ...(user && { owner: { user: user.Uid, group: user.Gid } }) };
}

function targetFor(place: Place, { fileSystemId, vpcId, zone }: MountRequest): MountTargetRecord | undefined {
  return mountTargetsOf(place, fileSystemId).find(
    (target) => target.vpcId === vpcId && target.zone.name === zone && stateSince(place.cloud, target.createdMs) === "available",
  );
}

/** The name of a file system resolves only where there is a mount target: in its VPC, zone by zone. */
function unresolved(
  place: Place,
  { fileSystemId, region, vpcId, zone }: MountRequest,
  fileSystem: FileSystemRecord | undefined,
): MountRefused {
  const targets = fileSystem ? mountTargetsOf(place, fileSystemId) : [];
  const why = !fileSystem
    ? "there is no such file system"
    : targets.length === 0
      ? "it has no mount target"
      : `its mount targets are in ${targets.map((target) => `${target.zone.name} of ${target.vpcId}`).join(", ")}, and the client is in ${zone} of ${vpcId}`;
  return new MountRefused(
    `Failed to resolve "${fileSystemId}.efs.${region}.amazonaws.com" - check that your file system ID is correct, and ensure that the VPC has an EFS mount target for this file system ID (${why}).`,
    1,
  );
}

const denied = (request: MountRequest, why: string) =>
  new MountRefused(`mount.nfs4: access denied by server while mounting ${server(request)}:/ (${why})`);

function accessPointOf(place: Place, request: MountRequest): AccessPointRecord | undefined {
  const { accessPointId, fileSystemId } = request;
  if (accessPointId === undefined) return undefined;
  const point = peekAccessPoint(place, accessPointId);
  if (!point) throw denied(request, `there is no access point ${accessPointId}`);
  if (point.fileSystemId !== fileSystemId)
    throw denied(request, `the access point ${accessPointId} is one of ${point.fileSystemId}, not of ${fileSystemId}`);
  return point;
}

function allowed(
  place: Place,
  request: MountRequest,
  { id, policy }: FileSystemRecord,
  point: AccessPointRecord | undefined,
  action: string,
): boolean {
  const decision = decide(
    { ...place, principal: request.principal ?? anonymousPrincipal(place.account) },
    {
      action: `elasticfilesystem:${action}`,
      resource: fileSystemArn(place, id),
      resourcePolicy: policy ?? defaultPolicy,
      conditions: {
        "aws:SecureTransport": String(request.encrypted),
        "elasticfilesystem:AccessedViaMountTarget": "true",
        ...(point && { "elasticfilesystem:AccessPointArn": accessPointArn(place, point.id) }),
      },
    },
  );
  return decision.outcome === "allowed";
}

/** The folder on this machine; made where the access point says how. */
async function rootOf(cloud: Cloud, request: MountRequest, point: AccessPointRecord | undefined): Promise<string> {
  const { files } = cloud.world.disk;
  const base = fileSystemFolder(cloud, request.fileSystemId);
  await files.mkdir(base, { recursive: true, mode: 0o755 });
  const path = point?.rootDirectory.Path ?? posix.normalize(request.rootDirectory);
  const folder = path === "/" ? base : posix.join(base, path);
  const found = await files.stat(folder).catch(() => undefined);
  if (found?.isDirectory()) return folder;
  const made = point?.rootDirectory.CreationInfo;
  if (found || !made) {
    const why = found
      ? `${path} is not a folder`
      : `${path} is not in the file system${point ? ", and the access point has no CreationInfo to make it with" : ""}`;
    throw new MountRefused(
      `mount.nfs4: mounting ${server(request)}:${path} failed, reason given by server: No such file or directory (${why})`,
    );
  }
  await files.mkdir(folder, { recursive: true, mode: 0o755 });
  await files.chmod(folder, Number.parseInt(made.Permissions, 8));
  return folder;
}
