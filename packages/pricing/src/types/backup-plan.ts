/** AWS::Backup::BackupPlan: costs nothing itself; what it copies to another region is data that leaves this one. */
import { written } from "../columns.ts";
import type { Desk, PricedType } from "../priced-type.ts";
import { map, maps } from "../reading.ts";

export const backupPlan: PricedType = {
  price(plan, desk) {
    for (const rule of maps(map(plan.properties, "BackupPlan"), "BackupPlanRule")) {
      for (const { DestinationBackupVaultArn: vault } of maps(rule, "CopyActions")) {
        if (regionOf(vault, desk) === plan.region) continue;
        const data = desk.expect("copiedGB");
        desk.charge({
          item: "data between regions",
          price: ["dataTransfer", "interRegion"],
          quantity: data,
          detail: `${written(data.expected)} GB of backups to another region`,
        });
      }
    }
  },
};

/** Where a vault stands: of the templates, or of its ARN; `undefined` where that is not known. */
function regionOf(vault: unknown, { set }: Desk): string | undefined {
  const [known] = set.named(vault);
  return known?.region ?? /^arn:[^:]+:backup:([a-z0-9-]+):/u.exec(String(vault))?.[1];
}
