/** AWS::RDS::DBProxyTargetGroup: the database behind a proxy, registered with the one group that every proxy has. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { type Made, resource, type ResourceRequest } from "../../../resource.ts";
import { unlessGone } from "../../../stack-tags.ts";

type Properties = ResourceProperties["AWS::RDS::DBProxyTargetGroup"];
type Request = ResourceRequest<Properties>;

export const dbProxyTargetGroup = resource("AWS::RDS::DBProxyTargetGroup", {
  coverage: {
    real: ["ConnectionPoolConfigurationInfo", "DBClusterIdentifiers", "DBInstanceIdentifiers", "DBProxyName", "TargetGroupName"],
    refused: { "ConnectionPoolConfigurationInfo.SessionPinningFilters": "they are not for PostgreSQL" },
  },
  create: (request) => bring(request),
  update: (request) => bring(request),
  async delete(request) {
    const { properties, call } = request;
    const present = await registered(request).catch(unlessGone);
    if (!present || present.clusters.length + present.instances.length === 0) return;
    await call("rds", "DeregisterDBProxyTargets", {
      DBProxyName: properties.DBProxyName,
      DBClusterIdentifiers: present.clusters,
      DBInstanceIdentifiers: present.instances,
    }).catch(unlessGone);
  },
  // The group is the proxy's own, and what `create` does to it can be done again.
  find: async () => undefined,
});

/** The pool's limits and the targets as the template has them; those that it has no more go first. */
async function bring(request: Request): Promise<Made> {
  const { properties, call } = request;
  const { DBProxyName } = properties;
  const { SessionPinningFilters: _, ...pool } = properties.ConnectionPoolConfigurationInfo ?? {};
  const { DBProxyTargetGroup: group } = await call("rds", "ModifyDBProxyTargetGroup", {
    DBProxyName,
    TargetGroupName: "default",
    ConnectionPoolConfig: pool,
  });
  const present = await registered(request);
  const [clusters, instances] = [properties.DBClusterIdentifiers ?? [], properties.DBInstanceIdentifiers ?? []];
  const change = async (operation: "RegisterDBProxyTargets" | "DeregisterDBProxyTargets", of: string[], ofInstances: string[]) => {
    if (of.length + ofInstances.length > 0)
      await call("rds", operation, { DBProxyName, DBClusterIdentifiers: of, DBInstanceIdentifiers: ofInstances });
  };
  const lacking = (wanted: readonly string[], of: readonly string[]) => wanted.filter((name) => !of.includes(name.toLowerCase()));
  await change("DeregisterDBProxyTargets", lacking(present.clusters, clusters), lacking(present.instances, instances));
  await change("RegisterDBProxyTargets", lacking(clusters, present.clusters), lacking(instances, present.instances));
  return { physicalId: group!.TargetGroupArn!, attributes: { TargetGroupArn: group!.TargetGroupArn! } };
}

async function registered({ call, properties }: Request): Promise<{ clusters: string[]; instances: string[] }> {
  const { Targets: targets = [] } = await call("rds", "DescribeDBProxyTargets", { DBProxyName: properties.DBProxyName });
  return {
    clusters: targets.flatMap(({ Type, RdsResourceId }) => (Type === "TRACKED_CLUSTER" ? RdsResourceId! : [])),
    instances: targets.flatMap(({ Type, TrackedClusterId, RdsResourceId }) =>
      Type === "RDS_INSTANCE" && !TrackedClusterId ? RdsResourceId! : [],
    ),
  };
}
