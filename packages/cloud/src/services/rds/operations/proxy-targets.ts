/** The database behind a proxy, and how many connections it may have to it: RegisterDBProxyTargets and its likes. */
import { markerPage } from "../../../marker-pages.ts";
import { operation, type OperationContext } from "../../../service.ts";
import { findCluster } from "../aurora/cluster.ts";
import { membersOf } from "../aurora/members.ts";
import { invalidCombination, invalidValue, targetGroupNotFound, targetNotFound, targetRegistered } from "../errors.ts";
import { findInstance } from "../instance.ts";
import { changeProxy, findProxy, type PoolConfiguration, proxies, type Proxy, type ProxyTarget } from "../proxy/proxy.ts";
import { targetGroupShape } from "../proxy/proxy-shape.ts";
import { clusterTarget, describeTargets, instanceTarget, type TargetShape } from "../proxy/target.ts";

const percent = { min: 1, max: 100 };
const borrowSeconds = { min: 0, max: 300 };

interface Names {
  DBClusterIdentifiers?: string[] | undefined;
  DBInstanceIdentifiers?: string[] | undefined;
}

export const registerDBProxyTargets = operation("rds", "RegisterDBProxyTargets", (input, context) => {
  const { cloud, region } = context;
  const proxy = groupOf(context, input.DBProxyName!, input.TargetGroupName);
  const named = targetsNamed(context, input);
  if (named.length === 0) throw invalidValue("Either DBInstanceIdentifiers or DBClusterIdentifiers must be specified.");
  for (const { target, name } of named) {
    if (proxy.targets.some(({ resourceId }) => resourceId === target.resourceId)) throw targetRegistered(name);
  }
  // Source: AWS, "RDS Proxy limitations".
  if (proxy.targets.length + named.length > 1) throw invalidCombination("A proxy can have one target DB instance or DB cluster.");
  changeProxy(cloud, region, proxy.id, (each) => (each.targets = [...each.targets, ...named.map(({ target }) => target)]));
  return { DBProxyTargets: named.flatMap(({ shapes }) => shapes) };
});

export const deregisterDBProxyTargets = operation("rds", "DeregisterDBProxyTargets", (input, context) => {
  const { cloud, region } = context;
  const proxy = groupOf(context, input.DBProxyName!, input.TargetGroupName);
  const named = targetsNamed(context, input);
  for (const { target, name } of named) {
    if (!proxy.targets.some(({ resourceId }) => resourceId === target.resourceId)) throw targetNotFound(name);
  }
  const gone = new Set(named.map(({ target }) => target.resourceId));
  changeProxy(cloud, region, proxy.id, (each) => (each.targets = each.targets.filter(({ resourceId }) => !gone.has(resourceId))));
  return {};
});

export const describeDBProxyTargets = operation("rds", "DescribeDBProxyTargets", async (input, context) => {
  const { cloud, region, account } = context;
  const proxy = groupOf(context, input.DBProxyName!, input.TargetGroupName);
  const all = await describeTargets(cloud, region, account, proxy);
  const { items, Marker } = markerPage(all, input, ({ TargetArn }) => TargetArn!, "Targets");
  return { Targets: items, ...(Marker && { Marker }) };
});

export const describeDBProxyTargetGroups = operation("rds", "DescribeDBProxyTargetGroups", (input, context) => {
  const { cloud, region } = context;
  const all = input.DBProxyName ? [groupOf(context, input.DBProxyName, input.TargetGroupName)] : proxies(cloud).list(region);
  const { items, Marker } = markerPage(all, input, ({ name }) => name, "TargetGroups");
  return { TargetGroups: items.map((proxy) => targetGroupShape(context, proxy)), ...(Marker && { Marker }) };
});

export const modifyDBProxyTargetGroup = operation("rds", "ModifyDBProxyTargetGroup", (input, context) => {
  const { cloud, region } = context;
  const proxy = groupOf(context, input.DBProxyName!, input.TargetGroupName);
  if (input.NewName && input.NewName !== "default") throw invalidCombination("The name of the default target group can't be changed.");
  const asked = input.ConnectionPoolConfig ?? {};
  const present = proxy.group.pool;
  const most = inRange("MaxConnectionsPercent", asked.MaxConnectionsPercent ?? present.maxConnectionsPercent, percent.min, percent.max);
  const kept = Math.min(most, present.maxIdleConnectionsPercent);
  const pool: PoolConfiguration = {
    maxConnectionsPercent: most,
    maxIdleConnectionsPercent: inRange("MaxIdleConnectionsPercent", asked.MaxIdleConnectionsPercent ?? kept, 0, most),
    borrowTimeoutSeconds: inRange(
      "ConnectionBorrowTimeout",
      asked.ConnectionBorrowTimeout ?? present.borrowTimeoutSeconds,
      borrowSeconds.min,
      borrowSeconds.max,
    ),
    initQuery: asked.InitQuery ?? present.initQuery,
  };
  if (asked.SessionPinningFilters?.length)
    throw invalidCombination("SessionPinningFilters aren't supported for the engine family POSTGRESQL.");
  const changed = changeProxy(cloud, region, proxy.id, (each) => {
    each.group = { ...each.group, pool, updatedMs: cloud.world.clock.nowMs() };
  })!;
  return { DBProxyTargetGroup: targetGroupShape(context, changed) };
});

function inRange(name: string, value: number, min: number, max: number): number {
  if (!Number.isInteger(value) || value < min || value > max)
    throw invalidValue(`${name} ${value} isn't valid. It must be between ${min} and ${max}.`);
  return value;
}

function groupOf({ cloud, region }: OperationContext, name: string, group: string | undefined): Proxy {
  const proxy = findProxy(cloud, region, name);
  if (group !== undefined && group !== "default") throw targetGroupNotFound(group);
  return proxy;
}

function targetsNamed(
  { cloud, region, account }: OperationContext,
  { DBClusterIdentifiers: clusters = [], DBInstanceIdentifiers: instances = [] }: Names,
): { target: ProxyTarget; name: string; shapes: TargetShape[] }[] {
  return [
    ...clusters.map((name) => {
      const cluster = findCluster(cloud, region, name);
      const members = membersOf(cloud, region, cluster).map((member) => ({
        ...instanceTarget(region, account, member, member.resourceId === cluster.writer ? "READ_WRITE" : "READ_ONLY"),
        TrackedClusterId: cluster.identifier,
      }));
      const target: ProxyTarget = { kind: "cluster", resourceId: cluster.resourceId };
      return { target, name, shapes: [clusterTarget(region, account, cluster), ...members] };
    }),
    ...instances.map((name) => {
      const instance = findInstance(cloud, region, name);
      const target: ProxyTarget = { kind: "instance", resourceId: instance.resourceId };
      return { target, name, shapes: [instanceTarget(region, account, instance, "READ_WRITE")] };
    }),
  ];
}
