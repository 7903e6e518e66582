/** ElastiCache's errors, in AWS's codes and words. */
import { AwsError } from "../../aws-error.ts";

export const groupNotFound = (id: string) => new AwsError("ReplicationGroupNotFoundFault", `ReplicationGroup ${id} not found.`, 404);
export const groupExists = (id: string) => new AwsError("ReplicationGroupAlreadyExists", `Replication group with id ${id} already exists.`);
export const invalidGroupState = (message: string) => new AwsError("InvalidReplicationGroupState", message);
export const clusterNotFound = (id: string) => new AwsError("CacheClusterNotFound", `CacheCluster not found: ${id}`, 404);
export const userNotFound = (id: string) => new AwsError("UserNotFound", `User ${id} not found.`, 404);
export const userGroupNotFound = (id: string) => new AwsError("UserGroupNotFound", `User Group ${id} not found.`, 404);
export const subnetGroupNotFound = (name: string) =>
  new AwsError("CacheSubnetGroupNotFoundFault", `Cache subnet group ${name} does not exist.`);
export const subnetGroupExists = (name: string) =>
  new AwsError("CacheSubnetGroupAlreadyExists", `Cache subnet group ${name} already exists.`);
export const subnetGroupInUse = (name: string) =>
  new AwsError("CacheSubnetGroupInUse", `Cache subnet group ${name} is currently in use by a cache cluster.`);
export const invalidSubnets = (ids: readonly string[]) =>
  new AwsError("InvalidSubnet", `Some input subnets in :[${ids.join(", ")}] are invalid.`);
export const parameterGroupNotFound = (name: string) =>
  new AwsError("CacheParameterGroupNotFound", `CacheParameterGroup not found: ${name}`, 404);
export const parameterGroupExists = (name: string) =>
  new AwsError("CacheParameterGroupAlreadyExists", `CacheParameterGroup with name ${name} already exists.`);
export const invalidParameterGroupState = (message: string) => new AwsError("InvalidCacheParameterGroupState", message);
export const invalidArn = (arn: string) => new AwsError("InvalidARN", `ARN: ${arn} is invalid.`);
export const invalidValue = (message: string) => new AwsError("InvalidParameterValue", message);
export const invalidCombination = (message: string) => new AwsError("InvalidParameterCombination", message);
/** AWS has it, the embedded cloud does not: said by name instead of answered falsely. */
export const notEmulated = (what: string) =>
  new AwsError(
    "NotImplemented",
    `The embedded cloud does not serve ${what}; packages/cloud/src/services/elasticache/README.md lists what it does.`,
    501,
  );
