/** AWS::Backup::BackupVault: what lies in it, at the rate of file systems where it is theirs, else of databases, which is the higher one. */
import { written } from "../columns.ts";
import type { Desk, PricedType } from "../priced-type.ts";
import { map } from "../reading.ts";
import type { SetResource } from "../stack-set.ts";

export const backupVault: PricedType = {
  price(vault, desk) {
    if (isOfFileSystems(vault, desk)) {
      const size = desk.expect("fileSystemGB");
      desk.charge({ item: "EFS backups", price: ["backup", "efsWarm"], quantity: size, detail: `${written(size.expected)} GB of backups` });
      return;
    }
    const size = desk.expect("backupGB");
    desk.charge({ item: "backups", price: ["backup", "rdsSnapshot"], quantity: size, detail: `${written(size.expected)} GB of backups` });
  },
};

/** Whether the plans that fill it select file systems and nothing else that is known; those of another region hand copies on. */
function isOfFileSystems(vault: SetResource, { set }: Desk): boolean {
  const selected = set
    .users("AWS::Backup::BackupPlan", "BackupPlan", vault)
    .flatMap((plan) => set.users("AWS::Backup::BackupSelection", "BackupPlanId", plan))
    .flatMap(({ properties }) => set.named(map(properties, "BackupSelection")?.["Resources"]));
  return selected.length > 0 && selected.every(({ type }) => type === "AWS::EFS::FileSystem");
}
