/** Copies in other Regions: ReplicateSecretToRegions, RemoveRegionsFromReplication, StopReplicationToReplica. */
import type { ReplicaRegionType } from "@aws-sdk/client-secrets-manager";
import { checkConstraints } from "../../../constraints.ts";
import { operation } from "../../../service.ts";
import { invalidParameter, invalidRequest } from "../errors.ts";
import { addReplica, keep, removeReplica, type Replica, replicationStatus } from "../replication.ts";
import { liveSecret, type Place, primarySecret, put } from "../secret.ts";

const regionPattern = "[a-z]+-[a-z]+(-[a-z]+)*-\\d+";

/** Throws where one is no Region, is the secret's own, or is named twice. */
export function checkedReplicas({ region }: Place, given: readonly ReplicaRegionType[]): Replica[] {
  for (const [index, { Region, KmsKeyId }] of given.entries()) {
    checkConstraints("ValidationException", {
      [`addReplicaRegions.${index + 1}.member.region`]: [Region, { length: [1, 128], pattern: `^(${regionPattern})$` }],
      [`addReplicaRegions.${index + 1}.member.kmsKeyId`]: [KmsKeyId, { length: [0, 2048] }],
    });
    if (Region === undefined || Region === region) throw invalidParameter("Invalid replica region.");
    if (given.findIndex((each) => each.Region === Region) !== index)
      throw invalidParameter(`Region ${Region} is specified more than once.`);
  }
  return given.map(({ Region, KmsKeyId }) => ({ region: Region!, ...(KmsKeyId && { kmsKeyId: KmsKeyId }) }));
}

export const replicateSecretToRegions = operation("secretsmanager", "ReplicateSecretToRegions", (input, context) => {
  const { SecretId, AddReplicaRegions, ForceOverwriteReplicaSecret: overwrite = false } = input;
  checkConstraints("ValidationException", {
    secretId: [SecretId, { length: [1, 2048] }],
    addReplicaRegions: [AddReplicaRegions, { length: [1, 2_147_483_647] }],
  });
  const replicas = checkedReplicas(context, AddReplicaRegions);
  const secret = primarySecret(context, SecretId);
  for (const replica of replicas) addReplica(context, secret, replica, overwrite);
  keep(context, secret);
  return { ARN: secret.arn, ReplicationStatus: replicationStatus(context, secret) };
});

export const removeRegionsFromReplication = operation("secretsmanager", "RemoveRegionsFromReplication", (input, context) => {
  const { SecretId, RemoveReplicaRegions: regions } = input;
  checkConstraints("ValidationException", {
    secretId: [SecretId, { length: [1, 2048] }],
    removeReplicaRegions: [regions, { length: [1, 2_147_483_647] }],
  });
  const secret = primarySecret(context, SecretId);
  for (const region of regions) removeReplica(context, secret, region);
  keep(context, secret);
  return { ARN: secret.arn, ReplicationStatus: replicationStatus(context, secret) };
});

/** Called in the copy's Region: it becomes a secret of its own. */
export const stopReplicationToReplica = operation("secretsmanager", "StopReplicationToReplica", ({ SecretId }, context) => {
  checkConstraints("ValidationException", { secretId: [SecretId, { length: [1, 2048] }] });
  const secret = liveSecret(context, SecretId);
  const { primaryRegion } = secret;
  if (primaryRegion === undefined)
    throw invalidRequest("Operation not permitted on a primary secret. Call must be made in replica secret's region.");
  const there = { ...context, region: primaryRegion };
  const primary = liveSecret(there, secret.name);
  primary.replicas = primary.replicas!.filter(({ region }) => region !== context.region);
  delete secret.primaryRegion;
  context.cloud.store.transaction(() => {
    put(context, secret);
    put(there, primary);
  });
  return { ARN: secret.arn };
});
