/** AWS::SecretsManager::RotationSchedule: by which function, and when, a secret is rotated. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { AwsError } from "../../../aws-error.ts";
import { resource, type ResourceRequest } from "../../../resource.ts";
import { isNotFound } from "./Secret.ts";

type Properties = ResourceProperties["AWS::SecretsManager::RotationSchedule"];

const vendors = "secrets of other vendors are not rotated";

export const rotationSchedule = resource("AWS::SecretsManager::RotationSchedule", {
  coverage: {
    real: ["RotateImmediatelyOnUpdate", "RotationLambdaARN", "RotationRules", "SecretId"],
    refused: {
      ExternalSecretRotationMetadata: vendors,
      ExternalSecretRotationRoleArn: vendors,
      HostedRotationLambda: "AWS's own rotation functions are not here: give RotationLambdaARN",
    },
  },
  /** Safe to repeat: the token is that of the act, and so the version's id. */
  create: (request) => rotate(request),
  update: (request) => rotate(request),
  async delete({ call, physicalId }) {
    try {
      await call("secretsmanager", "CancelRotateSecret", { SecretId: physicalId });
    } catch (error) {
      if (!isNotFound(error) && !(error instanceof AwsError && error.code === "InvalidRequestException")) throw error;
    }
  },
});

async function rotate({ call, properties, token }: ResourceRequest<Properties>) {
  const { SecretId, RotationLambdaARN, RotationRules, RotateImmediatelyOnUpdate: RotateImmediately = true } = properties;
  const { VersionIdsToStages = {} } = await call("secretsmanager", "DescribeSecret", { SecretId });
  const { ARN = "" } = await call("secretsmanager", "RotateSecret", {
    SecretId,
    ...(RotationLambdaARN !== undefined && { RotationLambdaARN }),
    ...(RotationRules && { RotationRules }),
    RotateImmediately,
    // An update's token is the resource's: its version may be there from its making.
    ...(VersionIdsToStages[token] === undefined && { ClientRequestToken: token }),
  });
  return { physicalId: ARN, attributes: { Id: ARN } };
}
