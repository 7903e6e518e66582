/** What a policy does when an alarm sets it off: works out the capacity that it wants, and sets it when bounds, cooldowns and suspension let it. */
import type { NotScaledReason } from "@aws-sdk/client-application-auto-scaling";
import { AwsError } from "../../aws-error.ts";
import type { Cloud } from "../../cloud.ts";
import type { AlarmOccurrence } from "../../runtime/alarm-actions.ts";
import { noteNotScaled, scaleTo } from "./activities.ts";
import { capacityOf } from "./capacity.ts";
import { policiesOf, policyByArn, type PolicyRecord, policyKey, type StepPolicy, type TrackingPolicy } from "./policies.ts";
import { adjusted, aggregated, stepFor } from "./step-scaling.ts";
import { type At, findTarget, isCooling, saveTarget, type TargetRecord } from "./targets.ts";
import { proposed } from "./target-tracking.ts";

/** As AWS gives to policies of ECS that name none. */
const defaultCooldownSeconds = 300;
/** Policies are asked once a minute; what one proposed before that no longer counts. */
const proposalMs = 90_000;

interface Wish {
  capacity: number;
  outCooldownSeconds: number;
  inCooldownSeconds: number;
  /** Where nothing is to be done. */
  not?: NotScaledReason;
}

interface Proposal {
  atMs: number;
  capacity: number;
}

const proposalsKey = Symbol("application-autoscaling.proposals");
const proposals = (cloud: Cloud) => cloud.memory(proposalsKey, () => new Map<string, Proposal>());

export async function actOnAlarm(at: At, occurrence: AlarmOccurrence): Promise<void> {
  const policy = policyByArn(at, occurrence.actionArn);
  if (!policy) throw new AwsError("ObjectNotFoundException", `No scaling policy found with ARN ${occurrence.actionArn}`);
  const target = findTarget(at, policy);
  if (!target) throw new AwsError("ObjectNotFoundException", `No scalable target found for the policy ${policy.name}`);
  const current = await capacityOf(at, target);
  if (!current) throw new AwsError("ObjectNotFoundException", `${target.resourceId} does not exist any more`);
  const wish = wishOf(at, policy, target, current.desired, occurrence);
  if (!wish) return;
  const cause = `monitor alarm ${occurrence.alarmName} in state ${occurrence.state} triggered policy ${policy.name}`;
  const reason = wish.not ?? (await fulfil(at, target, current.desired, wish, cause));
  if (reason) noteNotScaled(at, target, cause, reason);
}

function wishOf(at: At, policy: PolicyRecord, target: TargetRecord, desired: number, occurrence: AlarmOccurrence): Wish | undefined {
  if (policy.type === "StepScaling") return stepWish(at, policy, target, desired, occurrence);
  return trackingWish(at, policy, target, desired, occurrence);
}

function stepWish(at: At, { step }: StepPolicy, target: TargetRecord, desired: number, occurrence: AlarmOccurrence): Wish | undefined {
  const { threshold = 0, values } = occurrence;
  const metric = aggregated(values, step.MetricAggregationType) ?? threshold;
  const adjustment = stepFor(step.StepAdjustments ?? [], metric - threshold);
  if (!adjustment) return undefined;
  const cooldownSeconds = step.Cooldown ?? defaultCooldownSeconds;
  const grows = step.AdjustmentType !== "ExactCapacity" && adjustment.ScalingAdjustment! > 0;
  // What the cooldown counts as added already is not taken away by a smaller step.
  const capacity = grows ? Math.max(desired, adjusted(baseOf(at, target, desired), step, adjustment)) : adjusted(desired, step, adjustment);
  return { capacity, outCooldownSeconds: cooldownSeconds, inCooldownSeconds: cooldownSeconds };
}

function trackingWish(
  at: At,
  policy: TrackingPolicy,
  target: TargetRecord,
  desired: number,
  occurrence: AlarmOccurrence,
): Wish | undefined {
  const { tracking, alarms } = policy;
  const [metric] = occurrence.values;
  if (occurrence.state !== "ALARM" || metric === undefined) return undefined;
  const wish = {
    outCooldownSeconds: tracking.ScaleOutCooldown ?? defaultCooldownSeconds,
    inCooldownSeconds: tracking.ScaleInCooldown ?? defaultCooldownSeconds,
  };
  if (occurrence.alarmName !== alarms.low) {
    return { ...wish, capacity: Math.max(desired, proposed(baseOf(at, target, desired), metric, tracking.TargetValue!)) };
  }
  const capacity = scaleInTogether(at, policy, target, proposed(desired, metric, tracking.TargetValue!));
  if (capacity === undefined) return undefined;
  // As few as that would bring the metric above its target again.
  if (capacity >= desired && desired > target.min) return { ...wish, capacity, not: { Code: "AutoScalingAnticipatedFlapping" } };
  return { ...wish, capacity };
}

/** Capacity goes only when each target tracking policy that may scale in would let it, and then by the least of what they would. */
function scaleInTogether(at: At, policy: TrackingPolicy, target: TargetRecord, capacity: number): number | undefined {
  const nowMs = at.cloud.world.clock.nowMs();
  const of = (each: PolicyRecord) => `${at.region}|${policyKey(each, each.name)}`;
  proposals(at.cloud).set(of(policy), { atMs: nowMs, capacity });
  const others = policiesOf(at, target).filter((each) => each.type === "TargetTrackingScaling" && each.alarms.low !== undefined);
  const all = others.map((each) => proposals(at.cloud).get(of(each)));
  if (all.some((each) => each === undefined || nowMs - each.atMs > proposalMs)) return undefined;
  return Math.max(...all.map((each) => each!.capacity));
}

/** In the cooldown of a scaling out, what that added counts as added by the next. */
function baseOf({ cloud }: At, target: TargetRecord, desired: number): number {
  return isCooling(target, "out", cloud.world.clock.nowMs()) ? Math.min(target.last!.from, desired) : desired;
}

async function fulfil(at: At, target: TargetRecord, desired: number, wish: Wish, cause: string): Promise<NotScaledReason | undefined> {
  const nowMs = at.cloud.world.clock.nowMs();
  const { min, max, suspended } = target;
  if (wish.capacity === desired) {
    if (desired === min && wish.capacity === 0) return { Code: "AlreadyAtMinCapacity", MinCapacity: min };
    return desired >= max
      ? { Code: "AlreadyAtMaxCapacity", MaxCapacity: max }
      : { Code: "AlreadyAtDesiredCapacity", CurrentCapacity: desired };
  }
  const direction = wish.capacity > desired ? "out" : "in";
  if (direction === "out" ? suspended.scaleOut : suspended.scaleIn) return undefined;
  if (direction === "out" && desired >= max) return { Code: "AlreadyAtMaxCapacity", MaxCapacity: max };
  if (direction === "in" && desired <= min) return { Code: "AlreadyAtMinCapacity", MinCapacity: min };
  const cooling = isCooling(target, direction, nowMs);
  if (cooling && direction === "in") return undefined;
  const capacity = Math.min(max, Math.max(min, wish.capacity));
  if (!(await scaleTo(at, target, capacity, cause))) return undefined;
  saveTarget(at, {
    ...findTarget(at, target)!,
    last: {
      atMs: nowMs,
      direction,
      cooldownSeconds: direction === "out" ? wish.outCooldownSeconds : wish.inCooldownSeconds,
      from: cooling ? target.last!.from : desired,
    },
  });
  return undefined;
}
