/** A subnet: where it lies, how many of its addresses are free, which one comes next. */
import type { Subnet } from "@aws-sdk/client-ec2";
import { AwsError } from "../../aws-error.ts";
import type { OperationContext } from "../../service.ts";
import { containsAddress, formatAddress, parseAddress, parseCidr, sizeOf } from "./cidr.ts";
import { invalidParameterValue } from "./errors.ts";
import { ec2Arn } from "./ids.ts";
import { networkInterfaces, type SubnetRecord } from "./shelf.ts";
import { tagsOf } from "./tags.ts";

/** AWS keeps the first four addresses of a subnet and its last. */
const reservedAddresses = 5;

const usedAddresses = (context: OperationContext, subnetId: string) =>
  new Set(
    networkInterfaces(context)
      .list()
      .filter((one) => one.subnetId === subnetId)
      .flatMap((one) => one.privateIps.map(({ address }) => address)),
  );

export const availableAddresses = (context: OperationContext, subnet: SubnetRecord) =>
  Number(sizeOf(parseCidr(subnet.cidr)!)) - reservedAddresses - usedAddresses(context, subnet.id).size;

/** `wanted`, when it is free, or the first free address. */
export function allocateAddress(context: OperationContext, subnet: SubnetRecord, wanted?: string): string {
  const block = parseCidr(subnet.cidr)!;
  const used = usedAddresses(context, subnet.id);
  const last = block.base + sizeOf(block) - 1n;
  if (wanted !== undefined) {
    if (!containsAddress(block, wanted)) throw invalidParameterValue("Address does not fall within the subnet's address range");
    const value = parseAddress(wanted)!.value;
    if (value < block.base + 4n || value === last) throw invalidParameterValue("Address is in subnet's reserved address range");
    if (used.has(wanted)) throw new AwsError("InvalidIPAddress.InUse", "The specified address is already in use.");
    return wanted;
  }
  for (let value = block.base + 4n; value < last; value++) {
    const address = formatAddress(4, value);
    if (!used.has(address)) return address;
  }
  throw new AwsError(
    "InsufficientFreeAddressesInSubnet",
    `The specified subnet does not have enough free addresses to satisfy the request.`,
  );
}

export const describedSubnet = (context: OperationContext, subnet: SubnetRecord): Subnet => ({
  SubnetId: subnet.id,
  SubnetArn: ec2Arn(context, "subnet", subnet.id),
  VpcId: subnet.vpcId,
  OwnerId: context.account,
  State: "available",
  CidrBlock: subnet.cidr,
  AvailableIpAddressCount: availableAddresses(context, subnet),
  AvailabilityZone: subnet.zone,
  AvailabilityZoneId: subnet.zoneId,
  DefaultForAz: subnet.defaultForAz,
  MapPublicIpOnLaunch: subnet.mapPublicIp,
  MapCustomerOwnedIpOnLaunch: false,
  AssignIpv6AddressOnCreation: subnet.assignIpv6,
  Ipv6CidrBlockAssociationSet: subnet.ipv6
    ? [{ AssociationId: subnet.ipv6.associationId, Ipv6CidrBlock: subnet.ipv6.cidr, Ipv6CidrBlockState: { State: "associated" } }]
    : [],
  EnableDns64: subnet.dns64,
  Ipv6Native: false,
  PrivateDnsNameOptionsOnLaunch: {
    HostnameType: subnet.hostnameType,
    EnableResourceNameDnsARecord: subnet.aRecord,
    EnableResourceNameDnsAAAARecord: subnet.aaaaRecord,
  },
  BlockPublicAccessStates: { InternetGatewayBlockMode: "off" },
  Tags: tagsOf(context, subnet.id),
});
