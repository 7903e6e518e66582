/** Invocations: what is to be handed to a target, on disk before the event is acknowledged and until the target has it. */
import type { Target } from "@aws-sdk/client-eventbridge";
import { arrivalKey } from "./arrival.ts";
import type { Cloud } from "../../cloud.ts";
import type { Event } from "./event.ts";
import type { Place } from "./place.ts";
import type { Rule } from "./rule.ts";

export interface Invocation {
  /** Sorts in the order in which events came. */
  key: string;
  region: string;
  bus: string;
  rule: string;
  ruleArn: string;
  /** As the rule had it then. */
  target: Target;
  event: Event;
  /** The rules that have handed it from bus to bus on its way here. */
  passed: string[];
  acceptedMs: number;
  /** How often it was tried. */
  attempts: number;
  tryMs: number;
}

export const invocations = (cloud: Cloud) => cloud.store.collection<Invocation>("events.invocation");

export function newInvocation({ cloud, region }: Place, rule: Rule, target: Target, event: Event, passed: readonly string[]): Invocation {
  const nowMs = cloud.world.clock.nowMs();
  return {
    key: arrivalKey(cloud),
    region,
    bus: rule.bus,
    rule: rule.name,
    ruleArn: rule.arn,
    target,
    event,
    passed: [...passed],
    acceptedMs: nowMs,
    attempts: 0,
    tryMs: nowMs,
  };
}
