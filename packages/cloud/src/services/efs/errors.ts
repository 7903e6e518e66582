/** The errors of Amazon EFS, in AWS's words; each also carries its code as a member. Source: Amazon EFS API reference. */
import { AwsError } from "../../aws-error.ts";

const efsError = (code: string, status: number, message: string, members: Record<string, string> = {}) =>
  new AwsError(code, message, status, { ErrorCode: code, ...members });

export const badRequest = (message: string) => efsError("BadRequest", 400, message);
export const fileSystemNotFound = (id: string) => efsError("FileSystemNotFound", 404, `File system '${id}' does not exist.`);
export const mountTargetNotFound = (id: string) => efsError("MountTargetNotFound", 404, `Mount target '${id}' does not exist.`);
export const accessPointNotFound = (id: string) => efsError("AccessPointNotFound", 404, `Access Point ${id} does not exist.`);
export const policyNotFound = (what: string) => efsError("PolicyNotFound", 404, what);
export const subnetNotFound = (id: string) => efsError("SubnetNotFound", 400, `The subnet ID '${id}' does not exist`);
export const securityGroupNotFound = (id: string) => efsError("SecurityGroupNotFound", 400, `The security group ID '${id}' does not exist`);
export const invalidPolicy = (message: string) => efsError("InvalidPolicyException", 400, message);
export const mountTargetConflict = (message: string) => efsError("MountTargetConflict", 409, message);

export const fileSystemExists = (id: string, token: string) =>
  efsError("FileSystemAlreadyExists", 409, `File system '${id}' already exists with creation token '${token}'`, { FileSystemId: id });

export const accessPointExists = (id: string, token: string) =>
  efsError("AccessPointAlreadyExists", 409, `Access point already exists with client token '${token}'`, { AccessPointId: id });

export const fileSystemInUse = (id: string) =>
  efsError(
    "FileSystemInUse",
    409,
    `The file system '${id}' cannot be deleted because it has mount targets. You must delete the mount targets, and then try again.`,
  );

export const notAvailable = (id: string) =>
  efsError("IncorrectFileSystemLifeCycleState", 409, `File system '${id}' is not in the 'available' life cycle state.`);

export const addressInUse = (address: string) => efsError("IpAddressInUse", 409, `IP address '${address}' is already in use`);
export const noFreeAddress = (subnet: string) =>
  efsError("NoFreeAddressesInSubnet", 409, `The subnet '${subnet}' has no free IP addresses`);
export const tooManyGroups = () =>
  efsError("SecurityGroupLimitExceeded", 400, "You can specify at most 5 security groups for a mount target");
export const tooManyAccessPoints = (most: number) =>
  efsError("AccessPointLimitExceeded", 403, `The file system has ${most} access points, which is the most that it can have`);
export const unsupportedZone = (zone: string) =>
  efsError("UnsupportedAvailabilityZone", 400, `The Availability Zone '${zone}' is not one of this Region`);
export const zoneMismatch = (zone: string) =>
  efsError("AvailabilityZonesMismatch", 400, `The file system is in the Availability Zone '${zone}', and so must its mount target be`);
export const replicationNotFound = (id: string) =>
  efsError("ReplicationNotFound", 404, `File system '${id}' has no replication configuration.`);

/** What the embedded cloud cannot do, said so by name. */
export const notServedHere = (what: string) =>
  new AwsError("NotImplemented", `The embedded cloud does not ${what}; docs/parity.md lists what it does.`, 501);
