/** How secrets are read again: what they are called, never what they hold. */
import type { Readers } from "../../../resource.ts";

export const readers: Readers = {
  "AWS::SecretsManager::Secret": async ({ call, physicalId: SecretId }) => {
    const { Name, Description, KmsKeyId, Tags, DeletedDate } = await call("secretsmanager", "DescribeSecret", { SecretId });
    return DeletedDate ? undefined : { Name, Description: Description ?? null, KmsKeyId: KmsKeyId ?? null, Tags };
  },
  "AWS::SecretsManager::SecretTargetAttachment": async ({ call, physicalId: SecretId }) => {
    const { DeletedDate } = await call("secretsmanager", "DescribeSecret", { SecretId });
    return DeletedDate ? undefined : {};
  },
  "AWS::SecretsManager::ResourcePolicy": async ({ call, physicalId: SecretId }) => {
    const { ResourcePolicy } = await call("secretsmanager", "GetResourcePolicy", { SecretId });
    return ResourcePolicy === undefined ? undefined : { ResourcePolicy: JSON.parse(ResourcePolicy) as object };
  },
  "AWS::SecretsManager::RotationSchedule": async ({ call, properties: { SecretId } }) => {
    const { RotationEnabled, RotationLambdaARN, RotationRules } = await call("secretsmanager", "DescribeSecret", { SecretId });
    return RotationEnabled ? { RotationLambdaARN, RotationRules } : undefined;
  },
};
