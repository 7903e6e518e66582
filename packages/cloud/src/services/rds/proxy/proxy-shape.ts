/** A proxy, its group of targets and its endpoints as RDS describes them. */
import type { Output } from "../../../aws.ts";
import type { OperationContext } from "../../../service.ts";
import { arnOf } from "../names.ts";
import type { Proxy, ProxyEndpoint } from "./proxy.ts";

type Of = Pick<OperationContext, "region" | "account">;
export type ProxyShape = NonNullable<Output<"rds", "CreateDBProxy">["DBProxy"]>;
export type TargetGroupShape = NonNullable<NonNullable<Output<"rds", "DescribeDBProxyTargetGroups">["TargetGroups"]>[number]>;
export type ProxyEndpointShape = NonNullable<Output<"rds", "CreateDBProxyEndpoint">["DBProxyEndpoint"]>;

export function proxyShape(of: Of, proxy: Proxy): ProxyShape {
  return {
    DBProxyName: proxy.name,
    DBProxyArn: arnOf(of, "db-proxy", proxy.id),
    Status: proxy.status,
    EngineFamily: "POSTGRESQL",
    VpcId: proxy.vpc,
    VpcSecurityGroupIds: proxy.securityGroups,
    VpcSubnetIds: proxy.subnets,
    DefaultAuthScheme: "NONE",
    Auth: proxy.auth.map(({ secretArn, description, clientPasswordAuthType, iam }) => ({
      ...(description && { Description: description }),
      AuthScheme: "SECRETS" as const,
      SecretArn: secretArn,
      IAMAuth: iam ? ("REQUIRED" as const) : ("DISABLED" as const),
      ClientPasswordAuthType: clientPasswordAuthType as "POSTGRES_SCRAM_SHA_256",
    })),
    RoleArn: proxy.roleArn,
    ...(proxy.at && { Endpoint: proxy.at.address }),
    RequireTLS: proxy.requireTls,
    IdleClientTimeout: proxy.idleClientTimeoutSeconds,
    DebugLogging: proxy.debugLogging,
    CreatedDate: new Date(proxy.createdMs),
    UpdatedDate: new Date(proxy.updatedMs),
    EndpointNetworkType: "IPV4",
    TargetConnectionNetworkType: "IPV4",
  };
}

export function targetGroupShape(of: Of, { name, group, status }: Proxy): TargetGroupShape {
  const { pool } = group;
  return {
    DBProxyName: name,
    TargetGroupName: "default",
    TargetGroupArn: arnOf(of, "target-group", group.id),
    IsDefault: true,
    Status: status,
    ConnectionPoolConfig: {
      MaxConnectionsPercent: pool.maxConnectionsPercent,
      MaxIdleConnectionsPercent: pool.maxIdleConnectionsPercent,
      ConnectionBorrowTimeout: pool.borrowTimeoutSeconds,
      SessionPinningFilters: [],
      ...(pool.initQuery !== undefined && { InitQuery: pool.initQuery }),
    },
    CreatedDate: new Date(group.createdMs),
    UpdatedDate: new Date(group.updatedMs),
  };
}

export function endpointShape(of: Of, proxy: Proxy, endpoint: ProxyEndpoint): ProxyEndpointShape {
  return {
    DBProxyEndpointName: endpoint.name,
    DBProxyEndpointArn: arnOf(of, "db-proxy-endpoint", endpoint.id),
    DBProxyName: proxy.name,
    Status: endpoint.status,
    VpcId: endpoint.vpc,
    VpcSecurityGroupIds: endpoint.securityGroups,
    VpcSubnetIds: endpoint.subnets,
    ...(endpoint.at && { Endpoint: endpoint.at.address }),
    CreatedDate: new Date(endpoint.createdMs),
    TargetRole: endpoint.role,
    IsDefault: false,
    EndpointNetworkType: "IPV4",
  };
}
