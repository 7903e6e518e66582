/** How networks and what is in them are read again. */
import type { Readers } from "../../../resource.ts";
import type { Call } from "../../../service.ts";

const attribute = async (call: Call, VpcId: string, Attribute: "enableDnsSupport" | "enableDnsHostnames") =>
  call("ec2", "DescribeVpcAttribute", { VpcId, Attribute });

export const readers: Readers = {
  "AWS::EC2::VPC": async ({ call, physicalId }) => {
    const [{ Vpcs = [] }, support, names] = await Promise.all([
      call("ec2", "DescribeVpcs", { VpcIds: [physicalId] }),
      attribute(call, physicalId, "enableDnsSupport"),
      attribute(call, physicalId, "enableDnsHostnames"),
    ]);
    return (
      Vpcs[0] && { ...Vpcs[0], EnableDnsSupport: support.EnableDnsSupport?.Value, EnableDnsHostnames: names.EnableDnsHostnames?.Value }
    );
  },
  "AWS::EC2::Subnet": async ({ call, physicalId }) => {
    const [subnet] = (await call("ec2", "DescribeSubnets", { SubnetIds: [physicalId] })).Subnets ?? [];
    return subnet && { ...subnet };
  },
  "AWS::EC2::SecurityGroup": async ({ call, physicalId, properties }) => {
    const [group] = (await call("ec2", "DescribeSecurityGroups", { GroupIds: [physicalId] })).SecurityGroups ?? [];
    if (!group) return undefined;
    const { SecurityGroupRules = [] } = await call("ec2", "DescribeSecurityGroupRules", {
      Filters: [{ Name: "group-id", Values: [physicalId] }],
    });
    // Rules that are resources of their own stand in the group too: of those in it only its own are looked for.
    const own = (isEgress: boolean, wanted: readonly object[] = []) => {
      const there = SecurityGroupRules.filter((rule) => rule.IsEgress === isEgress).map(
        ({ CidrIpv4, ReferencedGroupInfo, PrefixListId, ...rule }) => ({
          ...rule,
          CidrIp: CidrIpv4,
          SourceSecurityGroupId: ReferencedGroupInfo?.GroupId,
          DestinationSecurityGroupId: ReferencedGroupInfo?.GroupId,
          SourcePrefixListId: PrefixListId,
          DestinationPrefixListId: PrefixListId,
        }),
      );
      return wanted.flatMap((one) => {
        const found = there.find((rule) => Object.entries(one).every(([name, value]) => sameText(rule[name as keyof typeof rule], value)));
        return found ? [found] : [];
      });
    };
    const { Description, GroupName, VpcId, Tags } = group;
    return {
      GroupDescription: Description,
      GroupName,
      VpcId,
      Tags,
      SecurityGroupEgress: own(true, properties.SecurityGroupEgress),
      SecurityGroupIngress: own(false, properties.SecurityGroupIngress),
    };
  },
  "AWS::EC2::SecurityGroupIngress": async ({ call, physicalId }) => rule(call, physicalId),
  "AWS::EC2::SecurityGroupEgress": async ({ call, physicalId }) => rule(call, physicalId),
  "AWS::EC2::VPCEndpoint": async ({ call, physicalId }) => {
    const [endpoint] = (await call("ec2", "DescribeVpcEndpoints", { VpcEndpointIds: [physicalId] })).VpcEndpoints ?? [];
    if (!endpoint || endpoint.State === "Deleted") return undefined;
    // A policy is compared nowhere: AWS writes its own into those that have none.
    const { PolicyDocument: _, Groups, ...rest } = endpoint;
    return { ...rest, SecurityGroupIds: (Groups ?? []).map(({ GroupId }) => GroupId) };
  },
  "AWS::EC2::EIP": async ({ call, physicalId }) => {
    const [address] = (await call("ec2", "DescribeAddresses", { PublicIps: [physicalId] })).Addresses ?? [];
    return address && { Domain: address.Domain, Tags: address.Tags ?? [] };
  },
  "AWS::EC2::InternetGateway": async ({ call, physicalId }) => {
    const [gateway] = (await call("ec2", "DescribeInternetGateways", { InternetGatewayIds: [physicalId] })).InternetGateways ?? [];
    return gateway && { Tags: gateway.Tags ?? [] };
  },
  "AWS::EC2::VPCGatewayAttachment": async ({ call, properties }) => {
    const [gateway] =
      (await call("ec2", "DescribeInternetGateways", { Filters: [{ Name: "attachment.vpc-id", Values: [properties.VpcId] }] }))
        .InternetGateways ?? [];
    return gateway && { InternetGatewayId: gateway.InternetGatewayId, VpcId: properties.VpcId };
  },
  "AWS::EC2::NatGateway": async ({ call, physicalId }) => {
    const [gateway] = (await call("ec2", "DescribeNatGateways", { NatGatewayIds: [physicalId] })).NatGateways ?? [];
    if (!gateway || gateway.State === "deleted" || gateway.State === "deleting") return undefined;
    const { SubnetId, ConnectivityType, NatGatewayAddresses = [], Tags } = gateway;
    return { SubnetId, ConnectivityType, AllocationId: NatGatewayAddresses[0]?.AllocationId, Tags };
  },
  "AWS::EC2::RouteTable": async ({ call, physicalId }) => {
    const [table] = (await call("ec2", "DescribeRouteTables", { RouteTableIds: [physicalId] })).RouteTables ?? [];
    return table && { VpcId: table.VpcId, Tags: table.Tags ?? [] };
  },
  "AWS::EC2::Route": async ({ call, physicalId }) => {
    const [RouteTableId = "", cidr] = physicalId.split("|");
    const [table] = (await call("ec2", "DescribeRouteTables", { RouteTableIds: [RouteTableId] })).RouteTables ?? [];
    const route = table?.Routes?.find(
      (one) => one.DestinationCidrBlock === cidr || one.DestinationIpv6CidrBlock === cidr || one.DestinationPrefixListId === cidr,
    );
    return route && { RouteTableId, ...absent(["GatewayId", "NatGatewayId"]), ...route };
  },
  "AWS::EC2::SubnetRouteTableAssociation": async ({ call, physicalId }) => {
    const { RouteTables = [] } = await call("ec2", "DescribeRouteTables", {
      Filters: [{ Name: "association.route-table-association-id", Values: [physicalId] }],
    });
    const found = RouteTables[0]?.Associations?.find(({ RouteTableAssociationId }) => RouteTableAssociationId === physicalId);
    return found && { RouteTableId: found.RouteTableId, SubnetId: found.SubnetId };
  },
  "AWS::EC2::FlowLog": async ({ call, physicalId }) => {
    const [log] = (await call("ec2", "DescribeFlowLogs", { FlowLogIds: [physicalId] })).FlowLogs ?? [];
    return log && { ...log, DeliverLogsPermissionArn: log.DeliverLogsPermissionArn };
  },
};

async function rule(call: Call, id: string) {
  const [found] = (await call("ec2", "DescribeSecurityGroupRules", { SecurityGroupRuleIds: [id] })).SecurityGroupRules ?? [];
  if (!found) return undefined;
  const { CidrIpv4, ReferencedGroupInfo, PrefixListId, ...rest } = found;
  const group = ReferencedGroupInfo?.GroupId;
  return {
    ...rest,
    CidrIp: CidrIpv4,
    SourceSecurityGroupId: group,
    DestinationSecurityGroupId: group,
    SourcePrefixListId: PrefixListId,
    DestinationPrefixListId: PrefixListId,
  };
}

const sameText = (a: unknown, b: unknown) => String(a) === String(b);

const absent = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, null]));
