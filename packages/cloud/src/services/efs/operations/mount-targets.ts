/** Making, describing, changing and deleting mount targets. */
import { AwsError } from "../../../aws-error.ts";
import { servicePrincipal } from "../../../identity/principal.ts";
import { attachNetworkInterface } from "../../../runtime/network.ts";
import { operation, type OperationContext } from "../../../service.ts";
import { requireAccessPoint } from "../access-point.ts";
import {
  addressInUse,
  badRequest,
  mountTargetConflict,
  noFreeAddress,
  notServedHere,
  securityGroupNotFound,
  subnetNotFound,
  tooManyGroups,
  zoneMismatch,
} from "../errors.ts";
import { requireAvailable, requireFileSystem } from "../file-system.ts";
import {
  describeMountTarget,
  forgetMountTarget,
  keepMountTarget,
  type MountTargetRecord,
  mountTargetsOf,
  requireMountTarget,
} from "../mount-target.ts";
import { page } from "../pages.ts";

const mostGroups = 5;

const asEfs = ({ cloud, account, region }: OperationContext) =>
  cloud.as(servicePrincipal(account, "elasticfilesystem.amazonaws.com"), region);
const isCode = (error: unknown, ...starts: string[]) => error instanceof AwsError && starts.some((start) => error.code.startsWith(start));

async function subnetOf(context: OperationContext, id: string) {
  try {
    const { Subnets: [subnet] = [] } = await asEfs(context)("ec2", "DescribeSubnets", { SubnetIds: [id] });
    return subnet!;
  } catch (error) {
    if (isCode(error, "InvalidSubnetI")) throw subnetNotFound(id);
    throw error;
  }
}

/** Throws SecurityGroupNotFound unless each is there, in the VPC. */
async function checkGroups(context: OperationContext, ids: readonly string[], vpcId: string): Promise<void> {
  if (ids.length > mostGroups) throw tooManyGroups();
  for (const id of ids) {
    try {
      const { SecurityGroups: [group] = [] } = await asEfs(context)("ec2", "DescribeSecurityGroups", { GroupIds: [id] });
      if (group!.VpcId !== vpcId) throw securityGroupNotFound(id);
    } catch (error) {
      if (isCode(error, "InvalidGroup")) throw securityGroupNotFound(id);
      throw error;
    }
  }
}

export const createMountTarget = operation("efs", "CreateMountTarget", async (input, context) => {
  const { cloud, region } = context;
  const fileSystem = requireAvailable(context, input.FileSystemId);
  if (input.Ipv6Address !== undefined || (input.IpAddressType !== undefined && input.IpAddressType !== "IPV4_ONLY")) {
    throw notServedHere("have mount targets with IPv6 addresses");
  }
  const subnet = await subnetOf(context, input.SubnetId);
  const zone = { name: subnet.AvailabilityZone!, id: subnet.AvailabilityZoneId! };
  if (fileSystem.zone && fileSystem.zone.name !== zone.name) throw zoneMismatch(fileSystem.zone.name);
  const groups = input.SecurityGroups ?? [];
  await checkGroups(context, groups, subnet.VpcId!);
  const others = mountTargetsOf(context, fileSystem.id);
  if (others.some(({ vpcId }) => vpcId !== subnet.VpcId)) {
    throw mountTargetConflict("requested subnet for new mount target is not in the same VPC as existing mount targets");
  }
  if (others.some((target) => target.zone.name === zone.name)) throw mountTargetConflict("mount target already exists in this AZ");
  const id = `fsmt-${cloud.world.random.hex(17)}`;
  const found = await makeInterface(context, { ...input, groups, description: `EFS mount target for ${fileSystem.id} (${id})` });
  const record: MountTargetRecord = {
    id,
    fileSystemId: fileSystem.id,
    subnetId: input.SubnetId,
    vpcId: subnet.VpcId!,
    zone,
    address: found.PrivateIpAddress!,
    networkInterfaceId: found.NetworkInterfaceId!,
    securityGroups: found.Groups!.map(({ GroupId }) => GroupId!),
    createdMs: cloud.world.clock.nowMs(),
  };
  attachNetworkInterface(cloud, region, record.networkInterfaceId);
  keepMountTarget(context, record);
  return describeMountTarget(context, record);
});

interface WantedInterface {
  SubnetId: string;
  IpAddress?: string;
  groups: string[];
  description: string;
}

async function makeInterface(context: OperationContext, { SubnetId, IpAddress, groups, description }: WantedInterface) {
  try {
    const { NetworkInterface } = await asEfs(context)("ec2", "CreateNetworkInterface", {
      SubnetId,
      ...(IpAddress !== undefined && { PrivateIpAddress: IpAddress }),
      ...(groups.length > 0 && { Groups: groups }),
      Description: description,
    });
    return NetworkInterface!;
  } catch (error) {
    if (isCode(error, "InvalidIPAddress.InUse")) throw addressInUse(IpAddress!);
    if (isCode(error, "InsufficientFreeAddresses")) throw noFreeAddress(SubnetId);
    if (IpAddress !== undefined && isCode(error, "InvalidParameterValue"))
      throw badRequest("Address does not fall within the subnet's address range");
    throw error;
  }
}

export const describeMountTargets = operation("efs", "DescribeMountTargets", (input, context) => {
  const { FileSystemId: fileSystem, MountTargetId: target, AccessPointId: point, MaxItems: size, Marker: marker } = input;
  if ([fileSystem, target, point].filter((each) => each !== undefined).length !== 1) {
    throw badRequest("Must specify exactly one mutually exclusive parameter.");
  }
  const found =
    target !== undefined
      ? [requireMountTarget(context, target)]
      : mountTargetsOf(
          context,
          point !== undefined ? requireAccessPoint(context, point).fileSystemId : requireFileSystem(context, fileSystem!).id,
        );
  const { items, next } = page(found, { size, marker, query: `mount-targets ${fileSystem ?? target ?? point}` });
  return {
    MountTargets: items.map((record) => describeMountTarget(context, record)),
    ...(marker !== undefined && { Marker: marker }),
    ...(next !== undefined && { NextMarker: next }),
  };
});

export const describeMountTargetSecurityGroups = operation("efs", "DescribeMountTargetSecurityGroups", ({ MountTargetId }, context) => ({
  SecurityGroups: requireMountTarget(context, MountTargetId).securityGroups,
}));

export const modifyMountTargetSecurityGroups = operation("efs", "ModifyMountTargetSecurityGroups", async (input, context) => {
  const record = requireMountTarget(context, input.MountTargetId);
  const groups = input.SecurityGroups ?? [];
  await checkGroups(context, groups, record.vpcId);
  await asEfs(context)("ec2", "ModifyNetworkInterfaceAttribute", { NetworkInterfaceId: record.networkInterfaceId, Groups: groups });
  keepMountTarget(context, { ...record, securityGroups: groups });
  return {};
});

/** What has the file system mounted keeps it: an open mount ends with its task. */
export const deleteMountTarget = operation("efs", "DeleteMountTarget", async ({ MountTargetId }, context) => {
  const record = requireMountTarget(context, MountTargetId);
  forgetMountTarget(context, record.id);
  try {
    await asEfs(context)("ec2", "DeleteNetworkInterface", { NetworkInterfaceId: record.networkInterfaceId });
  } catch (error) {
    if (!isCode(error, "InvalidNetworkInterfaceID")) throw error;
  }
  return {};
});
