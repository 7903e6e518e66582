/** AWS::ECS::Cluster: itself free; Container Insights is billed by metric. */
import { maps, text } from "../reading.ts";
import type { PricedType } from "../priced-type.ts";

/**
 * How many metrics Container Insights keeps for a cluster, a service, and a family of tasks, counted from the table of dimensions in
 * the CloudWatch user guide ("Amazon ECS Container Insights metrics").
 */
const metrics = { cluster: 13, service: 15, family: 10 };

export const ecsCluster: PricedType = {
  shared: true,
  price(cluster, desk) {
    const setting = maps(cluster.properties, "ClusterSettings").find((one) => text(one, "Name") === "containerInsights");
    const value = text(setting, "Value") ?? "disabled";
    if (value === "disabled") return;
    const services = desk.set.users("AWS::ECS::Service", "Cluster", cluster);
    if (value === "enhanced")
      return desk.unknown("enhanced Container Insights: how many metrics it keeps depends on tasks and containers that come and go");
    const count = metrics.cluster + services.length * (metrics.service + metrics.family);
    desk.charge({
      item: "Container Insights",
      price: ["cloudwatch", "customMetric"],
      quantity: count,
      detail: `${count} metrics`,
    });
  },
};
