/** How much each file system holds, into CloudWatch (namespace AWS/EFS) every 15 minutes, as EFS measures it. */
import type { Cloud } from "../../cloud.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import { round } from "../../runtime/round.ts";
import { allFileSystems } from "./file-system.ts";
import { usedBytes } from "./used-bytes.ts";

const periodMs = 15 * 60_000;

export const metrics = round("efs: metrics", periodMs, publish);

async function publish(cloud: Cloud): Promise<void> {
  const timestamp = new Date(cloud.world.clock.nowMs());
  for (const { region, fileSystem } of allFileSystems(cloud)) {
    const bytes = await usedBytes(cloud, fileSystem.id);
    const call = cloud.as(servicePrincipal(cloud.account, "elasticfilesystem.amazonaws.com"), region);
    await call("cloudwatch", "PutMetricData", {
      Namespace: "AWS/EFS",
      MetricData: Object.entries({ Total: bytes, Standard: bytes, IA: 0, Archive: 0 }).map(([StorageClass, Value]) => ({
        MetricName: "StorageBytes",
        Dimensions: [
          { Name: "FileSystemId", Value: fileSystem.id },
          { Name: "StorageClass", Value: StorageClass },
        ],
        Timestamp: timestamp,
        Unit: "Bytes" as const,
        Value,
      })),
    });
  }
}
