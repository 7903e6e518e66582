/** Further endpoints of a proxy, for reading on the readers of a cluster or for another network. */
import { markerPage } from "../../../marker-pages.ts";
import { operation, type OperationContext } from "../../../service.ts";
import { invalidProxyState, proxyEndpointExists, proxyEndpointNotFound, notEmulated } from "../errors.ts";
import { checkIdentifier } from "../names.ts";
import { defaultSecurityGroup, subnetPlaces } from "../network.ts";
import { changeProxy, findProxy, newProxyId, proxies, type Proxy, type ProxyEndpoint } from "../proxy/proxy.ts";
import { endpointShape } from "../proxy/proxy-shape.ts";
import { closeProxy, openProxy } from "../proxy/service.ts";
import { checkedTags } from "../tags.ts";

const nameLength = 63;

export const createDBProxyEndpoint = operation("rds", "CreateDBProxyEndpoint", async (input, context) => {
  const { cloud, region } = context;
  const proxy = findProxy(cloud, region, input.DBProxyName!);
  const name = checkIdentifier("DBProxyEndpointName", input.DBProxyEndpointName!, nameLength);
  if (allEndpoints(context).some(({ endpoint }) => endpoint.name === name)) throw proxyEndpointExists(name);
  if (proxy.status !== "available") throw invalidProxyState(`The proxy ${proxy.name} is not in available state.`);
  if (input.EndpointNetworkType && input.EndpointNetworkType !== "IPV4") throw notEmulated("DB proxy endpoints with IPv6");
  const [place] = await subnetPlaces(context, input.VpcSubnetIds!);
  const endpoint: ProxyEndpoint = {
    name,
    id: newProxyId(cloud, "prx-endpoint-"),
    status: "creating",
    role: input.TargetRole ?? "READ_WRITE",
    subnets: input.VpcSubnetIds!,
    securityGroups: input.VpcSecurityGroupIds?.length ? input.VpcSecurityGroupIds : await defaultSecurityGroup(context, place!.vpc),
    vpc: place!.vpc,
    createdMs: cloud.world.clock.nowMs(),
    tags: checkedTags(input.Tags),
  };
  changeProxy(cloud, region, proxy.id, (each) => each.endpoints.push(endpoint));
  await openProxy(cloud, region, proxy.id, endpoint);
  const made = findEndpoint(context, name);
  return { DBProxyEndpoint: endpointShape(context, made.proxy, { ...made.endpoint, status: "creating" }) };
});

export const describeDBProxyEndpoints = operation("rds", "DescribeDBProxyEndpoints", (input, context) => {
  const { DBProxyEndpointName: name, DBProxyName: of } = input;
  if (of) findProxy(context.cloud, context.region, of);
  const all = name ? [findEndpoint(context, name)] : allEndpoints(context);
  const wanted = all.filter(({ proxy }) => !of || proxy.name === of.toLowerCase());
  const { items, Marker } = markerPage(wanted, input, ({ endpoint }) => endpoint.name, "DBProxyEndpoints");
  return { DBProxyEndpoints: items.map(({ proxy, endpoint }) => endpointShape(context, proxy, endpoint)), ...(Marker && { Marker }) };
});

export const modifyDBProxyEndpoint = operation("rds", "ModifyDBProxyEndpoint", (input, context) => {
  const { cloud, region } = context;
  const { proxy, endpoint } = findEndpoint(context, input.DBProxyEndpointName!);
  const name = input.NewDBProxyEndpointName
    ? checkIdentifier("NewDBProxyEndpointName", input.NewDBProxyEndpointName, nameLength)
    : endpoint.name;
  if (name !== endpoint.name && allEndpoints(context).some((each) => each.endpoint.name === name)) throw proxyEndpointExists(name);
  const groups = input.VpcSecurityGroupIds;
  const changed = changeProxy(cloud, region, proxy.id, (each) => {
    each.endpoints = each.endpoints.map((one) =>
      one.id === endpoint.id ? { ...one, name, securityGroups: groups ?? one.securityGroups } : one,
    );
  })!;
  return {
    DBProxyEndpoint: endpointShape(
      context,
      changed,
      changed.endpoints.find(({ id }) => id === endpoint.id)!,
    ),
  };
});

export const deleteDBProxyEndpoint = operation("rds", "DeleteDBProxyEndpoint", async (input, context) => {
  const { cloud, region } = context;
  const { proxy, endpoint } = findEndpoint(context, input.DBProxyEndpointName!);
  changeProxy(cloud, region, proxy.id, (each) => (each.endpoints = each.endpoints.filter(({ id }) => id !== endpoint.id)));
  await closeProxy(cloud, region, endpoint.id);
  return { DBProxyEndpoint: endpointShape(context, proxy, { ...endpoint, status: "deleting" }) };
});

function allEndpoints({ cloud, region }: Pick<OperationContext, "cloud" | "region">): { proxy: Proxy; endpoint: ProxyEndpoint }[] {
  return proxies(cloud)
    .list(region)
    .flatMap((proxy) => proxy.endpoints.map((endpoint) => ({ proxy, endpoint })));
}

function findEndpoint(context: Pick<OperationContext, "cloud" | "region">, name: string): { proxy: Proxy; endpoint: ProxyEndpoint } {
  const found = allEndpoints(context).find(({ endpoint }) => endpoint.name === name.toLowerCase());
  if (!found) throw proxyEndpointNotFound(name);
  return found;
}
