/** AWS::RDS::DBInstance: the instance, its storage, backups over the free part, a public address; of Aurora the instance alone. */
import { chargeMonitoring, chargeServerLog } from "../database-logs.ts";
import { hoursPerMonth } from "../price-list.ts";
import type { Desk, PricedType } from "../priced-type.ts";
import { figure, holds, isUnknown, text } from "../reading.ts";
import type { SetResource } from "../stack-set.ts";
import { chargeAurora } from "./rds-db-cluster.ts";

export const dbInstance: PricedType = {
  price(instance, desk) {
    const { properties } = instance;
    const instanceClass = text(properties, "DBInstanceClass");
    chargeMonitoring(properties, desk);
    chargeServerLog(properties, desk, "instance");
    // A replica has the engine and the storage of what it follows.
    const followed = desk.set.named(properties["SourceDBInstanceIdentifier"])[0];
    const said = followed ? text(followed.properties, "Engine") : clusterOf(instance, desk)?.engine;
    const engine = (text(properties, "Engine") ?? said ?? "").toLowerCase();
    if (instanceClass === undefined) return desk.unknown("its DBInstanceClass is not known before the deploy");
    if (engine.startsWith("aurora") || properties["DBClusterIdentifier"] !== undefined)
      return chargeAurora(instance, engine, instanceClass, desk);
    if (engine === "") return desk.unknown("its engine is not known before the deploy");
    if (engine !== "postgres") return desk.unknown(`the engine ${engine} has no prices here; postgres has`);
    const zones = holds(properties, "MultiAZ") ? "multiAz" : "singleAz";
    const where = zones === "multiAz" ? " Multi-AZ" : "";
    desk.charge({
      item: "RDS instance",
      price: ["rds.postgres", `${instanceClass}.${zones}`],
      quantity: hoursPerMonth,
      detail: `${instanceClass}${where}`,
    });
    chargeStorage(followed ? storedAs(instance, followed) : properties, desk, zones, where);
    if (holds(properties, "PubliclyAccessible")) {
      desk.charge({ item: "public IPv4", price: ["publicIpv4", "hour"], quantity: hoursPerMonth, detail: "public IPv4" });
    }
  },
};

function clusterOf(instance: SetResource, desk: Desk): { engine: string | undefined } | undefined {
  const cluster = desk.set.named(instance.properties["DBClusterIdentifier"])[0];
  return cluster && { engine: text(cluster.properties, "Engine") };
}

/** What a replica says of its storage, else what it follows says; it has no backups of its own unless it says so. */
const storedAs = ({ properties: own }: SetResource, { properties: source }: SetResource): SetResource["properties"] => ({
  AllocatedStorage: own["AllocatedStorage"] ?? source["AllocatedStorage"],
  MaxAllocatedStorage: own["MaxAllocatedStorage"],
  StorageType: own["StorageType"] ?? source["StorageType"],
  Iops: own["Iops"] ?? source["Iops"],
  BackupRetentionPeriod: own["BackupRetentionPeriod"] ?? 0,
});

function chargeStorage(properties: SetResource["properties"], desk: Desk, zones: "multiAz" | "singleAz", where: string): void {
  if (isUnknown(properties, "AllocatedStorage")) return desk.unknown("its AllocatedStorage is not known before the deploy");
  const sizeGB = figure(properties, "AllocatedStorage");
  if (sizeGB === undefined) return desk.unknown("it does not say its AllocatedStorage (a snapshot's or another database's)");
  const kind = text(properties, "StorageType") ?? "gp2";
  if (kind !== "gp2" && kind !== "gp3") desk.unknown(`storage of the type ${kind} has no prices here`);
  else {
    desk.charge({
      item: "RDS storage",
      price: ["rds.postgres", `storage.${kind}.${zones}`],
      quantity: sizeGB,
      detail: `${sizeGB} GB ${kind}${where}`,
    });
  }
  const most = figure(properties, "MaxAllocatedStorage");
  if (most !== undefined && most > sizeGB) desk.unknown(`its storage may grow by itself to ${most} GB; ${sizeGB} GB are counted`);
  const iops = figure(properties, "Iops");
  if (iops !== undefined && kind === "gp3") {
    // From 400 GB on gp3 has 12,000 IOPS without charge, below that 3,000.
    const extra = Math.max(0, iops - (sizeGB >= 400 ? 12_000 : 3_000)) * (zones === "multiAz" ? 2 : 1);
    if (extra > 0) {
      const price = ["rds.postgres", "storage.gp3.iopsOverIncluded"] as const;
      desk.charge({ item: "RDS IOPS", price, quantity: extra, detail: `${extra} IOPS over those included` });
    }
  }
  const days = figure(properties, "BackupRetentionPeriod") ?? 1;
  if (days > 0) {
    // Daily backups hold what changed; about 2 % of the data in a day keeps a month of them below the free part.
    const overGB = Math.max(0, sizeGB * 0.02 * days - sizeGB);
    desk.charge({
      item: "RDS backups",
      price: ["rds.postgres", "backupOverFree"],
      quantity: overGB,
      detail: overGB > 0 ? `backups of ${days} days` : `backups of ${days} ${days === 1 ? "day" : "days"} (free)`,
    });
  }
}
