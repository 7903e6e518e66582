/** Requests, bytes and shares of errors into CloudWatch, once a minute (namespace AWS/CloudFront, in us-east-1). */
import type { Cloud } from "../../cloud.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import { round } from "../../runtime/round.ts";
import { planeOf } from "./plane.ts";

export const metrics = round("cloudfront: metrics", 60_000, publishMetrics);

async function publishMetrics(cloud: Cloud): Promise<void> {
  const call = cloud.as(servicePrincipal(cloud.account, "cloudfront.amazonaws.com"), "us-east-1");
  const Timestamp = new Date(cloud.world.clock.nowMs());
  for (const { id, counts } of planeOf(cloud).edges.values()) {
    const { requests, downloaded, uploaded, clientErrors, serverErrors } = counts.take();
    if (requests === 0) continue;
    const Dimensions = [
      { Name: "DistributionId", Value: id },
      { Name: "Region", Value: "Global" },
    ];
    const datum = (MetricName: string, Value: number, Unit: "None" | "Percent") => ({ MetricName, Dimensions, Timestamp, Unit, Value });
    const share = (count: number) => (count / requests) * 100;
    await call("cloudwatch", "PutMetricData", {
      Namespace: "AWS/CloudFront",
      MetricData: [
        datum("Requests", requests, "None"),
        datum("BytesDownloaded", downloaded, "None"),
        datum("BytesUploaded", uploaded, "None"),
        datum("4xxErrorRate", share(clientErrors), "Percent"),
        datum("5xxErrorRate", share(serverErrors), "Percent"),
        datum("TotalErrorRate", share(clientErrors + serverErrors), "Percent"),
      ] as never,
    });
  }
}
