/** Each minute: what CloudWatch gets to know of every proxy, and the connections that it does not need any more. */
import { AwsError } from "../../../aws-error.ts";
import type { Cloud } from "../../../cloud.ts";
import { servicePrincipal } from "../../../identity/principal.ts";
import { proxies } from "./proxy.ts";
import { poolerOf } from "./service.ts";

export async function reportProxies(cloud: Cloud): Promise<void> {
  for (const { scope: region, value: proxy } of proxies(cloud).all()) {
    const poolers = [proxy.id, ...proxy.endpoints.map(({ id }) => id)].flatMap((id) => poolerOf(cloud, id) ?? []);
    const sum = (of: "clients" | "pinned" | "inTransaction" | "connections" | "lent") =>
      poolers.reduce((total, pooler) => total + pooler.counts()[of], 0);
    for (const pooler of poolers) pooler.trim();
    const values: [string, number][] = [
      ["ClientConnections", sum("clients")],
      ["DatabaseConnections", sum("connections")],
      ["DatabaseConnectionsCurrentlyBorrowed", sum("lent")],
      ["DatabaseConnectionsCurrentlyInTransaction", sum("inTransaction")],
      ["DatabaseConnectionsCurrentlySessionPinned", sum("pinned")],
    ];
    const call = cloud.as(servicePrincipal(cloud.account, "rds.amazonaws.com"), region);
    await call("cloudwatch", "PutMetricData", {
      Namespace: "AWS/RDS",
      MetricData: values.map(([MetricName, Value]) => ({
        MetricName,
        Dimensions: [{ Name: "ProxyName", Value: proxy.name }],
        Timestamp: new Date(cloud.world.clock.nowMs()),
        Value,
        Unit: "Count" as const,
      })),
    }).catch((error: unknown) => {
      // A cloud without CloudWatch has nobody to tell.
      if (!(error instanceof AwsError)) throw error;
    });
  }
}
