/** CreateDBInstance: makes a PostgreSQL server, of its own or of a cluster's. */
import { operation } from "../../../service.ts";
import { createMember } from "../aurora/member-life.ts";
import { newMember } from "../aurora/new-member.ts";
import { checkEngine, resolveVersion } from "../engine-versions.ts";
import { invalidCombination, invalidValue } from "../errors.ts";
import { instances } from "../instance.ts";
import { instanceShape } from "../instance-shape.ts";
import { create } from "../life.ts";
import { work } from "../work.ts";
import { makeMasterSecret } from "../master-secret.ts";
import { checkDatabaseName, checkIdentifier, checkMasterPassword, checkMasterUsername } from "../names.ts";
import { checkBackupWindow, checkMaintenanceWindow, checkOverlap } from "../windows.ts";
import { newInstance, verifierOf } from "../new-instance.ts";
import { checkStorageKey } from "../storage-key.ts";

export const createDBInstance = operation("rds", "CreateDBInstance", async (input, context) => {
  const { cloud, region } = context;
  const identifier = checkIdentifier("DBInstanceIdentifier", input.DBInstanceIdentifier!, 63);
  // The windows are told first of all that is wrong.
  if (input.PreferredMaintenanceWindow) {
    const maintenance = checkMaintenanceWindow(input.PreferredMaintenanceWindow);
    if (input.PreferredBackupWindow) checkOverlap(checkBackupWindow(input.PreferredBackupWindow), maintenance);
  }
  checkEngine(input.Engine!);
  if (input.DBClusterIdentifier) {
    const { instance } = newMember(context, input, identifier);
    instances(cloud).put(region, identifier, instance);
    void work(cloud, region, instance.resourceId, (name) => createMember(cloud, region, name));
    return { DBInstance: instanceShape(context, instance) };
  }
  if (input.Engine === "aurora-postgresql") throw invalidValue("The parameter DBClusterIdentifier must be provided and must not be blank.");
  const { version } = resolveVersion(input.EngineVersion);
  if (!input.MasterUsername) throw invalidValue("The parameter MasterUsername must be provided and must not be blank.");
  checkMasterUsername(input.MasterUsername);
  if (input.DBName) checkDatabaseName(input.DBName);
  if (input.ManageMasterUserPassword && input.MasterUserPassword !== undefined) {
    throw invalidCombination("You can't specify MasterUserPassword for an instance with ManageMasterUserPassword enabled.");
  }
  if (!input.ManageMasterUserPassword && !input.MasterUserPassword) {
    throw invalidValue("The parameter MasterUserPassword must be provided and must not be blank.");
  }
  if (input.MasterUserPassword !== undefined) checkMasterPassword(input.MasterUserPassword);
  checkStorageKey(context, input.KmsKeyId);
  const made = await newInstance(context, input, {
    identifier,
    engineVersion: version,
    masterUsername: input.MasterUsername,
    databaseName: input.DBName,
  });
  let password = input.MasterUserPassword;
  if (input.ManageMasterUserPassword) {
    const secret = await makeMasterSecret(cloud, region, {
      identifier,
      username: made.masterUsername,
      kmsKeyId: input.MasterUserSecretKmsKeyId,
    });
    made.masterSecret = { arn: secret.arn, ...(input.MasterUserSecretKmsKeyId && { kmsKeyId: input.MasterUserSecretKmsKeyId }) };
    password = secret.password;
  }
  const instance = { ...made, masterVerifier: verifierOf(context, password!) };
  instances(cloud).put(region, identifier, instance);
  void work(cloud, region, instance.resourceId, (name) => create(cloud, region, name));
  return { DBInstance: instanceShape(context, instance) };
});
