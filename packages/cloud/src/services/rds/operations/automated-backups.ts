/** DescribeDBInstanceAutomatedBackups, DeleteDBInstanceAutomatedBackup. */
import { markerPage } from "../../../marker-pages.ts";
import { operation, type OperationContext } from "../../../service.ts";
import { type AutomatedBackup, automatedBackupArn, automatedBackups, automatedBackupShape } from "../backup/automated-backup.ts";
import { forgetBackups, restoresFrom } from "../backup/automated-snapshots.ts";
import { retainedBackups } from "../backup/retained.ts";
import { automatedBackupNotFound, invalidAutomatedBackupState, invalidValue } from "../errors.ts";
import { applyFilters } from "../filters.ts";
import { arnOf } from "../names.ts";

export const describeDBInstanceAutomatedBackups = operation("rds", "DescribeDBInstanceAutomatedBackups", (input, context) => {
  let all = automatedBackups(context);
  if (input.DBInstanceIdentifier) {
    all = all.filter(({ instance }) => instance.identifier === input.DBInstanceIdentifier!.toLowerCase());
    if (all.length === 0) throw automatedBackupNotFound(input.DBInstanceIdentifier);
  }
  if (input.DbiResourceId || input.DBInstanceAutomatedBackupsArn) all = [findAutomatedBackup(context, input)];
  const filtered = applyFilters(all, input.Filters, {
    "db-instance-id": ({ instance }: AutomatedBackup) => [instance.identifier, arnOf(context, "db", instance.identifier)],
    "dbi-resource-id": ({ instance }: AutomatedBackup) => [instance.resourceId],
    status: ({ status }: AutomatedBackup) => [status],
  });
  const { items, Marker } = markerPage(filtered, input, ({ instance }) => instance.resourceId, "DBInstanceAutomatedBackups");
  return { DBInstanceAutomatedBackups: items.map((backup) => automatedBackupShape(context, backup)), ...(Marker && { Marker }) };
});

/** Only what a deleted instance left behind: those of a live one end with its retention. */
export const deleteDBInstanceAutomatedBackup = operation("rds", "DeleteDBInstanceAutomatedBackup", async (input, context) => {
  const { cloud, region } = context;
  if (!input.DbiResourceId && !input.DBInstanceAutomatedBackupsArn) {
    throw invalidValue("You must specify either DbiResourceId or DBInstanceAutomatedBackupsArn.");
  }
  const backup = findAutomatedBackup(context, input);
  const { resourceId, identifier } = backup.instance;
  if (backup.status !== "retained") {
    throw invalidAutomatedBackupState(
      `The automated backup of the DB instance ${identifier} is active: set its BackupRetentionPeriod to 0 to remove it.`,
    );
  }
  if (restoresFrom(cloud, region, resourceId).length > 0) {
    throw invalidAutomatedBackupState(`The automated backup of the DB instance ${identifier} is being restored.`);
  }
  retainedBackups(cloud).delete(region, resourceId);
  await forgetBackups(cloud, region, resourceId);
  return { DBInstanceAutomatedBackup: { ...automatedBackupShape(context, backup), Status: "deleting" } };
});

/** By resource id or ARN. */
export function findAutomatedBackup(
  context: OperationContext,
  {
    DbiResourceId: id,
    DBInstanceAutomatedBackupsArn: arn,
  }: { DbiResourceId?: string | undefined; DBInstanceAutomatedBackupsArn?: string | undefined },
): AutomatedBackup {
  const found = automatedBackups(context).find(
    ({ instance }) => instance.resourceId === id || automatedBackupArn(context, instance) === arn,
  );
  if (!found) throw automatedBackupNotFound(id ?? arn ?? "");
  return found;
}
