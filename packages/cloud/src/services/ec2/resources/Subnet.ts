/** AWS::EC2::Subnet. */
import { type Made, resource, type ResourceRequest } from "../../../resource.ts";
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { gone, madeEarlier, retag, stamped } from "./tagging.ts";

type Properties = ResourceProperties["AWS::EC2::Subnet"];

const noIpam = "there is no IP address manager in the embedded cloud";

export const subnet = resource("AWS::EC2::Subnet", {
  coverage: {
    real: ["AvailabilityZone", "AvailabilityZoneId", "CidrBlock", "Ipv6CidrBlock", "MapPublicIpOnLaunch", "Tags", "VpcId"],
    recorded: ["AssignIpv6AddressOnCreation", "EnableDns64", "PrivateDnsNameOptionsOnLaunch"],
    refused: {
      EnableLniAtDeviceIndex: "there are no Outposts in the embedded cloud",
      Ipv4IpamPoolId: noIpam,
      Ipv4NetmaskLength: noIpam,
      Ipv6IpamPoolId: noIpam,
      Ipv6NetmaskLength: noIpam,
      Ipv6Native: "subnets without IPv4 are not served",
      OutpostArn: "there are no Outposts in the embedded cloud",
    },
  },
  async create(request) {
    const { call, properties } = request;
    const { AvailabilityZone, AvailabilityZoneId, CidrBlock, Ipv6CidrBlock, VpcId } = properties;
    const id =
      madeEarlier(request) ??
      (
        await call(
          "ec2",
          "CreateSubnet",
          stamped(request, "subnet", {
            VpcId,
            CidrBlock,
            ...(AvailabilityZone !== undefined && { AvailabilityZone }),
            ...(AvailabilityZoneId !== undefined && { AvailabilityZoneId }),
            ...(Ipv6CidrBlock !== undefined && { Ipv6CidrBlock }),
          }),
        )
      ).Subnet!.SubnetId!;
    await setAttributes(request, id);
    return made(request, id);
  },
  async update(request) {
    await setAttributes(request, request.physicalId, request.previous);
    await retag(request, request.physicalId);
    return made(request, request.physicalId);
  },
  delete: ({ call, physicalId }) => gone(() => call("ec2", "DeleteSubnet", { SubnetId: physicalId })),
});

/** Sets what differs from `previous`; of a new subnet every switch is off. */
async function setAttributes(
  { call, properties }: ResourceRequest<Properties>,
  SubnetId: string,
  previous: Partial<Properties> = {},
): Promise<void> {
  const set = (attribute: object) => call("ec2", "ModifySubnetAttribute", { SubnetId, ...attribute });
  const names = properties.PrivateDnsNameOptionsOnLaunch;
  for (const name of ["MapPublicIpOnLaunch", "AssignIpv6AddressOnCreation", "EnableDns64"] as const) {
    const Value = properties[name] ?? false;
    if (Value !== (previous[name] ?? false)) await set({ [name]: { Value } });
  }
  if (!names) return;
  if (names.HostnameType !== undefined) await set({ PrivateDnsHostnameTypeOnLaunch: names.HostnameType });
  await set({ EnableResourceNameDnsARecordOnLaunch: { Value: names.EnableResourceNameDnsARecord ?? false } });
  await set({ EnableResourceNameDnsAAAARecordOnLaunch: { Value: names.EnableResourceNameDnsAAAARecord ?? false } });
}

async function made({ call }: ResourceRequest<Properties>, id: string): Promise<Made> {
  const [described, acls] = await Promise.all([
    call("ec2", "DescribeSubnets", { SubnetIds: [id] }),
    call("ec2", "DescribeNetworkAcls", { Filters: [{ Name: "association.subnet-id", Values: [id] }] }),
  ]);
  const subnet = described.Subnets![0]!;
  const association = acls.NetworkAcls![0]?.Associations?.find(({ SubnetId }) => SubnetId === id);
  return {
    physicalId: id,
    attributes: {
      SubnetId: id,
      AvailabilityZone: subnet.AvailabilityZone!,
      AvailabilityZoneId: subnet.AvailabilityZoneId!,
      CidrBlock: subnet.CidrBlock!,
      Ipv6CidrBlocks: (subnet.Ipv6CidrBlockAssociationSet ?? []).map(({ Ipv6CidrBlock }) => Ipv6CidrBlock!),
      NetworkAclAssociationId: association?.NetworkAclAssociationId ?? "",
      OutpostArn: "",
      VpcId: subnet.VpcId!,
    },
  };
}
