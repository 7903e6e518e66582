/** AWS::SecretsManager::ResourcePolicy: who may read a secret beside those whom their own policies let, as a resource of its own. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { resource, type ResourceRequest } from "../../../resource.ts";
import { isNotFound } from "./Secret.ts";

type Properties = ResourceProperties["AWS::SecretsManager::ResourcePolicy"];

export const resourcePolicy = resource("AWS::SecretsManager::ResourcePolicy", {
  coverage: { real: ["BlockPublicPolicy", "ResourcePolicy", "SecretId"] },
  create: put,
  update: put,
  /** Putting it again changes nothing. */
  find: put,
  async delete({ call, properties: { SecretId } }) {
    try {
      await call("secretsmanager", "DeleteResourcePolicy", { SecretId });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  },
});

async function put({ call, properties }: ResourceRequest<Properties>) {
  const { SecretId, ResourcePolicy: policy, BlockPublicPolicy } = properties;
  const ResourcePolicy = typeof policy === "string" ? policy : JSON.stringify(policy);
  const { ARN } = await call("secretsmanager", "PutResourcePolicy", {
    SecretId,
    ResourcePolicy,
    ...(BlockPublicPolicy === undefined ? {} : { BlockPublicPolicy }),
  });
  return { physicalId: ARN!, attributes: { Id: ARN! } };
}
