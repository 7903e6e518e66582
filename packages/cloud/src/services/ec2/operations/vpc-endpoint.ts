/** The operations on VPC endpoints, gateway and interface. */
import type { VpcEndpoint } from "@aws-sdk/client-ec2";
import { AwsError } from "../../../aws-error.ts";
import { type OperationContext, operation } from "../../../service.ts";
import { describe } from "../describe.ts";
import { endpointServices } from "../endpoint-services.ts";
import { invalidParameter, invalidParameterValue, missingParameter, notFound } from "../errors.ts";
import { filtered, type Filters } from "../filters.ts";
import { newId } from "../ids.ts";
import { makeNetworkInterface, removeNetworkInterface } from "../network-interface.ts";
import { page } from "../pages.ts";
import { type EndpointRecord, endpoints, networkInterfaces, routeTables, securityGroups, subnets, vpcs } from "../shelf.ts";
import { dropTags, putNew, tagsFrom, tagsOf } from "../tags.ts";
import { defaultGroup } from "../vpc.ts";

/** What AWS gives an endpoint without a policy of its own. */
const openPolicy = '{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}';

/** The service's name without `com.amazonaws.REGION.`. */
const shortName = (context: OperationContext, endpoint: EndpointRecord) =>
  endpoint.serviceName.slice(`com.amazonaws.${context.region}.`.length);

const described = (context: OperationContext, endpoint: EndpointRecord): VpcEndpoint => {
  const service = endpointServices(context).find(
    (one) => one.ServiceName === endpoint.serviceName && one.ServiceType?.[0]?.ServiceType === endpoint.type,
  );
  const dnsName = `${endpoint.id}-${endpoint.id.slice(-8)}.${shortName(context, endpoint)}.${context.region}.vpce.amazonaws.com`;
  return {
    VpcEndpointId: endpoint.id,
    VpcEndpointType: endpoint.type,
    VpcId: endpoint.vpcId,
    ServiceName: endpoint.serviceName,
    ServiceRegion: context.region,
    // AWS answers in lower case, other than the SDK's types say.
    State: "available" as "Available",
    PolicyDocument: endpoint.policy,
    RouteTableIds: endpoint.routeTableIds,
    SubnetIds: endpoint.subnetIds,
    Groups: endpoint.groupIds.map((GroupId) => ({ GroupId, GroupName: securityGroups(context).get(GroupId)?.name ?? "" })),
    IpAddressType: "ipv4",
    DnsOptions: { DnsRecordIpType: endpoint.type === "Gateway" ? "service-defined" : "ipv4" },
    PrivateDnsEnabled: endpoint.privateDns,
    RequesterManaged: false,
    NetworkInterfaceIds: endpoint.networkInterfaceIds,
    DnsEntries:
      endpoint.type === "Gateway"
        ? []
        : [
            { DnsName: dnsName, HostedZoneId: "Z273ZU8SZ5RJPC" },
            ...endpoint.subnetIds.map((id) => ({
              DnsName: dnsName.replace(".", `-${subnets(context).get(id)?.zone ?? ""}.`),
              HostedZoneId: "Z273ZU8SZ5RJPC",
            })),
            ...(endpoint.privateDns && service?.PrivateDnsName ? [{ DnsName: service.PrivateDnsName }] : []),
          ],
    CreationTimestamp: new Date(endpoint.createdMs),
    OwnerId: context.account,
    Tags: tagsOf(context, endpoint.id),
  };
};

/** An interface of the endpoint in each of the subnets. */
function makeInterfaces(context: OperationContext, endpoint: EndpointRecord, subnetIds: readonly string[]): void {
  for (const subnetId of subnetIds) {
    const subnet = subnets(context).must(subnetId);
    if (subnet.vpcId !== endpoint.vpcId)
      throw invalidParameterValue(`The subnet ID '${subnetId}' does not belong to the VPC '${endpoint.vpcId}'`);
    const zones = endpoint.subnetIds.map((id) => subnets(context).must(id).zone);
    if (zones.includes(subnet.zone))
      throw new AwsError("DuplicateSubnetsInSameZone", "Found another VPC endpoint subnet in the availability zone of " + subnetId);
    const record = makeNetworkInterface(context, {
      subnet,
      description: `VPC Endpoint Interface ${endpoint.id}`,
      groupIds: endpoint.groupIds,
      type: "vpc_endpoint",
      requester: "vpce.amazonaws.com",
      attachment: {
        id: newId(context, "ela-attach"),
        ownerId: "amazon-aws",
        deviceIndex: 1,
        deleteOnTermination: false,
        attachedMs: context.cloud.world.clock.nowMs(),
      },
    });
    endpoint.subnetIds.push(subnetId);
    endpoint.networkInterfaceIds.push(record.id);
  }
}

