/** Scheduled actions: they set a target's bounds at their times, whether or not somebody looked. */
import type { ScheduledAction } from "@aws-sdk/client-application-auto-scaling";
import type { Cloud } from "../../cloud.ts";
import { noteActivity } from "./activities.ts";
import { enforceBounds } from "./bounds.ts";
import { nextRunMs, parseSchedule } from "@plinth/cloudformation/schedule-expressions";
import { type At, findTarget, keyOf, named, saveTarget, type TargetKey } from "./targets.ts";

export interface ScheduledActionRecord extends TargetKey {
  name: string;
  arn: string;
  order: number;
  schedule: string;
  zone: string;
  startMs?: number;
  endMs?: number;
  min?: number;
  max?: number;
  createdMs: number;
  /** Absent when it will not run any more. */
  nextMs?: number;
}

export const scheduledActions = (cloud: Cloud) => cloud.store.collection<ScheduledActionRecord>("application-autoscaling.scheduled-action");

export const scheduledActionKey = (target: TargetKey, name: string) => `${keyOf(target)}|${name}`;

/** The same, with its next time after `afterMs`, between its start and its end. */
export function planned(action: ScheduledActionRecord, afterMs: number): ScheduledActionRecord {
  const { nextMs: _before, ...rest } = action;
  const earliestMs = Math.max(afterMs, (action.startMs ?? 0) - 1);
  const nextMs = nextRunMs(parseSchedule(action.schedule)!, action.zone, earliestMs, action.startMs ?? action.createdMs);
  return { ...rest, ...(nextMs !== undefined && nextMs <= (action.endMs ?? Infinity) && { nextMs }) };
}

/** Runs those whose time has come, in the order of their times: also what fell due while the cloud stood still. */
export async function runDue(cloud: Cloud): Promise<void> {
  const nowMs = cloud.world.clock.nowMs();
  const due = scheduledActions(cloud)
    .all()
    .filter(({ value }) => value.nextMs !== undefined && value.nextMs <= nowMs)
    .sort((a, b) => a.value.nextMs! - b.value.nextMs!);
  for (const { scope, key, value } of due) {
    scheduledActions(cloud).put(scope, key, planned(value, nowMs));
    await run({ cloud, account: cloud.account, region: scope }, value);
  }
}

async function run(at: At, action: ScheduledActionRecord): Promise<void> {
  const target = findTarget(at, action);
  if (!target || target.suspended.scheduled) return;
  const { min = target.min, max = target.max } = action;
  const told = [
    ...(action.min === undefined ? [] : [`min capacity to ${action.min}`]),
    ...(action.max === undefined ? [] : [`max capacity to ${action.max}`]),
  ].join(" and ");
  const description = `Setting ${told}`;
  const cause = `scheduled action name ${action.name} was triggered`;
  if (min > max) {
    const message = `Failed to set ${told}. Reason: Maximum capacity cannot be less than minimum capacity`;
    noteActivity(at, target, { description, cause, status: "Failed", message });
    return;
  }
  saveTarget(at, { ...target, min, max });
  noteActivity(at, target, { description, cause, status: "Successful", message: `Successfully set ${told}` });
  await enforceBounds(at, { ...target, min, max });
}

export function describeScheduledAction(action: ScheduledActionRecord): ScheduledAction {
  return {
    ScheduledActionName: action.name,
    ScheduledActionARN: action.arn,
    ...named(action),
    Schedule: action.schedule,
    ...(action.zone !== "UTC" && { Timezone: action.zone }),
    ...(action.startMs !== undefined && { StartTime: new Date(action.startMs) }),
    ...(action.endMs !== undefined && { EndTime: new Date(action.endMs) }),
    ScalableTargetAction: {
      ...(action.min !== undefined && { MinCapacity: action.min }),
      ...(action.max !== undefined && { MaxCapacity: action.max }),
    },
    CreationTime: new Date(action.createdMs),
  };
}
