/** Application Auto Scaling in the embedded cloud. README.md says what is real, recorded and refused. */
import { type Authorization, defineService, type OperationContext } from "../../service.ts";
import { startScaling, stopScaling } from "./life.ts";
import { describeScalingActivities } from "./operations/activities.ts";
import * as policies from "./operations/policies.ts";
import * as scheduled from "./operations/scheduled-actions.ts";
import * as tags from "./operations/tags.ts";
import * as targetOperations from "./operations/targets.ts";
import { scalableTarget } from "./resources/ScalableTarget.ts";
import { scalingPolicy } from "./resources/ScalingPolicy.ts";
import { findTarget } from "./targets.ts";
import { readers } from "./resources/readers.ts";

interface OnTarget {
  ServiceNamespace?: string | undefined;
  ResourceId?: string | undefined;
  ScalableDimension?: string | undefined;
}

/** On a target: by its ARN once it is registered, else on any. */
const onTarget =
  (action: string) =>
  (input: OnTarget, context: OperationContext): Authorization[] => {
    const { ServiceNamespace: namespace = "", ResourceId: resourceId = "", ScalableDimension: dimension = "" } = input;
    return [
      {
        action: `application-autoscaling:${action}`,
        resource:
          findTarget(context, { namespace, resourceId, dimension })?.arn ??
          `arn:aws:application-autoscaling:${context.region}:${context.account}:scalable-target/*`,
        conditions: { "application-autoscaling:service-namespace": namespace, "application-autoscaling:scalable-dimension": dimension },
      },
    ];
  };

const onArn =
  (action: string) =>
  ({ ResourceARN }: { ResourceARN: string }): Authorization[] => [{ action: `application-autoscaling:${action}`, resource: ResourceARN }];

export const applicationAutoscaling = defineService({
  id: "application-autoscaling",
  operations: {
    RegisterScalableTarget: targetOperations.registerScalableTarget,
    DescribeScalableTargets: targetOperations.describeScalableTargets,
    DeregisterScalableTarget: targetOperations.deregisterScalableTarget,
    PutScalingPolicy: policies.putScalingPolicy,
    DescribeScalingPolicies: policies.describeScalingPolicies,
    DeleteScalingPolicy: policies.deleteScalingPolicy,
    GetPredictiveScalingForecast: policies.getPredictiveScalingForecast,
    PutScheduledAction: scheduled.putScheduledAction,
    DescribeScheduledActions: scheduled.describeScheduledActions,
    DeleteScheduledAction: scheduled.deleteScheduledAction,
    DescribeScalingActivities: describeScalingActivities,
    TagResource: tags.tagResource,
    UntagResource: tags.untagResource,
    ListTagsForResource: tags.listTagsForResource,
  },
  // Describes have no resource level: they ask for `*`.
  authorize: {
    RegisterScalableTarget: onTarget("RegisterScalableTarget"),
    DeregisterScalableTarget: onTarget("DeregisterScalableTarget"),
    PutScalingPolicy: onTarget("PutScalingPolicy"),
    DeleteScalingPolicy: onTarget("DeleteScalingPolicy"),
    GetPredictiveScalingForecast: onTarget("GetPredictiveScalingForecast"),
    PutScheduledAction: onTarget("PutScheduledAction"),
    DeleteScheduledAction: onTarget("DeleteScheduledAction"),
    TagResource: onArn("TagResource"),
    UntagResource: onArn("UntagResource"),
    ListTagsForResource: onArn("ListTagsForResource"),
  },
  readers,
  resources: {
    "AWS::ApplicationAutoScaling::ScalableTarget": scalableTarget,
    "AWS::ApplicationAutoScaling::ScalingPolicy": scalingPolicy,
  },
  start: startScaling,
  stop: stopScaling,
  reset: stopScaling,
});
