/** AWS::EC2::VPCEndpoint. */
import { type Made, resource, type ResourceRequest } from "../../../resource.ts";
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { gone, madeEarlier, retag, stamped } from "./tagging.ts";

type Properties = ResourceProperties["AWS::EC2::VPCEndpoint"];

const noLattice = "there is no VPC Lattice in the embedded cloud";

export const vpcEndpoint = resource("AWS::EC2::VPCEndpoint", {
  coverage: {
    real: ["PrivateDnsEnabled", "RouteTableIds", "SecurityGroupIds", "ServiceName", "SubnetIds", "Tags", "VpcEndpointType", "VpcId"],
    recorded: ["PolicyDocument"],
    refused: {
      DnsOptions: "endpoints resolve IPv4 names only",
      IpAddressType: "endpoints have IPv4 addresses only",
      ResourceConfigurationArn: noLattice,
      ServiceNetworkArn: noLattice,
      ServiceRegion: "endpoints lead to services of their own region only",
    },
    note: "Kept and described with its interfaces and routes; local tasks reach every service of the cloud without it.",
  },
  async create(request) {
    const { properties, call } = request;
    const { PrivateDnsEnabled, RouteTableIds, SecurityGroupIds, ServiceName, SubnetIds, VpcEndpointType, VpcId } = properties;
    const id =
      madeEarlier(request) ??
      (
        await call(
          "ec2",
          "CreateVpcEndpoint",
          stamped(request, "vpc-endpoint", {
            VpcId,
            ServiceName,
            ...(VpcEndpointType !== undefined && { VpcEndpointType: VpcEndpointType as "Interface" }),
            ...(RouteTableIds && { RouteTableIds }),
            ...(SubnetIds && { SubnetIds }),
            ...(SecurityGroupIds && { SecurityGroupIds }),
            ...policyOf(properties),
            // CloudFormation's default is no, where the operation's is yes.
            ...(VpcEndpointType === "Interface" && { PrivateDnsEnabled: PrivateDnsEnabled ?? false }),
          }),
        )
      ).VpcEndpoint!.VpcEndpointId!;
    return made(request, id);
  },
  async update(request) {
    const { properties, previous, physicalId: VpcEndpointId, call } = request;
    const added = (now: readonly string[] = [], then: readonly string[] = []) => now.filter((id) => !then.includes(id));
    const change = {
      AddRouteTableIds: added(properties.RouteTableIds, previous.RouteTableIds),
      RemoveRouteTableIds: added(previous.RouteTableIds, properties.RouteTableIds),
      AddSubnetIds: added(properties.SubnetIds, previous.SubnetIds),
      RemoveSubnetIds: added(previous.SubnetIds, properties.SubnetIds),
      AddSecurityGroupIds: added(properties.SecurityGroupIds, previous.SecurityGroupIds),
      RemoveSecurityGroupIds: added(previous.SecurityGroupIds, properties.SecurityGroupIds),
    };
    await call("ec2", "ModifyVpcEndpoint", {
      VpcEndpointId,
      ...Object.fromEntries(Object.entries(change).filter(([, ids]) => ids.length > 0)),
      ...(properties.PolicyDocument === undefined ? previous.PolicyDocument !== undefined && { ResetPolicy: true } : policyOf(properties)),
      ...(properties.VpcEndpointType === "Interface" && { PrivateDnsEnabled: properties.PrivateDnsEnabled ?? false }),
    });
    await retag(request, VpcEndpointId);
    return made(request, VpcEndpointId);
  },
  delete: ({ call, physicalId }) => gone(() => call("ec2", "DeleteVpcEndpoints", { VpcEndpointIds: [physicalId] })),
});

const policyOf = ({ PolicyDocument: policy }: Properties) =>
  policy === undefined ? {} : { PolicyDocument: typeof policy === "string" ? policy : JSON.stringify(policy) };

async function made({ call }: ResourceRequest<Properties>, id: string): Promise<Made> {
  const { VpcEndpoints } = await call("ec2", "DescribeVpcEndpoints", { VpcEndpointIds: [id] });
  const endpoint = VpcEndpoints![0]!;
  return {
    physicalId: id,
    attributes: {
      Id: id,
      CreationTimestamp: endpoint.CreationTimestamp!.toISOString(),
      DnsEntries: (endpoint.DnsEntries ?? []).map(({ HostedZoneId = "", DnsName = "" }) => `${HostedZoneId}:${DnsName}`),
      NetworkInterfaceIds: endpoint.NetworkInterfaceIds ?? [],
    },
  };
}
