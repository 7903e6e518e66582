/** AWS::Logs::ResourcePolicy: which services may write into log groups. EventBridge's rules are held to it. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { AwsError } from "../../../aws-error.ts";
import { resource } from "../../../resource.ts";
import type { Call } from "../../../service.ts";

type Properties = ResourceProperties["AWS::Logs::ResourcePolicy"];

async function put(call: Call, { PolicyName, PolicyDocument }: Properties) {
  const policyDocument = typeof PolicyDocument === "string" ? PolicyDocument : JSON.stringify(PolicyDocument);
  await call("logs", "PutResourcePolicy", { policyName: PolicyName, policyDocument });
  return { physicalId: PolicyName, attributes: {} };
}

export const logResourcePolicy = resource("AWS::Logs::ResourcePolicy", {
  coverage: { real: ["PolicyDocument", "PolicyName"] },
  /** Safe to repeat: it puts the same again. */
  create: ({ call, properties }) => put(call, properties),
  update: ({ call, properties }) => put(call, properties),
  async delete({ call, physicalId }) {
    try {
      await call("logs", "DeleteResourcePolicy", { policyName: physicalId });
    } catch (error) {
      if (!(error instanceof AwsError && error.code === "ResourceNotFoundException")) throw error;
    }
  },
});
