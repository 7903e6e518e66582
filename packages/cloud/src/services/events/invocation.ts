/** Invocations: what is to be handed to a target, on disk before the event is acknowledged and until the target has it. */
import type { Target } from "@aws-sdk/client-eventbridge";
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

/** How many were made in this life of the cloud: by it those of one moment keep their order. */
const memory = Symbol("events.invocation-order");

export function newInvocation({ cloud, region }: Place, rule: Rule, target: Target, event: Event, passed: readonly string[]): Invocation {
  const { clock, random } = cloud.world;
  const nowMs = clock.nowMs();
  const order = cloud.memory(memory, () => ({ next: 0 }));
  return {
    key: `${String(nowMs).padStart(15, "0")}-${String(order.next++).padStart(9, "0")}-${random.hex(6)}`,
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
