/** AWS::RDS::DBProxyEndpoint. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { type Made, resource, type ResourceRequest } from "../../../resource.ts";
import { madeFor, retag, stackTags, unlessGone } from "../../../stack-tags.ts";
import type { ProxyEndpointShape } from "../proxy/proxy-shape.ts";

type Properties = ResourceProperties["AWS::RDS::DBProxyEndpoint"];

export const dbProxyEndpoint = resource("AWS::RDS::DBProxyEndpoint", {
  coverage: {
    real: ["DBProxyEndpointName", "DBProxyName", "Tags", "TargetRole", "VpcSubnetIds"],
    recorded: ["EndpointNetworkType", "VpcSecurityGroupIds"],
  },
  async create(request) {
    const { properties, call } = request;
    const { DBProxyEndpoint: endpoint } = await call("rds", "CreateDBProxyEndpoint", {
      DBProxyEndpointName: properties.DBProxyEndpointName,
      DBProxyName: properties.DBProxyName,
      VpcSubnetIds: properties.VpcSubnetIds,
      ...(properties.EndpointNetworkType && { EndpointNetworkType: properties.EndpointNetworkType as "IPV4" }),
      ...(properties.TargetRole && { TargetRole: properties.TargetRole as "READ_WRITE" }),
      ...(properties.VpcSecurityGroupIds && { VpcSecurityGroupIds: properties.VpcSecurityGroupIds }),
      Tags: stackTags(request),
    });
    return made(endpoint!);
  },
  async update(request) {
    const { properties, call, physicalId } = request;
    const { DBProxyEndpoint: endpoint } = await call("rds", "ModifyDBProxyEndpoint", {
      DBProxyEndpointName: physicalId,
      ...(properties.VpcSecurityGroupIds && { VpcSecurityGroupIds: properties.VpcSecurityGroupIds }),
    });
    await retag(request, "rds", endpoint!.DBProxyEndpointArn!);
    return made(endpoint!);
  },
  // Reading or writing is decided at creation.
  replaces: ({ changed }) => changed.includes("TargetRole"),
  async delete({ call, physicalId }) {
    await call("rds", "DeleteDBProxyEndpoint", { DBProxyEndpointName: physicalId }).catch(unlessGone);
  },
  async find(request) {
    const endpoint = await describe(request, request.properties.DBProxyEndpointName);
    return endpoint && (await madeFor(request, "rds", endpoint.DBProxyEndpointArn!)) ? made(endpoint) : undefined;
  },
});

async function describe({ call }: Pick<ResourceRequest<Properties>, "call">, name: string): Promise<ProxyEndpointShape | undefined> {
  const found = await call("rds", "DescribeDBProxyEndpoints", { DBProxyEndpointName: name }).catch(unlessGone);
  return found?.DBProxyEndpoints?.[0];
}

const made = ({ DBProxyEndpointName, DBProxyEndpointArn, Endpoint, IsDefault, VpcId }: ProxyEndpointShape): Made => ({
  physicalId: DBProxyEndpointName!,
  attributes: { DBProxyEndpointArn: DBProxyEndpointArn!, Endpoint: Endpoint!, IsDefault: IsDefault ?? false, VpcId: VpcId! },
});
