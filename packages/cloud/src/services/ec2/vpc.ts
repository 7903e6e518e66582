/** A VPC with what AWS makes along with it: its main route table, its default network ACL and security group. */
import type { NetworkAclEntry, SecurityGroupRule, Vpc } from "@aws-sdk/client-ec2";
import type { OperationContext } from "../../service.ts";
import { dhcpOptions, networkAcls, routeTables, securityGroups, type VpcRecord, vpcs } from "./shelf.ts";
import { tagsOf } from "./tags.ts";

/** Names the parts of what is made: random for a caller's, fixed for the region's default network. */
export type NewIds = (prefix: string, what: string) => string;

export function makeVpc(
  context: OperationContext,
  id: NewIds,
  {
    cidr,
    tenancy = "default",
    isDefault = false,
    ipv6Cidr,
  }: { cidr: string; tenancy?: "default" | "dedicated"; isDefault?: boolean; ipv6Cidr?: string },
): VpcRecord {
  const vpc: VpcRecord = {
    id: id("vpc", "vpc"),
    cidr,
    cidrAssociations: [{ AssociationId: id("vpc-cidr-assoc", "vpc"), CidrBlock: cidr, CidrBlockState: { State: "associated" } }],
    ipv6Associations: ipv6Cidr
      ? [
          {
            AssociationId: id("vpc-cidr-assoc", "vpc6"),
            Ipv6CidrBlock: ipv6Cidr,
            Ipv6CidrBlockState: { State: "associated" },
            NetworkBorderGroup: context.region,
            Ipv6Pool: "Amazon",
          },
        ]
      : [],
    dhcpOptionsId: dhcpOptions(context).list()[0]?.id ?? "default",
    tenancy,
    isDefault,
    dnsSupport: true,
    dnsHostnames: isDefault,
    addressUsageMetrics: false,
  };
  vpcs(context).put(vpc);
  routeTables(context).put({
    id: id("rtb", "main"),
    vpcId: vpc.id,
    routes: [],
    associations: [{ id: id("rtbassoc", "main"), main: true }],
  });
  networkAcls(context).put({
    id: id("acl", "default"),
    vpcId: vpc.id,
    isDefault: true,
    entries: [...openEntries(), ...closedEntries()],
    associations: [],
  });
  const groupId = id("sg", "default");
  securityGroups(context).put({
    id: groupId,
    name: "default",
    description: "default VPC security group",
    vpcId: vpc.id,
    rules: [
      {
        SecurityGroupRuleId: id("sgr", "default in"),
        GroupId: groupId,
        GroupOwnerId: context.account,
        IsEgress: false,
        IpProtocol: "-1",
        FromPort: -1,
        ToPort: -1,
        ReferencedGroupInfo: { GroupId: groupId, UserId: context.account },
      },
      ...allEgress(context, vpc, groupId, (what) => id("sgr", what)),
    ],
  });
  return vpc;
}

/** The rules that every new group has: all traffic out, over IPv6 too where the VPC has a block of that. */
export const allEgress = (
  context: OperationContext,
  vpc: VpcRecord,
  groupId: string,
  id: (what: string) => string,
): SecurityGroupRule[] => {
  const rule = { GroupId: groupId, GroupOwnerId: context.account, IsEgress: true, IpProtocol: "-1", FromPort: -1, ToPort: -1 };
  return [
    { SecurityGroupRuleId: id("default out"), ...rule, CidrIpv4: "0.0.0.0/0" },
    ...(vpc.ipv6Associations.length > 0 ? [{ SecurityGroupRuleId: id("default out6"), ...rule, CidrIpv6: "::/0" }] : []),
  ];
};

const entry = (Egress: boolean, RuleNumber: number, RuleAction: "allow" | "deny"): NetworkAclEntry => ({
  CidrBlock: "0.0.0.0/0",
  Egress,
  Protocol: "-1",
  RuleAction,
  RuleNumber,
});

/** A default network ACL lets all through … */
const openEntries = () => [entry(true, 100, "allow"), entry(false, 100, "allow")];
/** … and every ACL ends by refusing what no entry let through. */
export const closedEntries = () => [entry(true, 32767, "deny"), entry(false, 32767, "deny")];

export const mainRouteTable = (context: OperationContext, vpcId: string) =>
  routeTables(context)
    .list()
    .find((table) => table.vpcId === vpcId && table.associations.some(({ main }) => main))!;

export const defaultAcl = (context: OperationContext, vpcId: string) =>
  networkAcls(context)
    .list()
    .find((acl) => acl.vpcId === vpcId && acl.isDefault)!;

export const defaultGroup = (context: OperationContext, vpcId: string) =>
  securityGroups(context)
    .list()
    .find((group) => group.vpcId === vpcId && group.name === "default")!;

/** As describes show it. */
export const describedVpc = (context: OperationContext, vpc: VpcRecord): Vpc => ({
  VpcId: vpc.id,
  State: "available",
  CidrBlock: vpc.cidr,
  CidrBlockAssociationSet: vpc.cidrAssociations,
  ...(vpc.ipv6Associations.length > 0 && { Ipv6CidrBlockAssociationSet: vpc.ipv6Associations }),
  DhcpOptionsId: vpc.dhcpOptionsId,
  InstanceTenancy: vpc.tenancy,
  IsDefault: vpc.isDefault,
  OwnerId: context.account,
  BlockPublicAccessStates: { InternetGatewayBlockMode: "off" },
  Tags: tagsOf(context, vpc.id),
});
