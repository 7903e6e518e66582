/** AWS::EC2::VPC. */
import { type Made, resource, type ResourceRequest } from "../../../resource.ts";
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { gone, madeEarlier, retag, stamped } from "./tagging.ts";

type Properties = ResourceProperties["AWS::EC2::VPC"];

export const vpc = resource("AWS::EC2::VPC", {
  coverage: {
    real: ["CidrBlock", "EnableDnsHostnames", "EnableDnsSupport", "Tags"],
    recorded: ["InstanceTenancy"],
    refused: {
      Ipv4IpamPoolId: "there is no IP address manager in the embedded cloud",
      Ipv4NetmaskLength: "there is no IP address manager in the embedded cloud",
      VpcEncryptionControl: "nothing enforces encryption between local tasks",
    },
  },
  async create(request) {
    const { call, properties } = request;
    const id =
      madeEarlier(request) ??
      (
        await call(
          "ec2",
          "CreateVpc",
          stamped(request, "vpc", {
            CidrBlock: properties.CidrBlock,
            ...(properties.InstanceTenancy !== undefined && { InstanceTenancy: properties.InstanceTenancy as "default" }),
          }),
        )
      ).Vpc!.VpcId!;
    await setDns(request, id);
    return made(request, id);
  },
  async update(request) {
    await setDns(request, request.physicalId, request.previous);
    if (request.properties.InstanceTenancy === "default" && request.previous.InstanceTenancy === "dedicated")
      await request.call("ec2", "ModifyVpcTenancy", { VpcId: request.physicalId, InstanceTenancy: "default" });
    await retag(request, request.physicalId);
    return made(request, request.physicalId);
  },
  /** Only from dedicated to default is in place. */
  replaces: ({ properties, previous, changed }) =>
    changed.some((name) => name !== "InstanceTenancy") ||
    !(previous.InstanceTenancy === "dedicated" && properties.InstanceTenancy === "default"),
  delete: ({ call, physicalId }) => gone(() => call("ec2", "DeleteVpc", { VpcId: physicalId })),
});

/** Sets what differs from `previous`; a new VPC resolves names and gives none. */
async function setDns({ call, properties }: ResourceRequest<Properties>, VpcId: string, previous: Partial<Properties> = {}): Promise<void> {
  const support = properties.EnableDnsSupport ?? true;
  const hostnames = properties.EnableDnsHostnames ?? false;
  if (support !== (previous.EnableDnsSupport ?? true))
    await call("ec2", "ModifyVpcAttribute", { VpcId, EnableDnsSupport: { Value: support } });
  if (hostnames !== (previous.EnableDnsHostnames ?? false))
    await call("ec2", "ModifyVpcAttribute", { VpcId, EnableDnsHostnames: { Value: hostnames } });
}

async function made({ call }: ResourceRequest<Properties>, id: string): Promise<Made> {
  const own = [{ Name: "vpc-id", Values: [id] }];
  const [described, groups, acls] = await Promise.all([
    call("ec2", "DescribeVpcs", { VpcIds: [id] }),
    call("ec2", "DescribeSecurityGroups", { Filters: [...own, { Name: "group-name", Values: ["default"] }] }),
    call("ec2", "DescribeNetworkAcls", { Filters: [...own, { Name: "default", Values: ["true"] }] }),
  ]);
  const vpc = described.Vpcs![0]!;
  return {
    physicalId: id,
    attributes: {
      VpcId: id,
      CidrBlock: vpc.CidrBlock!,
      CidrBlockAssociations: (vpc.CidrBlockAssociationSet ?? []).map(({ AssociationId }) => AssociationId!),
      DefaultNetworkAcl: acls.NetworkAcls![0]!.NetworkAclId!,
      DefaultSecurityGroup: groups.SecurityGroups![0]!.GroupId!,
      Ipv6CidrBlocks: (vpc.Ipv6CidrBlockAssociationSet ?? []).map(({ Ipv6CidrBlock }) => Ipv6CidrBlock!),
    },
  };
}
