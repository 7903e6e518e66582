/** How scalable targets and their policies are read again. */
import type { Input } from "../../../aws.ts";
import type { Readers } from "../../../resource.ts";

type Named = Pick<Required<Input<"application-autoscaling", "RegisterScalableTarget">>, "ServiceNamespace" | "ScalableDimension">;

export const readers: Readers = {
  "AWS::ApplicationAutoScaling::ScalableTarget": async ({ call, physicalId }) => {
    const [ResourceId = "", ScalableDimension, ServiceNamespace] = physicalId.split("|");
    const named = { ScalableDimension, ServiceNamespace } as Named;
    const { ScalableTargets = [] } = await call("application-autoscaling", "DescribeScalableTargets", {
      ...named,
      ResourceIds: [ResourceId],
    });
    // Whatever role is named, the service-linked one scales.
    const { RoleARN: _, ...target } = ScalableTargets[0] ?? {};
    return ScalableTargets[0] && target;
  },
  "AWS::ApplicationAutoScaling::ScalingPolicy": async ({ call, physicalId, properties }) => {
    const [, ServiceNamespace] = /:resource\/([^/]+)\//.exec(physicalId) ?? [];
    const { ScalingPolicies = [] } = await call("application-autoscaling", "DescribeScalingPolicies", {
      ServiceNamespace: ServiceNamespace as Named["ServiceNamespace"],
      PolicyNames: [properties.PolicyName],
    });
    return ScalingPolicies.find(({ PolicyARN }) => PolicyARN === physicalId) as object | undefined as Record<string, unknown> | undefined;
  },
};
