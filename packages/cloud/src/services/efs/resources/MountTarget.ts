/** AWS::EFS::MountTarget. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { AwsError } from "../../../aws-error.ts";
import { type Made, MadeInPart, resource, type ResourceRequest } from "../../../resource.ts";

type Properties = ResourceProperties["AWS::EFS::MountTarget"];
type Request = ResourceRequest<Properties>;

const lookMs = 15;

/** Waits until it serves. */
async function available({ cloud, call, signal }: Pick<Request, "cloud" | "call" | "signal">, id: string): Promise<Made> {
  for (;;) {
    const { MountTargets: [found] = [] } = await call("efs", "DescribeMountTargets", { MountTargetId: id });
    if (found!.LifeCycleState === "available") return { physicalId: id, attributes: { Id: id, IpAddress: found!.IpAddress! } };
    await cloud.world.clock.sleep(lookMs, signal);
  }
}

export const mountTarget = resource("AWS::EFS::MountTarget", {
  coverage: {
    real: ["FileSystemId", "IpAddress", "SecurityGroups", "SubnetId"],
    recorded: ["IpAddressType"],
    refused: { Ipv6Address: "mount targets have IPv4 addresses" },
    note: "A task can mount only in a zone with a mount target, and only where the rules of the security groups open port 2049.",
  },
  async create(request) {
    const { properties, call } = request;
    const { MountTargetId: id } = await call("efs", "CreateMountTarget", {
      FileSystemId: properties.FileSystemId,
      SubnetId: properties.SubnetId,
      SecurityGroups: properties.SecurityGroups,
      ...(properties.IpAddress !== undefined && { IpAddress: properties.IpAddress }),
      ...(properties.IpAddressType !== undefined && { IpAddressType: properties.IpAddressType as "IPV4_ONLY" }),
    });
    try {
      return await available(request, id!);
    } catch (error) {
      throw new MadeInPart(id!, error);
    }
  },
  async update(request) {
    const { call, physicalId, properties } = request;
    await call("efs", "ModifyMountTargetSecurityGroups", { MountTargetId: physicalId, SecurityGroups: properties.SecurityGroups });
    return await available(request, physicalId);
  },
  async delete({ call, physicalId }) {
    try {
      await call("efs", "DeleteMountTarget", { MountTargetId: physicalId });
    } catch (error) {
      if (!(error instanceof AwsError && error.code === "MountTargetNotFound")) throw error;
    }
  },
  // A file system has one in a zone: one in this subnet is the one that was made.
  async find(request) {
    const { FileSystemId, SubnetId } = request.properties;
    const { MountTargets: targets = [] } = await request.call("efs", "DescribeMountTargets", { FileSystemId });
    const own = targets.find((target) => target.SubnetId === SubnetId);
    return own && (await available(request, own.MountTargetId!));
  },
});