function policyText(text: string | undefined): string {
  if (text === undefined || text === "") return openPolicy;
  try {
    const parsed = JSON.parse(text) as { Statement?: unknown };
    if (parsed.Statement !== undefined) return text;
  } catch {
    // Falls through to the same answer as a document without statements.
  }
  throw new AwsError("InvalidPolicyDocument", "The policy document is not valid JSON or has no statement.");
}

export const createVpcEndpoint = operation("ec2", "CreateVpcEndpoint", (input, context) => {
  const { ClientToken: clientToken } = input;
  const earlier =
    clientToken &&
    endpoints(context)
      .list()
      .find((one) => one.clientToken === clientToken);
  if (earlier) return { VpcEndpoint: described(context, earlier), ClientToken: clientToken };
  const vpc = vpcs(context).must(input.VpcId!);
  const type = input.VpcEndpointType ?? "Gateway";
  if (type !== "Gateway" && type !== "Interface")
    throw new AwsError("UnsupportedOperation", `The embedded cloud has no VPC endpoints of the type ${type}.`);
  if (input.ServiceName === undefined) throw missingParameter("serviceName");
  const service = endpointServices(context).find(
    (one) => one.ServiceName === input.ServiceName && one.ServiceType?.[0]?.ServiceType === type,
  );
  if (!service) throw new AwsError("InvalidServiceName", `The Vpc Endpoint Service '${input.ServiceName}' does not exist`);
  if (type === "Gateway" && (input.SubnetIds?.length || input.SecurityGroupIds?.length))
    throw invalidParameter(`${input.SubnetIds?.length ? "SubnetIds" : "SecurityGroupIds"} are not supported for Gateway endpoints.`);
  if (type === "Interface" && input.RouteTableIds?.length)
    throw invalidParameter("Route table IDs are only supported for Gateway type VPC Endpoint.");
  for (const id of input.SecurityGroupIds ?? []) securityGroups(context).must(id);
  checkRouteTables(context, vpc.id, input.ServiceName, input.RouteTableIds ?? []);
  const privateDns = type === "Interface" && (input.PrivateDnsEnabled ?? true);
  if (privateDns && !(vpc.dnsSupport && vpc.dnsHostnames))
    throw invalidParameter(
      "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for " + vpc.id,
    );
  if (
    privateDns &&
    endpoints(context)
      .list()
      .some((one) => one.vpcId === vpc.id && one.serviceName === input.ServiceName && one.privateDns)
  )
    throw invalidParameter(
      `private-dns-enabled cannot be set because there is already a conflicting DNS domain for ${service.PrivateDnsName} in the VPC ${vpc.id}`,
    );
  const tags = tagsFrom(input, "vpc-endpoint");
  const endpoint: EndpointRecord = {
    id: newId(context, "vpce"),
    vpcId: vpc.id,
    serviceName: input.ServiceName,
    type,
    policy: policyText(input.PolicyDocument),
    routeTableIds: [...new Set(input.RouteTableIds)],
    subnetIds: [],
    groupIds: type === "Gateway" ? [] : input.SecurityGroupIds?.length ? [...input.SecurityGroupIds] : [defaultGroup(context, vpc.id).id],
    networkInterfaceIds: [],
    privateDns,
    createdMs: context.cloud.world.clock.nowMs(),
    ...(clientToken !== undefined && { clientToken }),
  };
  makeInterfaces(context, endpoint, input.SubnetIds ?? []);
  endpoints(context).put(endpoint);
  putNew(context, endpoint.id, tags, input);
  const answer = described(context, endpoint);
  return {
    VpcEndpoint: { ...answer, ...(type === "Interface" && { State: "pending" as "Pending" }) },
    ...(clientToken !== undefined && { ClientToken: clientToken }),
  };
});

/** A table holds one route to a service: a second gateway endpoint for it is refused. */
function checkRouteTables(context: OperationContext, vpcId: string, serviceName: string, ids: readonly string[], except?: string): void {
  for (const id of ids) {
    if (routeTables(context).must(id).vpcId !== vpcId)
      throw invalidParameterValue(`The routeTable ID '${id}' does not belong to the VPC '${vpcId}'`);
    const other = endpoints(context)
      .list()
      .find((one) => one.id !== except && one.serviceName === serviceName && one.routeTableIds.includes(id));
    if (other)
      throw new AwsError(
        "RouteAlreadyExists",
        `route table ${id} already has a route with destination-prefix-list-id of ${serviceName} (endpoint ${other.id})`,
      );
  }
}

const filters: Filters<VpcEndpoint> = {
  "ip-address-type": (one) => one.IpAddressType,
  "service-name": (one) => one.ServiceName,
  "service-region": (one) => one.ServiceRegion,
  "vpc-id": (one) => one.VpcId,
  "vpc-endpoint-id": (one) => one.VpcEndpointId,
  "vpc-endpoint-state": (one) => one.State,
  "vpc-endpoint-type": (one) => one.VpcEndpointType,
};

