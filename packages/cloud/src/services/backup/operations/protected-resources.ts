/** What has been backed up: ListProtectedResources, DescribeProtectedResource. */
import { operation } from "../../../service.ts";
import { notFound } from "../errors.ts";
import { type RecoveryPoint, recoveryPoints } from "../job.ts";
import { page } from "../pages.ts";
import { vaultArn } from "../vault.ts";

/** The last recovery point of each resource that has one. */
function lastOfEach(points: readonly RecoveryPoint[]): RecoveryPoint[] {
  const last = new Map<string, RecoveryPoint>();
  for (const point of points.filter(({ status }) => status === "COMPLETED")) {
    const before = last.get(point.resourceArn);
    if (!before || point.completedMs > before.completedMs) last.set(point.resourceArn, point);
  }
  return [...last.values()].toSorted((a, b) => (a.resourceArn < b.resourceArn ? -1 : 1));
}

export const listProtectedResources = operation("backup", "ListProtectedResources", (input, { cloud, region, account }) => {
  const { items, ...more } = page(
    lastOfEach(recoveryPoints(cloud).list(region)),
    input,
    ({ resourceArn }) => resourceArn,
    "protected-resources",
  );
  return {
    Results: items.map((point) => ({
      ResourceArn: point.resourceArn,
      ResourceType: point.kind,
      LastBackupTime: new Date(point.completedMs),
      LastBackupVaultArn: vaultArn(region, account, point.vault),
      LastRecoveryPointArn: point.arn,
    })),
    ...more,
  };
});

export const describeProtectedResource = operation("backup", "DescribeProtectedResource", (input, { cloud, region, account }) => {
  const ResourceArn = input.ResourceArn ?? "";
  const [point] = lastOfEach(
    recoveryPoints(cloud)
      .list(region)
      .filter(({ resourceArn }) => resourceArn === ResourceArn),
  );
  if (!point) throw notFound(`Resource ${ResourceArn} not found.`);
  return {
    ResourceArn,
    ResourceType: point.kind,
    LastBackupTime: new Date(point.completedMs),
    LastBackupVaultArn: vaultArn(region, account, point.vault),
    LastRecoveryPointArn: point.arn,
  };
});
