/** AWS::RDS::DBProxy. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { type Made, resource, type ResourceRequest } from "../../../resource.ts";
import { madeFor, retag, stackTags, unlessGone } from "../../../stack-tags.ts";
import type { ProxyShape } from "../proxy/proxy-shape.ts";

type Properties = ResourceProperties["AWS::RDS::DBProxy"];

export const dbProxy = resource("AWS::RDS::DBProxy", {
  coverage: {
    real: ["Auth", "DBProxyName", "EngineFamily", "IdleClientTimeout", "RequireTLS", "RoleArn", "Tags", "VpcSubnetIds"],
    recorded: ["DebugLogging", "DefaultAuthScheme", "EndpointNetworkType", "TargetConnectionNetworkType", "VpcSecurityGroupIds"],
    note: "A pooler of PostgreSQL's protocol: clients log in by the secrets or with a token (IAMAuth REQUIRED), connections are lent for a transaction, sessions are pinned as on AWS. End-to-end IAM authentication, MD5 passwords and other engines are refused by name.",
  },
  async create(request) {
    const { properties, call } = request;
    const { DBProxy: proxy } = await call("rds", "CreateDBProxy", {
      ...settings(properties),
      DBProxyName: properties.DBProxyName,
      EngineFamily: properties.EngineFamily as "POSTGRESQL",
      VpcSubnetIds: properties.VpcSubnetIds,
      RoleArn: properties.RoleArn,
      ...(properties.EndpointNetworkType && { EndpointNetworkType: properties.EndpointNetworkType as "IPV4" }),
      ...(properties.TargetConnectionNetworkType && { TargetConnectionNetworkType: properties.TargetConnectionNetworkType as "IPV4" }),
      ...(properties.VpcSecurityGroupIds && { VpcSecurityGroupIds: properties.VpcSecurityGroupIds }),
      Tags: stackTags(request),
    });
    return made(proxy!);
  },
  async update(request) {
    const { properties, call, physicalId } = request;
    const { DBProxy: proxy } = await call("rds", "ModifyDBProxy", {
      ...settings(properties),
      DBProxyName: physicalId,
      RoleArn: properties.RoleArn,
      ...(properties.VpcSecurityGroupIds && { SecurityGroups: properties.VpcSecurityGroupIds }),
    });
    await retag(request, "rds", proxy!.DBProxyArn!);
    return made(proxy!);
  },
  async delete({ call, physicalId }) {
    await call("rds", "DeleteDBProxy", { DBProxyName: physicalId }).catch(unlessGone);
  },
  async find(request) {
    const proxy = await describe(request, request.properties.DBProxyName);
    return proxy && (await madeFor(request, "rds", proxy.DBProxyArn!)) ? made(proxy) : undefined;
  },
});

async function describe({ call }: Pick<ResourceRequest<Properties>, "call">, name: string): Promise<ProxyShape | undefined> {
  const found = await call("rds", "DescribeDBProxies", { DBProxyName: name }).catch(unlessGone);
  return found?.DBProxies?.[0];
}

/** What a creation and a modification take by the same name. */
function settings({ Auth, RequireTLS = false, IdleClientTimeout, DebugLogging = false, DefaultAuthScheme }: Properties) {
  return {
    ...(Auth && { Auth: Auth as [] }),
    RequireTLS,
    DebugLogging,
    ...(IdleClientTimeout !== undefined && { IdleClientTimeout }),
    ...(DefaultAuthScheme && { DefaultAuthScheme: DefaultAuthScheme as "NONE" }),
  };
}

const made = ({ DBProxyName, DBProxyArn, Endpoint, VpcId }: ProxyShape): Made => ({
  physicalId: DBProxyName!,
  attributes: { DBProxyArn: DBProxyArn!, Endpoint: Endpoint!, VpcId: VpcId! },
});
