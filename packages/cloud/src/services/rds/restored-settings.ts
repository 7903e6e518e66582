/** What an instance that is made from another's data takes over from it where the request says nothing. */
import type { Input } from "../../aws.ts";
import type { InstanceSettings } from "./instance.ts";

type Request = Omit<Input<"rds", "CreateDBInstance">, "Engine">;

/** @param asked what the request says of the new instance. */
export function settingsToRestore(
  source: { settings: InstanceSettings; storageEncrypted: boolean; kmsKeyId?: string | undefined },
  asked: Partial<Request> & Pick<Request, "DBInstanceIdentifier">,
): Request {
  const { settings } = source;
  const StorageType = asked.StorageType ?? settings.storageType;
  const sameType = StorageType === settings.storageType;
  const Iops = asked.Iops ?? (sameType ? settings.iops : undefined);
  const StorageThroughput = asked.StorageThroughput ?? (sameType && StorageType === "gp3" ? settings.storageThroughput : undefined);
  return {
    BackupRetentionPeriod: settings.backupRetentionDays,
    PreferredBackupWindow: settings.backupWindow,
    ...asked,
    DBInstanceClass: asked.DBInstanceClass ?? settings.instanceClass,
    AllocatedStorage: asked.AllocatedStorage ?? settings.allocatedStorage,
    StorageType,
    ...(Iops !== undefined && { Iops }),
    ...(StorageThroughput !== undefined && { StorageThroughput }),
    Port: asked.Port ?? settings.port,
    StorageEncrypted: source.storageEncrypted,
    ...(source.kmsKeyId && { KmsKeyId: source.kmsKeyId }),
  };
}
