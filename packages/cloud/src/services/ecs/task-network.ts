/** A task's network: its interface in the VPC, its loopback address, its public association, its name. */
import { AwsError } from "../../aws-error.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import { claimAddress, releaseAddress } from "../../runtime/addresses.ts";
import { attachNetworkInterface, attachPublicAddress } from "../../runtime/network.ts";
import { placePrivateAddress } from "../../runtime/private-addresses.ts";
import { TaskFailure } from "../../runtime/tasks/task-failure.ts";
import { invalidParameter } from "./errors.ts";
import type { Scope } from "./names.ts";
import type { NetworkConfiguration, TaskRecord } from "./task.ts";

export interface TaskNetwork {
  address: string;
  /** Container port → the port at `address`. */
  ports: Map<number, number>;
}

interface GivenNetwork {
  awsvpcConfiguration?:
    | { subnets?: string[] | undefined; securityGroups?: string[] | undefined; assignPublicIp?: string | undefined }
    | undefined;
}

const asEcs = ({ cloud, account, region }: Scope) => cloud.as(servicePrincipal(account, "ecs.amazonaws.com"), region);

/** Checks a request's network configuration, and that its subnets and groups are there. */
export async function readNetwork(scope: Scope, given: GivenNetwork | undefined): Promise<NetworkConfiguration> {
  const vpc = given?.awsvpcConfiguration;
  if (!vpc) throw invalidParameter("Network Configuration must be provided when networkMode 'awsvpc' is specified.");
  const { subnets = [], securityGroups = [], assignPublicIp } = vpc;
  if (subnets.length === 0) throw invalidParameter("subnets can not be empty.");
  if (subnets.length > 16) throw invalidParameter("subnets can have at most 16 items.");
  if (securityGroups.length > 5) throw invalidParameter("securityGroups can have at most 5 items.");
  if (assignPublicIp !== undefined && !["ENABLED", "DISABLED"].includes(assignPublicIp)) {
    throw invalidParameter("assignPublicIp should be one of [ENABLED,DISABLED]");
  }
  const call = asEcs(scope);
  const shown = (error: unknown) => (error instanceof AwsError ? `${error.message} (ErrorCode: ${error.code})` : String(error));
  try {
    await call("ec2", "DescribeSubnets", { SubnetIds: subnets });
  } catch (error) {
    throw invalidParameter(`Error retrieving subnet information for [${subnets.join(", ")}]: ${shown(error)}`);
  }
  try {
    if (securityGroups.length > 0) await call("ec2", "DescribeSecurityGroups", { GroupIds: securityGroups });
  } catch (error) {
    throw invalidParameter(`Error retrieving security group information for [${securityGroups.join(", ")}]: ${shown(error)}`);
  }
  return { subnets, securityGroups, assignPublicIp: assignPublicIp === "ENABLED" ? "ENABLED" : "DISABLED" };
}

/** Makes the interface and the address; `confined` is a task whose programs get no rights of their own. Throws TaskFailure when the subnet gives none. */
export async function attachNetwork(
  scope: Scope,
  task: TaskRecord,
  containerPorts: readonly number[],
  { confined = false }: { confined?: boolean } = {},
): Promise<TaskNetwork> {
  const { cloud, account, region } = scope;
  const call = asEcs(scope);
  const { subnets, securityGroups = [], assignPublicIp } = task.network;
  // Tasks of a service lie in all of its subnets in turn, as far as their ids are random.
  const subnetId = subnets[Number.parseInt(task.id.slice(0, 8), 16) % subnets.length]!;
  try {
    const { NetworkInterface: found } = await call("ec2", "CreateNetworkInterface", {
      SubnetId: subnetId,
      ...(securityGroups.length > 0 && { Groups: securityGroups }),
      Description: `arn:aws:ecs:${region}:${account}:attachment/${task.attachment.id}`,
    });
    Object.assign(task.attachment, {
      networkInterfaceId: found!.NetworkInterfaceId!,
      subnetId,
      macAddress: found!.MacAddress!,
      privateIp: found!.PrivateIpAddress!,
      ...(found!.PrivateDnsName !== undefined && { privateDnsName: found!.PrivateDnsName }),
      availabilityZone: found!.AvailabilityZone!,
      vpcId: found!.VpcId!,
      status: "ATTACHED",
    });
    attachNetworkInterface(cloud, region, found!.NetworkInterfaceId!);
  } catch (error) {
    throw new TaskFailure(
      `ResourceInitializationError: Unexpected EC2 error while attempting to Create Network Interface in subnet '${subnetId}': ${error instanceof AwsError ? error.code : String(error)}`,
    );
  }
  const claim = await claimAddress(cloud, addressOwner(task), containerPorts[0] ?? 0, { confined });
  if (assignPublicIp === "ENABLED") attachPublicAddress(cloud, region, task.attachment.networkInterfaceId!, claim.address);
  // Where a task has no address of its own, or may not listen there, its first port is another one (runtime/addresses.ts); further ones stay.
  const ports = new Map(containerPorts.map((port, at) => [port, at === 0 ? claim.port : port]));
  placePrivateAddress(cloud, task.attachment.vpcId!, task.attachment.privateIp!, {
    address: claim.address,
    portOf: (port) => ports.get(port) ?? port,
  });
  return { address: claim.address, ports };
}

/** Undoes `attachNetwork`; also what a cloud that was killed left behind. */
export async function detachNetwork(scope: Scope, task: TaskRecord): Promise<void> {
  releaseAddress(scope.cloud, addressOwner(task));
  task.attachment.status = "DELETED";
  const { networkInterfaceId, vpcId, privateIp } = task.attachment;
  if (vpcId !== undefined && privateIp !== undefined) placePrivateAddress(scope.cloud, vpcId, privateIp, undefined);
  if (networkInterfaceId === undefined) return;
  try {
    await asEcs(scope)("ec2", "DeleteNetworkInterface", { NetworkInterfaceId: networkInterfaceId });
  } catch (error) {
    // Somebody else may have removed it, or its subnet with it.
    if (!(error instanceof AwsError)) throw error;
  }
}

const addressOwner = ({ id }: TaskRecord) => `ecs-task/${id}`;
