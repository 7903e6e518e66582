/** What the operations on proxies ask of policies: their ARNs carry ids, not names. */
import type { Authorization, OperationContext, Service } from "../../../service.ts";
import { arnOf } from "../names.ts";
import { proxies } from "./proxy.ts";

type Authorize = NonNullable<Service<"rds">["authorize"]>;

const onProxy =
  (operation: string) =>
  (input: { DBProxyName?: string | undefined }, context: OperationContext): Authorization[] => {
    const found = input.DBProxyName && proxies(context.cloud).get(context.region, input.DBProxyName.toLowerCase());
    return [{ action: `rds:${operation}`, resource: arnOf(context, "db-proxy", found ? found.id : "*") }];
  };

const onEndpoint =
  (operation: string) =>
  (input: { DBProxyEndpointName?: string | undefined }, context: OperationContext): Authorization[] => {
    const name = input.DBProxyEndpointName?.toLowerCase();
    const found = proxies(context.cloud)
      .list(context.region)
      .flatMap(({ endpoints }) => endpoints)
      .find((each) => each.name === name);
    return [{ action: `rds:${operation}`, resource: arnOf(context, "db-proxy-endpoint", found ? found.id : "*") }];
  };

export const proxyAuthorizations = {
  CreateDBProxy: onProxy("CreateDBProxy"),
  CreateDBProxyEndpoint: onProxy("CreateDBProxyEndpoint"),
  DeleteDBProxy: onProxy("DeleteDBProxy"),
  DeleteDBProxyEndpoint: onEndpoint("DeleteDBProxyEndpoint"),
  DeregisterDBProxyTargets: onProxy("DeregisterDBProxyTargets"),
  DescribeDBProxies: onProxy("DescribeDBProxies"),
  DescribeDBProxyEndpoints: onEndpoint("DescribeDBProxyEndpoints"),
  DescribeDBProxyTargetGroups: onProxy("DescribeDBProxyTargetGroups"),
  DescribeDBProxyTargets: onProxy("DescribeDBProxyTargets"),
  ModifyDBProxy: onProxy("ModifyDBProxy"),
  ModifyDBProxyEndpoint: onEndpoint("ModifyDBProxyEndpoint"),
  ModifyDBProxyTargetGroup: onProxy("ModifyDBProxyTargetGroup"),
  RegisterDBProxyTargets: onProxy("RegisterDBProxyTargets"),
} satisfies Authorize;