export const describeVpcEndpoints = operation("ec2", "DescribeVpcEndpoints", (input, context) => {
  const { items, ...rest } = describe(
    endpoints(context),
    input.VpcEndpointIds,
    input,
    (one) => described(context, one),
    filters,
    "vpcEndpointIds",
  );
  return { VpcEndpoints: items, ...rest };
});

export const modifyVpcEndpoint = operation("ec2", "ModifyVpcEndpoint", (input, context) => {
  const endpoint = endpoints(context).must(input.VpcEndpointId);
  const without = (ids: string[], gone: readonly string[] | undefined) => ids.filter((id) => !gone?.includes(id));
  if (input.ResetPolicy) endpoint.policy = openPolicy;
  else if (input.PolicyDocument !== undefined) endpoint.policy = policyText(input.PolicyDocument);
  if (input.AddRouteTableIds?.length || input.RemoveRouteTableIds?.length) {
    if (endpoint.type !== "Gateway") throw invalidParameter("Route table IDs are only supported for Gateway type VPC Endpoint.");
    checkRouteTables(context, endpoint.vpcId, endpoint.serviceName, input.AddRouteTableIds ?? [], endpoint.id);
    endpoint.routeTableIds = [
      ...new Set([...without(endpoint.routeTableIds, input.RemoveRouteTableIds), ...(input.AddRouteTableIds ?? [])]),
    ];
  }
  if (
    input.AddSubnetIds?.length ||
    input.RemoveSubnetIds?.length ||
    input.AddSecurityGroupIds?.length ||
    input.RemoveSecurityGroupIds?.length
  ) {
    if (endpoint.type !== "Interface")
      throw invalidParameter("Subnets and security groups are only supported for Interface type VPC Endpoint.");
    for (const id of input.AddSecurityGroupIds ?? []) securityGroups(context).must(id);
    endpoint.groupIds = [...new Set([...without(endpoint.groupIds, input.RemoveSecurityGroupIds), ...(input.AddSecurityGroupIds ?? [])])];
    for (const id of input.RemoveSubnetIds ?? []) {
      const index = endpoint.subnetIds.indexOf(id);
      if (index < 0) throw notFound("subnet", id);
      removeNetworkInterface(context, endpoint.networkInterfaceIds[index]!);
      endpoint.subnetIds.splice(index, 1);
      endpoint.networkInterfaceIds.splice(index, 1);
    }
    makeInterfaces(context, endpoint, input.AddSubnetIds ?? []);
    for (const id of endpoint.networkInterfaceIds)
      networkInterfaces(context).put({ ...networkInterfaces(context).must(id), groupIds: endpoint.groupIds });
  }
  if (input.PrivateDnsEnabled !== undefined) endpoint.privateDns = input.PrivateDnsEnabled;
  endpoints(context).put(endpoint);
  return { Return: true };
});

export const deleteVpcEndpoints = operation("ec2", "DeleteVpcEndpoints", (input, context) => {
  const unsuccessful = [];
  for (const id of input.VpcEndpointIds) {
    const endpoint = endpoints(context).get(id);
    if (!endpoint) {
      const { code, message } = notFound("vpce", id);
      unsuccessful.push({ ResourceId: id, Error: { Code: code, Message: message } });
      continue;
    }
    for (const interfaceId of endpoint.networkInterfaceIds) removeNetworkInterface(context, interfaceId);
    endpoints(context).delete(id);
    dropTags(context, id);
  }
  return { Unsuccessful: unsuccessful };
});

export const describeVpcEndpointServices = operation("ec2", "DescribeVpcEndpointServices", (input, context) => {
  const all = endpointServices(context);
  for (const name of input.ServiceNames ?? [])
    if (!all.some(({ ServiceName }) => ServiceName === name))
      throw new AwsError("InvalidServiceName", `The Vpc Endpoint Service '${name}' does not exist`);
  const found = filtered(
    all.filter(({ ServiceName }) => !input.ServiceNames?.length || input.ServiceNames.includes(ServiceName!)),
    input.Filters,
    {
      owner: (one) => one.Owner,
      "service-name": (one) => one.ServiceName,
      "service-region": (one) => one.ServiceRegion,
      "service-type": (one) => one.ServiceType?.map(({ ServiceType }) => ServiceType),
      "supported-ip-address-types": (one) => one.SupportedIpAddressTypes,
    },
    (one) => one.Tags,
  );
  const { items, ...rest } = page(found, input, 1);
  return { ServiceNames: [...new Set(items.map(({ ServiceName }) => ServiceName!))], ServiceDetails: items, ...rest };
});
