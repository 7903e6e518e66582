/** AWS::ApplicationAutoScaling::ScalingPolicy. Its Ref is the policy's ARN. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import type { Input } from "../../../aws.ts";
import { AwsError } from "../../../aws-error.ts";
import { resource, type ResourceRequest } from "../../../resource.ts";

type Properties = ResourceProperties["AWS::ApplicationAutoScaling::ScalingPolicy"];
type Put = Input<"application-autoscaling", "PutScalingPolicy">;

export const scalingPolicy = resource("AWS::ApplicationAutoScaling::ScalingPolicy", {
  coverage: {
    real: [
      "PolicyName",
      "PolicyType",
      "ResourceId",
      "ScalableDimension",
      "ScalingTargetId",
      "ServiceNamespace",
      "StepScalingPolicyConfiguration",
      "TargetTrackingScalingPolicyConfiguration",
    ],
    refused: { PredictiveScalingPolicyConfiguration: "there is no forecast of load in the embedded cloud" },
    note: "Target tracking makes its own two alarms; step scaling waits for an alarm that names the policy.",
  },
  /** Put once or twice, it is the same policy: so a create that was interrupted is simply repeated. */
  create: put,
  update: put,
  async delete({ physicalId, call, properties }) {
    const { PolicyName, ServiceNamespace, ResourceId, ScalableDimension } = { ...properties, ...targetOf(properties) };
    const name = /:policyName\/(.*)$/u.exec(physicalId)?.[1] ?? PolicyName;
    try {
      await call("application-autoscaling", "DeleteScalingPolicy", {
        PolicyName: name,
        ServiceNamespace,
        ResourceId,
        ScalableDimension,
      } as Input<"application-autoscaling", "DeleteScalingPolicy">);
    } catch (error) {
      if (!(error instanceof AwsError && error.code === "ObjectNotFoundException")) throw error;
    }
  },
});

async function put({ call, properties }: ResourceRequest<Properties>) {
  const { ScalingTargetId: _id, ...rest } = properties;
  const { PolicyARN } = await call("application-autoscaling", "PutScalingPolicy", { ...rest, ...targetOf(properties) } as Put);
  return { physicalId: PolicyARN!, attributes: { Arn: PolicyARN! } };
}

/** A target is named by its Ref, or by its three members. */
function targetOf({ ScalingTargetId, ServiceNamespace, ResourceId, ScalableDimension }: Properties) {
  if (ScalingTargetId === undefined) {
    if (ServiceNamespace === undefined || ResourceId === undefined || ScalableDimension === undefined) {
      throw new AwsError(
        "ValidationException",
        "Either ScalingTargetId, or ResourceId, ScalableDimension and ServiceNamespace, must be specified",
      );
    }
    return { ServiceNamespace, ResourceId, ScalableDimension };
  }
  const [resourceId, dimension, namespace] = ScalingTargetId.split("|");
  return { ServiceNamespace: namespace, ResourceId: resourceId, ScalableDimension: dimension };
}
