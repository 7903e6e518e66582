/** Rotation and replication: there are no Lambda functions and no second Region's copies here, so both are refused by name. */
import { checkConstraints } from "../../../constraints.ts";
import { operation } from "../../../service.ts";
import { invalidParameter, invalidRequest, notServedHere } from "../errors.ts";
import { liveSecret } from "../secret.ts";
import { checkToken } from "../versions.ts";

const noFunction =
  "You tried to enable rotation on a secret that doesn't already have a Lambda function ARN configured and you didn't include such an ARN as a parameter in this call.";

export const rotateSecret = operation("secretsmanager", "RotateSecret", (input, context) => {
  const { SecretId, RotationLambdaARN, RotationRules, ClientRequestToken } = input;
  checkConstraints("ValidationException", {
    secretId: [SecretId, { length: [1, 2048] }],
    rotationLambdaARN: [RotationLambdaARN, { length: [0, 2048] }],
  });
  checkToken(ClientRequestToken);
  const days = RotationRules?.AutomaticallyAfterDays;
  if (days !== undefined && !(days >= 1 && days <= 1000)) {
    throw invalidParameter("RotationRules.AutomaticallyAfterDays must be within 1-1000.");
  }
  liveSecret(context, SecretId);
  if (RotationLambdaARN === undefined) throw invalidRequest(noFunction);
  throw notServedHere("rotate secrets (it runs no Lambda functions)");
});

/** No secret has a rotation here that could be cancelled. */
export const cancelRotateSecret = operation("secretsmanager", "CancelRotateSecret", ({ SecretId }, context) => {
  checkConstraints("ValidationException", { secretId: [SecretId, { length: [1, 2048] }] });
  liveSecret(context, SecretId);
  throw invalidRequest(noFunction);
});

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
