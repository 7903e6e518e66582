/** Replication to other Regions: there are no second Region's copies here, so it is refused by name. */
import { operation } from "../../../service.ts";
import { notServedHere } from "../errors.ts";
import { liveSecret } from "../secret.ts";

export const replicateSecretToRegions = operation("secretsmanager", "ReplicateSecretToRegions", ({ SecretId }, context) => {
  liveSecret(context, SecretId);
  throw notServedHere("replicate secrets to other Regions");
});

export const removeRegionsFromReplication = operation("secretsmanager", "RemoveRegionsFromReplication", ({ SecretId }, context) => {
  liveSecret(context, SecretId);
  throw notServedHere("replicate secrets to other Regions");
});

export const stopReplicationToReplica = operation("secretsmanager", "StopReplicationToReplica", ({ SecretId }, context) => {
  liveSecret(context, SecretId);
  throw notServedHere("replicate secrets to other Regions");
});
