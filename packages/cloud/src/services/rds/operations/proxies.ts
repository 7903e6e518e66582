/** CreateDBProxy, DescribeDBProxies, ModifyDBProxy, DeleteDBProxy. */
import type { Input } from "../../../aws.ts";
import { markerPage } from "../../../marker-pages.ts";
import { operation } from "../../../service.ts";
import { invalidCombination, invalidProxyState, invalidValue, notEmulated, proxyExists } from "../errors.ts";
import { checkIdentifier } from "../names.ts";
import { defaultSecurityGroup, subnetPlaces } from "../network.ts";
import { changeProxy, findProxy, newProxyId, proxies, type Proxy, type ProxyAuth } from "../proxy/proxy.ts";
import { proxyShape } from "../proxy/proxy-shape.ts";
import { closeProxy, openProxy } from "../proxy/service.ts";
import { checkedTags } from "../tags.ts";

const idleClientSeconds = { min: 1, max: 28_800, default: 1800 };
const nameLength = 60;
const defaultPool = { maxConnectionsPercent: 100, maxIdleConnectionsPercent: 50, borrowTimeoutSeconds: 120 };

export const createDBProxy = operation("rds", "CreateDBProxy", async (input, context) => {
  const { cloud, region } = context;
  const name = checkIdentifier("DBProxyName", input.DBProxyName!, nameLength);
  if (proxies(cloud).has(region, name)) throw proxyExists(name);
  if (input.EngineFamily !== "POSTGRESQL") throw notEmulated(`proxies of the engine family ${input.EngineFamily}`);
  if (input.DefaultAuthScheme === "IAM_AUTH") throw notEmulated("end-to-end IAM authentication of DB proxies (DefaultAuthScheme IAM_AUTH)");
  for (const type of [input.EndpointNetworkType, input.TargetConnectionNetworkType]) {
    if (type && type !== "IPV4") throw notEmulated("DB proxies with IPv6");
  }
  const places = await subnetPlaces(context, input.VpcSubnetIds!);
  if (new Set(places.map(({ zone }) => zone)).size < 2) throw invalidValue("DBProxy requires subnets in at least two Availability Zones.");
  const nowMs = cloud.world.clock.nowMs();
  const vpc = places[0]!.vpc;
  const proxy: Proxy = {
    name,
    id: newProxyId(cloud, "prx-"),
    status: "creating",
    auth: authOf(input.Auth),
    roleArn: input.RoleArn!,
    subnets: input.VpcSubnetIds!,
    securityGroups: input.VpcSecurityGroupIds?.length ? input.VpcSecurityGroupIds : await defaultSecurityGroup(context, vpc),
    vpc,
    requireTls: input.RequireTLS ?? false,
    idleClientTimeoutSeconds: checkIdle(input.IdleClientTimeout ?? idleClientSeconds.default),
    debugLogging: input.DebugLogging ?? false,
    group: { id: newProxyId(cloud, "prx-tg-"), pool: defaultPool, createdMs: nowMs, updatedMs: nowMs },
    targets: [],
    endpoints: [],
    createdMs: nowMs,
    updatedMs: nowMs,
    tags: checkedTags(input.Tags),
  };
  proxies(cloud).put(region, name, proxy);
  await openProxy(cloud, region, proxy.id);
  return { DBProxy: proxyShape(context, { ...findProxy(cloud, region, name), status: "creating" }) };
});

function authOf(auth: Input<"rds", "CreateDBProxy">["Auth"]): ProxyAuth[] {
  if (!auth?.length) throw invalidValue("Auth must name at least one secret: the proxy lets in the role of each.");
  return auth.map(({ SecretArn, IAMAuth, ClientPasswordAuthType: type = "POSTGRES_SCRAM_SHA_256", Description, UserName }) => {
    if (!SecretArn) throw invalidValue("Auth must name a SecretArn where its AuthScheme is SECRETS.");
    if (IAMAuth === "ENABLED") throw invalidCombination("IAMAuth ENABLED isn't supported for POSTGRESQL.");
    if (UserName) throw invalidCombination("UserName can't be given: it is read from the secret.");
    if (type === "POSTGRES_MD5") throw notEmulated("MD5 passwords of DB proxies: use POSTGRES_SCRAM_SHA_256. ClientPasswordAuthType");
    if (type !== "POSTGRES_SCRAM_SHA_256") throw invalidCombination(`ClientPasswordAuthType ${type} isn't supported for POSTGRESQL.`);
    return { secretArn: SecretArn, description: Description, clientPasswordAuthType: type, iam: IAMAuth === "REQUIRED" };
  });
}

function checkIdle(seconds: number): number {
  const { min, max } = idleClientSeconds;
  if (!Number.isInteger(seconds) || seconds < min || seconds > max)
    throw invalidValue(`IdleClientTimeout ${seconds} isn't valid. It must be between ${min} and ${max} seconds.`);
  return seconds;
}

export const describeDBProxies = operation("rds", "DescribeDBProxies", (input, context) => {
  const { cloud, region } = context;
  const all = input.DBProxyName ? [findProxy(cloud, region, input.DBProxyName)] : proxies(cloud).list(region);
  const { items, Marker } = markerPage(all, input, ({ name }) => name, "DBProxies");
  return { DBProxies: items.map((proxy) => proxyShape(context, proxy)), ...(Marker && { Marker }) };
});

export const modifyDBProxy = operation("rds", "ModifyDBProxy", (input, context) => {
  const { cloud, region } = context;
  const proxy = findProxy(cloud, region, input.DBProxyName!);
  if (proxy.status !== "available") throw invalidProxyState(`The proxy ${proxy.name} is not in available state.`);
  if (input.DefaultAuthScheme === "IAM_AUTH") throw notEmulated("end-to-end IAM authentication of DB proxies (DefaultAuthScheme IAM_AUTH)");
  const name = input.NewDBProxyName ? checkIdentifier("NewDBProxyName", input.NewDBProxyName, nameLength) : proxy.name;
  if (name !== proxy.name && proxies(cloud).has(region, name)) throw proxyExists(name);
  const auth = input.Auth && authOf(input.Auth);
  const idle = input.IdleClientTimeout === undefined ? undefined : checkIdle(input.IdleClientTimeout);
  const changed = changeProxy(cloud, region, proxy.id, (each) => {
    each.name = name;
    each.auth = auth ?? each.auth;
    each.requireTls = input.RequireTLS ?? each.requireTls;
    each.idleClientTimeoutSeconds = idle ?? each.idleClientTimeoutSeconds;
    each.debugLogging = input.DebugLogging ?? each.debugLogging;
    each.roleArn = input.RoleArn ?? each.roleArn;
    each.securityGroups = input.SecurityGroups ?? each.securityGroups;
    each.updatedMs = cloud.world.clock.nowMs();
  })!;
  return { DBProxy: proxyShape(context, changed) };
});

/** Its endpoints go with it, and its clients are cut. */
export const deleteDBProxy = operation("rds", "DeleteDBProxy", async (input, context) => {
  const { cloud, region } = context;
  const proxy = findProxy(cloud, region, input.DBProxyName!);
  changeProxy(cloud, region, proxy.id, (each) => (each.status = "deleting"));
  for (const { id } of [proxy, ...proxy.endpoints]) await closeProxy(cloud, region, id);
  proxies(cloud).delete(region, proxy.name);
  return { DBProxy: proxyShape(context, { ...proxy, status: "deleting" }) };
});
