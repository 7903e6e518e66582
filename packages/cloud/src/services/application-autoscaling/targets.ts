/** Scalable targets: what may be scaled, between which bounds, and how far scaling is suspended. */
import type { ScalableTarget } from "@aws-sdk/client-application-auto-scaling";
import type { Cloud } from "../../cloud.ts";

export interface TargetKey {
  /** As `ecs`. */
  namespace: string;
  /** As `service/CLUSTER/NAME`. */
  resourceId: string;
  /** As `ecs:service:DesiredCount`. */
  dimension: string;
}

export interface Suspended {
  scaleIn: boolean;
  scaleOut: boolean;
  scheduled: boolean;
}

/** The last scaling by a policy, which the cooldown of the next counts from. */
export interface LastScaling {
  atMs: number;
  /** When the service ran what it was told to. */
  fulfilledMs?: number;
  direction: "in" | "out";
  cooldownSeconds: number;
  /** The capacity before it. */
  from: number;
}

/** A cooldown counts from when the service has got there: at the latest so long after it was told to. */
const fulfilmentMs = 60_000;

/** Whether the cooldown of the last scaling in that direction lasts. */
export function isCooling({ last }: Pick<TargetRecord, "last">, direction: LastScaling["direction"], nowMs: number): boolean {
  if (last?.direction !== direction) return false;
  const sinceMs = Math.min(last.fulfilledMs ?? Infinity, last.atMs + fulfilmentMs);
  return nowMs < sinceMs + last.cooldownSeconds * 1000;
}

export interface TargetRecord extends TargetKey {
  arn: string;
  /** Lists come in this order. */
  order: number;
  min: number;
  max: number;
  roleArn: string;
  suspended: Suspended;
  createdMs: number;
  last?: LastScaling;
  tags: Record<string, string>;
}

export interface At {
  cloud: Cloud;
  account: string;
  region: string;
}

export const targets = (cloud: Cloud) => cloud.store.collection<TargetRecord>("application-autoscaling.target");

export const keyOf = ({ namespace, resourceId, dimension }: TargetKey) => `${namespace}|${resourceId}|${dimension}`;

export const findTarget = ({ cloud, region }: Pick<At, "cloud" | "region">, key: TargetKey) => targets(cloud).get(region, keyOf(key));

export function saveTarget({ cloud, region }: Pick<At, "cloud" | "region">, target: TargetRecord): void {
  targets(cloud).put(region, keyOf(target), target);
}

export function targetsByArn({ cloud, region }: At, arn: string): TargetRecord | undefined {
  return targets(cloud)
    .list(region)
    .find((target) => target.arn === arn);
}

/** The members that name a target in every answer. */
export const named = ({ namespace, resourceId, dimension }: TargetKey) =>
  ({ ServiceNamespace: namespace, ResourceId: resourceId, ScalableDimension: dimension }) as Pick<
    ScalableTarget,
    "ServiceNamespace" | "ResourceId" | "ScalableDimension"
  >;

export function describeTarget(target: TargetRecord): ScalableTarget {
  return {
    ...named(target),
    MinCapacity: target.min,
    MaxCapacity: target.max,
    RoleARN: target.roleArn,
    CreationTime: new Date(target.createdMs),
    SuspendedState: {
      DynamicScalingInSuspended: target.suspended.scaleIn,
      DynamicScalingOutSuspended: target.suspended.scaleOut,
      ScheduledScalingSuspended: target.suspended.scheduled,
    },
    ScalableTargetARN: target.arn,
  };
}
