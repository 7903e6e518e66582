/** Scaling policies: what is kept of each, and what describes say of it. */
import type {
  ScalingPolicy,
  StepScalingPolicyConfiguration,
  TargetTrackingScalingPolicyConfiguration,
} from "@aws-sdk/client-application-auto-scaling";
import type { Cloud } from "../../cloud.ts";
import { type At, keyOf, named, type TargetKey } from "./targets.ts";

interface PolicyBase extends TargetKey {
  name: string;
  arn: string;
  order: number;
  createdMs: number;
}

export interface StepPolicy extends PolicyBase {
  type: "StepScaling";
  step: StepScalingPolicyConfiguration;
}

export interface TrackingPolicy extends PolicyBase {
  type: "TargetTrackingScaling";
  tracking: TargetTrackingScalingPolicyConfiguration;
  /** The alarms that are its own: the high one, and the low one unless scaling in is disabled. */
  alarms: { high: string; low?: string };
}

export type PolicyRecord = StepPolicy | TrackingPolicy;

export const policies = (cloud: Cloud) => cloud.store.collection<PolicyRecord>("application-autoscaling.policy");

export const policyKey = (target: TargetKey, name: string) => `${keyOf(target)}|${name}`;

export const policiesOf = ({ cloud, region }: Pick<At, "cloud" | "region">, target: TargetKey) =>
  policies(cloud).list(region, `${keyOf(target)}|`);

/** Of an alarm's action: the policy's ARN, or that ARN with who made the alarm behind it (`:createdBy/…`). */
export function policyByArn({ cloud, region }: Pick<At, "cloud" | "region">, arn: string): PolicyRecord | undefined {
  return policies(cloud)
    .list(region)
    .find((policy) => arn === policy.arn || arn.startsWith(`${policy.arn}:createdBy/`));
}

export const alarmArn = ({ account, region }: At, name: string) => `arn:aws:cloudwatch:${region}:${account}:alarm:${name}`;

export function describePolicy(policy: PolicyRecord, alarms: ScalingPolicy["Alarms"]): ScalingPolicy {
  return {
    PolicyARN: policy.arn,
    PolicyName: policy.name,
    ...named(policy),
    PolicyType: policy.type,
    ...(policy.type === "StepScaling"
      ? { StepScalingPolicyConfiguration: policy.step }
      : { TargetTrackingScalingPolicyConfiguration: policy.tracking }),
    Alarms: alarms,
    CreationTime: new Date(policy.createdMs),
  };
}
