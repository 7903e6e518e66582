/** AWS::EFS::FileSystem: what is stored, and in elastic mode what is read and written. */
import { written } from "../columns.ts";
import type { PricedType } from "../priced-type.ts";
import { map, text } from "../reading.ts";

export const fileSystem: PricedType = {
  price({ properties }, desk) {
    const size = desk.expect("fileSystemGB");
    desk.charge({
      item: "EFS storage",
      price: ["efs", text(properties, "AvailabilityZoneName") === undefined ? "standard" : "oneZone.standard"],
      quantity: size,
      detail: `${written(size.expected)} GB`,
    });
    const mode = text(properties, "ThroughputMode") ?? "bursting";
    if (mode === "elastic") {
      for (const [what, item] of [
        ["reads", "elastic.readGb"],
        ["writes", "elastic.writeGb"],
      ] as const) {
        desk.charge({ item: `EFS ${what}`, price: ["efs", item], quantity: desk.expect("fileTransferGB"), detail: what });
      }
    } else if (mode === "provisioned") desk.unknown("provisioned throughput has no prices here");
    if (text(map(properties, "BackupPolicy"), "Status") === "ENABLED") {
      desk.charge({ item: "EFS backups", price: ["backup", "efsWarm"], quantity: desk.expect("fileSystemGB"), detail: "backups" });
    }
  },
};
