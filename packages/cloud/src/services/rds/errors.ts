/** RDS's errors, in AWS's codes and words. */
import { AwsError } from "../../aws-error.ts";

const notFound = (code: string, message: string) => new AwsError(code, message, 404);

export const instanceNotFound = (identifier: string) => notFound("DBInstanceNotFound", `DBInstance ${identifier} not found.`);
export const instanceExists = () => new AwsError("DBInstanceAlreadyExists", "DB instance already exists");
export const invalidInstanceState = (message: string) => new AwsError("InvalidDBInstanceState", message);
export const subnetGroupNotFound = (name: string) => notFound("DBSubnetGroupNotFoundFault", `DB subnet group '${name}' does not exist.`);
export const subnetGroupExists = (name: string) =>
  new AwsError("DBSubnetGroupAlreadyExists", `The DB subnet group '${name}' already exists.`);
export const subnetGroupInUse = (name: string) =>
  new AwsError(
    "InvalidDBSubnetGroupStateFault",
    `Cannot delete the subnet group '${name}' because at least one database instance is still using it.`,
  );
export const tooFewZones = (zones: readonly string[]) =>
  new AwsError(
    "DBSubnetGroupDoesNotCoverEnoughAZs",
    `The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Current AZ coverage: ${zones.join(", ")}. Add subnets to cover at least 2 AZs.`,
  );
export const invalidSubnets = (ids: readonly string[]) =>
  new AwsError("InvalidSubnet", `Some input subnets in :[${ids.join(", ")}] are invalid.`);
export const parameterGroupNotFound = (name: string) => notFound("DBParameterGroupNotFound", `DBParameterGroup not found: ${name}`);
export const parameterGroupExists = (name: string) =>
  new AwsError("DBParameterGroupAlreadyExists", `Parameter group ${name} already exists`);
export const invalidParameterGroupState = (message: string) => new AwsError("InvalidDBParameterGroupState", message);
export const optionGroupNotFound = (name: string) => notFound("OptionGroupNotFoundFault", `Specified OptionGroupName: ${name} not found.`);
export const snapshotNotFound = (identifier: string) => notFound("DBSnapshotNotFound", `DBSnapshot ${identifier} not found.`);
export const snapshotExists = (identifier: string) =>
  new AwsError(
    "DBSnapshotAlreadyExists",
    `Cannot create the snapshot because a snapshot with the identifier ${identifier} already exists.`,
  );
export const invalidSnapshotState = (message: string) => new AwsError("InvalidDBSnapshotState", message);
export const automatedBackupNotFound = (id: string) =>
  notFound("DBInstanceAutomatedBackupNotFound", `DBInstanceAutomatedBackup ${id} not found.`);
export const invalidAutomatedBackupState = (message: string) => new AwsError("InvalidDBInstanceAutomatedBackupState", message);
export const pointInTimeNotEnabled = (identifier: string) =>
  new AwsError(
    "PointInTimeRestoreNotEnabled",
    `Point In Time Restore is not enabled for ${identifier}: its backup retention period is 0. Set BackupRetentionPeriod to 1 to 35 days; times from the first backup on can then be restored.`,
  );
export const certificateNotFound = (identifier: string) => notFound("CertificateNotFound", `Certificate not found: ${identifier}`);
export const logFileNotFound = (name: string) => notFound("DBLogFileNotFoundFault", `DBLog File: ${name}, is not found on the DB instance`);
export const invalidValue = (message: string) => new AwsError("InvalidParameterValue", message);
export const invalidCombination = (message: string) => new AwsError("InvalidParameterCombination", message);
export const clusterNotFound = (identifier: string) => notFound("DBClusterNotFoundFault", `DBCluster ${identifier} not found.`);
export const clusterExists = () => new AwsError("DBClusterAlreadyExistsFault", "DB Cluster already exists");
export const clusterSnapshotNotFound = (identifier: string) =>
  notFound("DBClusterSnapshotNotFoundFault", `DBClusterSnapshot ${identifier} not found.`);
export const clusterSnapshotExists = (identifier: string) =>
  new AwsError(
    "DBClusterSnapshotAlreadyExistsFault",
    `Cannot create the cluster snapshot because one with the identifier ${identifier} already exists.`,
  );
export const invalidClusterSnapshotState = (message: string) => new AwsError("InvalidDBClusterSnapshotStateFault", message);
export const invalidClusterState = (message: string) => new AwsError("InvalidDBClusterStateFault", message);
export const globalClusterNotFound = (identifier: string) =>
  notFound("GlobalClusterNotFoundFault", `Global cluster ${identifier} not found.`);
export const globalClusterExists = (identifier: string) =>
  new AwsError("GlobalClusterAlreadyExistsFault", `Global cluster ${identifier} already exists.`);
export const invalidGlobalState = (message: string) => new AwsError("InvalidGlobalClusterStateFault", message);
export const proxyNotFound = (name: string) =>
  notFound(
    "DBProxyNotFoundFault",
    `The specified proxy name ${name} doesn't correspond to a proxy owned by your Amazon Web Services account in the specified Amazon Web Services Region.`,
  );
export const proxyExists = (name: string) =>
  new AwsError("DBProxyAlreadyExistsFault", `Cannot create the DBProxy because a DBProxy with the identifier ${name} already exists.`);
export const invalidProxyState = (message: string) => new AwsError("InvalidDBProxyStateFault", message);
export const targetGroupNotFound = (name: string) =>
  notFound("DBProxyTargetGroupNotFoundFault", `The specified target group ${name} isn't available for a proxy of this account.`);
export const targetNotFound = (name: string) =>
  notFound("DBProxyTargetNotFoundFault", `The target ${name} isn't registered with the proxy.`);
export const targetRegistered = (name: string) =>
  new AwsError("DBProxyTargetAlreadyRegisteredFault", `The target ${name} is already registered with the proxy.`);
export const proxyEndpointNotFound = (name: string) =>
  notFound("DBProxyEndpointNotFoundFault", `The DB proxy endpoint ${name} doesn't exist.`);
export const proxyEndpointExists = (name: string) =>
  new AwsError(
    "DBProxyEndpointAlreadyExistsFault",
    `Cannot create the DBProxyEndpoint because a DBProxyEndpoint with the identifier ${name} already exists.`,
  );
export const clusterParameterGroupNotFound = (name: string) =>
  notFound("DBParameterGroupNotFound", `DBClusterParameterGroup not found: ${name}`);
/** AWS has it, the embedded cloud does not: said by name instead of answered falsely. */
export const notEmulated = (what: string) =>
  new AwsError(
    "NotImplemented",
    `The embedded cloud does not serve ${what}; packages/cloud/src/services/rds/README.md lists what it does.`,
    501,
  );
