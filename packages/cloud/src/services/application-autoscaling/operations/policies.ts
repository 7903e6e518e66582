/** PutScalingPolicy, DescribeScalingPolicies, DeleteScalingPolicy, GetPredictiveScalingForecast. */
import { operation, type OperationContext } from "../../../service.ts";
import { check, limitExceeded, notRegistered, policyNotFound, refused, validation } from "../errors.ts";
import { checkNames, readKey } from "../namespaces.ts";
import { nextOrder, page } from "../paging.ts";
import { describePolicy, policies, policiesOf, policyKey, type PolicyRecord, type TrackingPolicy } from "../policies.ts";
import { checkStepScaling } from "../step-scaling.ts";
import { checkAlone, checkTargetTracking } from "../target-tracking.ts";
import { findTarget, type TargetKey } from "../targets.ts";
import { alarmsFor, deletePolicy, putAlarms, removeAlarms } from "../tracking-alarms.ts";

const types = ["PredictiveScaling", "StepScaling", "TargetTrackingScaling"];
/** AWS's quota, per target. */
const maxPolicies = 50;

export const putScalingPolicy = operation("application-autoscaling", "PutScalingPolicy", async (input, context) => {
  const { cloud, region, account } = context;
  check({
    policyName: [input.PolicyName, { length: [1, 256], pattern: "[\\x20-\\x7E]+" }],
    policyType: [input.PolicyType, { enum: types }],
  });
  const key = readKey(input);
  if (!findTarget(context, key)) throw notRegistered(key);
  const existing = policiesOf(context, key);
  const before = existing.find(({ name }) => name === input.PolicyName);
  if (!before && existing.length >= maxPolicies) {
    throw limitExceeded(`The maximum number of scaling policies for a scalable target (${maxPolicies}) has been reached`);
  }
  const type = input.PolicyType ?? before?.type ?? "StepScaling";
  if (type === "PredictiveScaling" || input.PredictiveScalingPolicyConfiguration) throw refused("predictive scaling");
  if (before && before.type !== type) throw validation(`The type of the scaling policy ${before.name} cannot be changed`);
  const base = {
    ...key,
    name: input.PolicyName,
    arn:
      before?.arn ??
      `arn:aws:autoscaling:${region}:${account}:scalingPolicy:${cloud.world.random.uuid()}:resource/${key.namespace}/${key.resourceId}:policyName/${input.PolicyName}`,
    order: before?.order ?? nextOrder(existing),
    createdMs: before?.createdMs ?? cloud.world.clock.nowMs(),
  };
  const save = (policy: PolicyRecord) => policies(cloud).put(region, policyKey(policy, policy.name), policy);

  if (type === "StepScaling") {
    if (input.TargetTrackingScalingPolicyConfiguration) throw foreign("TargetTrackingScalingPolicyConfiguration", type);
    const policy: PolicyRecord = { ...base, type, step: checkStepScaling(input.StepScalingPolicyConfiguration) };
    save(policy);
    return { PolicyARN: policy.arn, Alarms: await alarmsFor(context, policy) };
  }
  if (input.StepScalingPolicyConfiguration) throw foreign("StepScalingPolicyConfiguration", type);
  const tracking = checkTargetTracking(input.TargetTrackingScalingPolicyConfiguration);
  checkAlone(context, key, base.name, tracking);
  const alarms = namesOf(
    context,
    key,
    tracking.DisableScaleIn === true,
    before?.type === "TargetTrackingScaling" ? before.alarms : undefined,
  );
  const policy: TrackingPolicy = { ...base, type, tracking, alarms };
  // Kept first, so that what an interrupted call made of its alarms goes with it.
  save(policy);
  try {
    await putAlarms(context, policy);
  } catch (error) {
    if (before) save(before);
    else await deletePolicy(context, policy);
    throw error;
  }
  if (before?.type === "TargetTrackingScaling" && before.alarms.low !== alarms.low) await removeAlarms(context, [before.alarms.low]);
  return { PolicyARN: policy.arn, Alarms: await alarmsFor(context, policy) };
});

const foreign = (member: string, type: string) => validation(`${member} must not be specified for policies of type ${type}.`);

function namesOf({ cloud }: OperationContext, { resourceId }: TargetKey, high: boolean, before: TrackingPolicy["alarms"] | undefined) {
  const name = (kind: string) => `TargetTracking-${resourceId}-${kind}-${cloud.world.random.uuid()}`;
  return { high: before?.high ?? name("AlarmHigh"), ...(!high && { low: before?.low ?? name("AlarmLow") }) };
}

export const describeScalingPolicies = operation("application-autoscaling", "DescribeScalingPolicies", async (input, context) => {
  checkNames(input);
  const { PolicyNames, ServiceNamespace, ResourceId, ScalableDimension } = input;
  if (ScalableDimension !== undefined && ResourceId === undefined) {
    throw validation("ResourceId must be specified when ScalableDimension is specified");
  }
  const found = policies(context.cloud)
    .list(context.region)
    .filter(({ namespace }) => namespace === ServiceNamespace)
    .filter(({ resourceId }) => ResourceId === undefined || resourceId === ResourceId)
    .filter(({ dimension }) => ScalableDimension === undefined || dimension === ScalableDimension)
    .filter(({ name }) => !PolicyNames?.length || PolicyNames.includes(name))
    // Of several targets: one target after the other.
    .toSorted((a, b) => a.createdMs - b.createdMs || a.order - b.order)
    .map((policy, index) => ({ policy, index }));
  const { items, ...more } = page(found, input, { most: 50, orderOf: ({ index }) => index });
  const ScalingPolicies = [];
  for (const { policy } of items) ScalingPolicies.push(describePolicy(policy, await alarmsFor(context, policy)));
  return { ScalingPolicies, ...more };
});

export const deleteScalingPolicy = operation("application-autoscaling", "DeleteScalingPolicy", async (input, context) => {
  const key = readKey(input);
  const policy = policies(context.cloud).get(context.region, policyKey(key, input.PolicyName));
  if (!policy) throw policyNotFound(key, input.PolicyName);
  await deletePolicy(context, policy);
  return {};
});

export const getPredictiveScalingForecast = operation("application-autoscaling", "GetPredictiveScalingForecast", () => {
  throw refused("predictive scaling");
});
