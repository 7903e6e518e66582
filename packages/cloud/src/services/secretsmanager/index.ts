/** Secrets Manager in the embedded cloud. README.md says what is real, recorded and refused. */
import { type Authorization, defineService, type OperationContext } from "../../service.ts";
import { startRotations, stopRotations } from "./life.ts";
import { createSecret } from "./operations/CreateSecret.ts";
import { deleteSecret, restoreSecret } from "./operations/deleting.ts";
import { describeSecret, listSecrets, listSecretVersionIds } from "./operations/describing.ts";
import { getRandomPassword } from "./operations/GetRandomPassword.ts";
import { deleteResourcePolicy, getResourcePolicy, putResourcePolicy, validateResourcePolicy } from "./operations/policies.ts";
import * as replication from "./operations/replication.ts";
import * as rotation from "./operations/rotation.ts";
import { tagResource, untagResource } from "./operations/tags.ts";
import { updateSecret } from "./operations/UpdateSecret.ts";
import { updateSecretVersionStage } from "./operations/UpdateSecretVersionStage.ts";
import { batchGetSecretValue, getSecretValue, putSecretValue } from "./operations/values.ts";
import { resourcePolicy } from "./resources/ResourcePolicy.ts";
import { rotationSchedule } from "./resources/RotationSchedule.ts";
import { secret } from "./resources/Secret.ts";
import { secretTargetAttachment } from "./resources/SecretTargetAttachment.ts";
import { arnOf, viewSecret } from "./secret.ts";
import { readers } from "./resources/readers.ts";

interface Input {
  SecretId?: string | undefined;
  VersionId?: string | undefined;
  VersionStage?: string | undefined;
  Tags?: { Key?: string | undefined; Value?: string | undefined }[] | undefined;
  TagKeys?: string[] | undefined;
}

/** The action on the secret that the input names, in view of its own policy and tags. */
const on =
  (action: string) =>
  (input: Input, context: OperationContext): Authorization[] => {
    const id = input.SecretId ?? "";
    const found = viewSecret(context, id);
    const resource = found?.arn ?? (id.startsWith("arn:") ? id : arnOf(context, id));
    const conditions: Record<string, string | string[]> = { "secretsmanager:SecretId": resource, ...requestTags(input) };
    if (input.VersionId !== undefined) conditions["secretsmanager:VersionId"] = input.VersionId;
    if (action === "GetSecretValue" || input.VersionStage !== undefined) {
      conditions["secretsmanager:VersionStage"] = input.VersionStage ?? "AWSCURRENT";
    }
    for (const { Key, Value } of found?.tags ?? []) {
      conditions[`aws:ResourceTag/${Key}`] = Value;
      conditions[`secretsmanager:ResourceTag/${Key}`] = Value;
    }
    return [{ action: `secretsmanager:${action}`, resource, conditions, resourcePolicy: found?.resourcePolicy }];
  };

function requestTags({ Tags, TagKeys }: Input): Record<string, string | string[]> {
  const keys = [...(Tags ?? []).map(({ Key = "" }) => Key), ...(TagKeys ?? [])];
  return {
    ...(keys.length > 0 && { "aws:TagKeys": keys }),
    ...Object.fromEntries((Tags ?? []).map(({ Key = "", Value = "" }) => [`aws:RequestTag/${Key}`, Value])),
  };
}

export const secretsmanager = defineService({
  id: "secretsmanager",
  operations: {
    BatchGetSecretValue: batchGetSecretValue,
    CancelRotateSecret: rotation.cancelRotateSecret,
    CreateSecret: createSecret,
    DeleteResourcePolicy: deleteResourcePolicy,
    DeleteSecret: deleteSecret,
    DescribeSecret: describeSecret,
    GetRandomPassword: getRandomPassword,
    GetResourcePolicy: getResourcePolicy,
    GetSecretValue: getSecretValue,
    ListSecretVersionIds: listSecretVersionIds,
    ListSecrets: listSecrets,
    PutResourcePolicy: putResourcePolicy,
    PutSecretValue: putSecretValue,
    RemoveRegionsFromReplication: replication.removeRegionsFromReplication,
    ReplicateSecretToRegions: replication.replicateSecretToRegions,
    RestoreSecret: restoreSecret,
    RotateSecret: rotation.rotateSecret,
    StopReplicationToReplica: replication.stopReplicationToReplica,
    TagResource: tagResource,
    UntagResource: untagResource,
    UpdateSecret: updateSecret,
    UpdateSecretVersionStage: updateSecretVersionStage,
    ValidateResourcePolicy: validateResourcePolicy,
  },
  authorize: {
    CancelRotateSecret: on("CancelRotateSecret"),
    CreateSecret: (input, context) => [
      {
        action: "secretsmanager:CreateSecret",
        resource: arnOf(context, input.Name),
        conditions: { "secretsmanager:Name": input.Name, ...requestTags(input) },
      },
      ...(input.AddReplicaRegions?.length
        ? [{ action: "secretsmanager:ReplicateSecretToRegions", resource: arnOf(context, input.Name) }]
        : []),
    ],
    DeleteResourcePolicy: on("DeleteResourcePolicy"),
    DeleteSecret: on("DeleteSecret"),
    DescribeSecret: on("DescribeSecret"),
    GetResourcePolicy: on("GetResourcePolicy"),
    GetSecretValue: on("GetSecretValue"),
    ListSecretVersionIds: on("ListSecretVersionIds"),
    PutResourcePolicy: on("PutResourcePolicy"),
    PutSecretValue: on("PutSecretValue"),
    RemoveRegionsFromReplication: on("RemoveRegionsFromReplication"),
    ReplicateSecretToRegions: on("ReplicateSecretToRegions"),
    RestoreSecret: on("RestoreSecret"),
    // Whoever sets a rotation up must be allowed to call its function.
    RotateSecret: (input, context) => [
      ...on("RotateSecret")(input, context),
      ...(input.RotationLambdaARN ? [{ action: "lambda:InvokeFunction", resource: input.RotationLambdaARN }] : []),
    ],
    StopReplicationToReplica: on("StopReplicationToReplica"),
    TagResource: on("TagResource"),
    UntagResource: on("UntagResource"),
    UpdateSecret: on("UpdateSecret"),
    UpdateSecretVersionStage: on("UpdateSecretVersionStage"),
    ValidateResourcePolicy: on("ValidateResourcePolicy"),
  },
  readers,
  resources: {
    "AWS::SecretsManager::ResourcePolicy": resourcePolicy,
    "AWS::SecretsManager::RotationSchedule": rotationSchedule,
    "AWS::SecretsManager::Secret": secret,
    "AWS::SecretsManager::SecretTargetAttachment": secretTargetAttachment,
  },
  start: startRotations,
  stop: stopRotations,
  reset: stopRotations,
});
