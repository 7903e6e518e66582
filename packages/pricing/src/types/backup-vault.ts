/** AWS::Backup::BackupVault: what lies in it, at the rate of databases, which is the higher one. */
import { written } from "../columns.ts";
import type { PricedType } from "../priced-type.ts";

export const backupVault: PricedType = {
  price(_, desk) {
    const size = desk.expect("backupGB");
    desk.charge({ item: "backups", price: ["backup", "rdsSnapshot"], quantity: size, detail: `${written(size.expected)} GB of backups` });
  },
};
