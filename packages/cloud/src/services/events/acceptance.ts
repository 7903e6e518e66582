/** An event that has come to a bus: the rules that match it, what of it goes to their targets, and the archives that keep it. All of it is on disk when this returns. */
import { archive } from "./archive.ts";
import type { Event } from "./event.ts";
import { type Invocation, invocations, newInvocation } from "./invocation.ts";
import { enqueue } from "./life.ts";
import { count } from "./metrics.ts";
import type { Place } from "./place.ts";
import { matchers, type Rule } from "./rule.ts";

export interface Course {
  /** The rules that handed it from bus to bus on its way here; none of them takes it again. */
  passed?: readonly string[] | undefined;
  /** For a replay: the ARNs of the rules that may take it. */
  only?: readonly string[] | undefined;
}

/** @returns the events that were kept, each with the rule that took it. */
export function accept(place: Place, bus: string, event: Event, { passed = [], only }: Course = {}): void {
  const { cloud } = place;
  const found = cloud.store.transaction(() => {
    if (event["replay-name"] === undefined) archive(place, bus, event);
    const made: Invocation[] = [];
    for (const { rule, matches } of matchers(place, bus)) {
      if (!matches || (only && !only.includes(rule.arn)) || !matches(event)) continue;
      count(cloud, place.region, rule, "MatchedEvents");
      if (passed.includes(rule.arn)) count(cloud, place.region, rule, "DeadLetterInvocations");
      else made.push(...trigger(place, rule, event, passed));
    }
    return made;
  });
  for (const one of found) enqueue(cloud, one);
}

/** Writes down what a rule's targets are to get. The caller hands it to `enqueue` when that is committed. */
export function trigger(place: Place, rule: Rule, event: Event, passed: readonly string[] = []): Invocation[] {
  count(place.cloud, place.region, rule, "TriggeredRules");
  return rule.targets.map((target) => {
    const invocation = newInvocation(place, rule, target, event, passed);
    invocations(place.cloud).put(place.region, invocation.key, invocation);
    return invocation;
  });
}
