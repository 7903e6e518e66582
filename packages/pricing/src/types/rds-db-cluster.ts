/** AWS::RDS::DBCluster of Aurora PostgreSQL: storage, its reads and writes, backups; its instances are priced one by one. */
import { times, written, type Columns } from "../columns.ts";
import { chargeServerLog } from "../database-logs.ts";
import { hoursPerMonth } from "../price-list.ts";
import type { Desk, PricedType } from "../priced-type.ts";
import { figure, map, text } from "../reading.ts";
import type { SetResource } from "../stack-set.ts";

export const dbCluster: PricedType = {
  price(cluster, desk) {
    const engine = text(cluster.properties, "Engine") ?? "";
    if (engine !== "aurora-postgresql") return desk.unknown(`clusters of the engine ${engine || "of a deploy"} have no prices here`);
    const optimized = isOptimized(cluster);
    chargeServerLog(cluster.properties, desk, "cluster");
    const size = desk.expect("databaseGB");
    desk.charge({
      item: "Aurora storage",
      price: ["aurora.postgres", optimized ? "ioOptimized.storage" : "storage"],
      quantity: size,
      detail: `${written(size.expected)} GB`,
    });
    if (!optimized) {
      const requests = desk.expect("databaseIoRequests");
      desk.charge({
        item: "Aurora reads and writes",
        price: ["aurora.postgres", "ioRequests"],
        quantity: times(requests, 1e-6),
        detail: "reads and writes of storage",
      });
    }
    const days = figure(cluster.properties, "BackupRetentionPeriod") ?? 1;
    const overGB = size.expected * 0.02 * Math.max(0, days - 1);
    desk.charge({
      item: "Aurora backups",
      price: ["aurora.postgres", "backupOverFree"],
      quantity: overGB,
      detail: days > 1 ? `backups of ${days} days` : "backups of 1 day (free)",
    });
  },
};

const isOptimized = (cluster: SetResource | undefined) => text(cluster?.properties, "StorageType") === "aurora-iopt1";

/** An instance of an Aurora cluster: by the hour, or by capacity units within the bounds of its cluster. */
export function chargeAurora(instance: SetResource, engine: string, instanceClass: string, desk: Desk): void {
  const cluster = desk.set.named(instance.properties["DBClusterIdentifier"])[0];
  if (engine !== "" && engine !== "aurora-postgresql")
    return desk.unknown(`the engine ${engine} has no prices here; aurora-postgresql has`);
  if (instanceClass !== "db.serverless") {
    const price = ["aurora.postgres", instanceClass] as const;
    desk.charge({ item: "Aurora instance", price, quantity: hoursPerMonth, detail: instanceClass });
    return;
  }
  const bounds = map(cluster?.properties, "ServerlessV2ScalingConfiguration");
  const [least, greatest] = [figure(bounds, "MinCapacity"), figure(bounds, "MaxCapacity")];
  if (least === undefined || greatest === undefined) return desk.unknown("the capacity bounds of its cluster are not known");
  // With a least capacity of 0 it pauses; awake it takes at least half a unit.
  const floor = Math.max(least, 0.5);
  const acu = desk.expect("acu", { idle: floor, expected: floor, busy: Math.max(floor, greatest / 2) });
  const hours: Columns =
    least === 0 ? desk.expect("databaseAwakeHours") : { idle: hoursPerMonth, expected: hoursPerMonth, busy: hoursPerMonth };
  desk.charge({
    item: "Aurora capacity",
    price: ["aurora.postgres", isOptimized(cluster) ? "serverlessV2.ioOptimized.acuHour" : "serverlessV2.acuHour"],
    quantity: { idle: acu.idle * hours.idle, expected: acu.expected * hours.expected, busy: acu.busy * hours.busy },
    detail: `${written(least)}–${written(greatest)} ACU${least === 0 ? ", pauses" : ""}`,
  });
}
