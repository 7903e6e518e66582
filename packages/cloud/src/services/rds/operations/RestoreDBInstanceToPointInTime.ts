/** RestoreDBInstanceToPointInTime: another instance, with the data that the source had at that time. */
import { archiveFinished } from "../../../runtime/postgres/log-archive.ts";
import { operation, type OperationContext } from "../../../service.ts";
import { archiveFolder } from "../backup/archive.ts";
import { checkMoment } from "../backup/moment.ts";
import { retainedBackups } from "../backup/retained.ts";
import { checkEngine } from "../engine-versions.ts";
import { invalidCombination, invalidInstanceState, invalidValue } from "../errors.ts";
import { findInstance, type Instance, instanceFolder, instances } from "../instance.ts";
import { instanceShape } from "../instance-shape.ts";
import { create } from "../life.ts";
import { work } from "../work.ts";
import { makeMasterSecret } from "../master-secret.ts";
import { checkIdentifier } from "../names.ts";
import { newInstance, verifierOf } from "../new-instance.ts";
import { settingsToRestore } from "../restored-settings.ts";
import { runningServer } from "../servers.ts";
import { findAutomatedBackup } from "./automated-backups.ts";

export const restoreDBInstanceToPointInTime = operation("rds", "RestoreDBInstanceToPointInTime", async (input, context) => {
  const { cloud, region } = context;
  const identifier = checkIdentifier("TargetDBInstanceIdentifier", input.TargetDBInstanceIdentifier!, 63);
  if (input.Engine) checkEngine(input.Engine);
  if (input.DBName) throw invalidValue("DBName cannot be specified for this engine when restoring to a point in time.");
  const source = sourceOf(context, input);
  const deletedMs = retainedBackups(cloud).get(region, source.resourceId)?.deletedMs;
  if (source.createdMs === undefined || source.status === "failed") {
    throw invalidInstanceState(`The DB instance ${source.identifier} cannot be restored from while it is ${source.status}.`);
  }
  const { base, targetTime } = checkMoment(cloud, region, source, input, deletedMs);
  const { RestoreTime: _time, UseLatestRestorableTime: _latest, ...asked } = input;
  const made = await newInstance(
    context,
    settingsToRestore(source, { ...asked, DBInstanceIdentifier: identifier, Tags: input.Tags ?? source.tags }),
    {
      identifier,
      engineVersion: source.settings.engineVersion,
      masterUsername: source.masterUsername,
      databaseName: source.databaseName,
    },
  );
  if (deletedMs === undefined) await archiveUntilNow(context, source);
  const secret =
    input.ManageMasterUserPassword &&
    (await makeMasterSecret(cloud, region, { identifier, username: made.masterUsername, kmsKeyId: input.MasterUserSecretKmsKeyId }));
  const instance: Instance = {
    ...made,
    server: source.server,
    recovery: { resourceId: source.resourceId, base: base.folder, targetTime },
    ...(secret && { masterSecret: { arn: secret.arn }, masterVerifier: verifierOf(context, secret.password) }),
  };
  instances(cloud).put(region, identifier, instance);
  void work(cloud, region, instance.resourceId, (name) => create(cloud, region, name));
  return { DBInstance: instanceShape(context, instance) };
});

interface Source {
  SourceDBInstanceIdentifier?: string | undefined;
  SourceDbiResourceId?: string | undefined;
  SourceDBInstanceAutomatedBackupsArn?: string | undefined;
}

/** An instance by its name, or the automated backup of one, which may be gone. */
function sourceOf(context: OperationContext, input: Source): Instance {
  const { SourceDBInstanceIdentifier: identifier, SourceDbiResourceId: id, SourceDBInstanceAutomatedBackupsArn: arn } = input;
  if ([identifier, id, arn].filter((each) => each !== undefined).length !== 1) {
    throw invalidCombination(
      "You must specify exactly one of SourceDBInstanceIdentifier, SourceDbiResourceId and SourceDBInstanceAutomatedBackupsArn.",
    );
  }
  if (identifier !== undefined) return findInstance(context.cloud, context.region, identifier.replace(/^arn:.*:db:/, ""));
  return findAutomatedBackup(context, { DbiResourceId: id, DBInstanceAutomatedBackupsArn: arn }).instance;
}

/** What was committed until now comes into the archive, also of a server that stands still. */
async function archiveUntilNow({ cloud, region }: OperationContext, { resourceId, ...source }: Instance): Promise<void> {
  const server = runningServer(cloud, { resourceId });
  if (server) await server.archiveLog?.();
  else if (source.server === "native") {
    await archiveFinished(cloud, `${instanceFolder(cloud, region, resourceId)}/data`, archiveFolder(cloud, region, resourceId));
  }
}
