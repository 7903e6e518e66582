/** Rules with a schedule: what of them is due, and when the next will be. What fell due while the cloud did not run is done once at its start, unless it is a day old. */
import type { Cloud } from "../../cloud.ts";
import { trigger } from "./acceptance.ts";
import { newEvent } from "./event.ts";
import { enqueue } from "./life.ts";
import type { Place } from "./place.ts";
import { allRules, keepRule, planned, type Rule } from "./rule.ts";

/** How long AWS tries to deliver an event. */
const oldestMs = 86_400_000;

/** The invocations are on disk before the rule has moved on, with it. */
export function runSchedules(cloud: Cloud, nowMs: number): number | undefined {
  const times: number[] = [];
  for (const { region, rule } of allRules(cloud)) {
    if (rule.nextMs === undefined) continue;
    if (rule.nextMs > nowMs) {
      times.push(rule.nextMs);
      continue;
    }
    const place: Place = { cloud, account: cloud.account, region };
    const next = planned(rule, nowMs);
    const made = cloud.store.transaction(() => {
      keepRule(place, next);
      return nowMs - rule.nextMs! > oldestMs ? [] : trigger(place, rule, scheduled(place, rule));
    });
    for (const one of made) enqueue(cloud, one);
    if (next.nextMs !== undefined) times.push(next.nextMs);
  }
  return times.length === 0 ? undefined : Math.min(...times);
}

const scheduled = (place: Place, { arn, nextMs }: Rule) =>
  newEvent(place, { source: "aws.events", detailType: "Scheduled Event", resources: [arn], detail: {}, timeMs: nextMs });
