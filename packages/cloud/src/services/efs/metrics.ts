/** How much each file system holds, into CloudWatch (namespace AWS/EFS) every 15 minutes, as EFS measures it. */
import { AwsError } from "../../aws-error.ts";
import type { Cloud } from "../../cloud.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import { allFileSystems } from "./file-system.ts";
import { usedBytes } from "./used-bytes.ts";

const periodMs = 15 * 60_000;
const key = Symbol("efs metrics");
const timer = (cloud: Cloud) => cloud.memory(key, () => ({ cancel: () => {}, rounds: new Set<Promise<void>>() }));

export function startMetrics(cloud: Cloud): void {
  const own = timer(cloud);
  own.cancel = cloud.world.clock.after(periodMs, () => {
    startMetrics(cloud);
    const round = publish(cloud)
      .catch((error: unknown) => {
        if (!(error instanceof AwsError && error.code === "NotImplemented")) console.error("efs: metrics were not written:", error);
      })
      .finally(() => own.rounds.delete(round));
    own.rounds.add(round);
  });
}

/** When it returns nothing is written any more. */
export async function stopMetrics(cloud: Cloud): Promise<void> {
  timer(cloud).cancel();
  await Promise.all(timer(cloud).rounds);
}

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
