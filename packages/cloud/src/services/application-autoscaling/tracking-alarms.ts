/** The alarms of target tracking policies: made and removed with them, as the service-linked role. */
import type { Alarm } from "@aws-sdk/client-application-auto-scaling";
import { AwsError } from "../../aws-error.ts";
import { asLinkedRole } from "./capacity.ts";
import { alarmArn, policies, policyKey, type PolicyRecord, type TrackingPolicy } from "./policies.ts";
import { alarmsOf } from "./target-tracking.ts";
import { type At, findTarget, saveTarget } from "./targets.ts";

export async function putAlarms(at: At, policy: TrackingPolicy): Promise<void> {
  const call = asLinkedRole(at, "AutoScaling-ManageAlarms");
  for (const alarm of alarmsOf(policy)) {
    try {
      await call("cloudwatch", "PutMetricAlarm", alarm);
    } catch (error) {
      if (error instanceof AwsError) throw new AwsError("ValidationException", error.message);
      throw error;
    }
  }
}

export async function removeAlarms(at: At, names: readonly (string | undefined)[]): Promise<void> {
  const call = asLinkedRole(at, "AutoScaling-ManageAlarms");
  for (const name of names) {
    if (name === undefined) continue;
    try {
      await call("cloudwatch", "DeleteAlarms", { AlarmNames: [name] });
    } catch (error) {
      if (!(error instanceof AwsError && error.code === "ResourceNotFound")) throw error;
    }
  }
}

export async function deletePolicy(at: At, policy: PolicyRecord): Promise<void> {
  if (policy.type === "TargetTrackingScaling") await removeAlarms(at, [policy.alarms.high, policy.alarms.low]);
  policies(at.cloud).delete(at.region, policyKey(policy, policy.name));
  // Whoever comes after it does not wait for its cooldown.
  const target = findTarget(at, policy);
  if (target) {
    const { last: _last, ...rest } = target;
    saveTarget(at, rest);
  }
}

/** Of a policy of target tracking its own; of step scaling those that somebody has pointed at it. */
export async function alarmsFor(at: At, policy: PolicyRecord): Promise<Alarm[]> {
  if (policy.type === "TargetTrackingScaling") {
    const names = [policy.alarms.high, ...(policy.alarms.low === undefined ? [] : [policy.alarms.low])];
    return names.map((AlarmName) => ({ AlarmName, AlarmARN: alarmArn(at, AlarmName) }));
  }
  const { MetricAlarms = [] } = await asLinkedRole(at, "AutoScaling-ManageAlarms")("cloudwatch", "DescribeAlarms", {
    ActionPrefix: policy.arn,
    MaxRecords: 100,
  });
  return MetricAlarms.map(({ AlarmName, AlarmArn }) => ({ AlarmName, AlarmARN: AlarmArn }));
}
