/** Puts an alarm into a state: kept, noted in the history, acted on, and told to the composite alarms above it. */
import type { Cloud } from "../../cloud.ts";
import { carryOut } from "./alarm-actions.ts";
import { note } from "./alarm-history.ts";
import { alarms, type AlarmRecord, type AlarmState } from "./alarms.ts";
import { isoTime } from "./alarm-reason.ts";
import { tellAlarm } from "./told-alarms.ts";
import { compositeState, namesInRule, parseRule } from "./composite-rule.ts";

export interface NewState {
  state: AlarmState;
  reason: string;
  reasonData?: string;
  /** What it was decided by, the newest first. */
  values?: readonly number[];
}

type At = { cloud: Cloud; region: string };

export async function enter(at: At, alarm: AlarmRecord, { state, reason, reasonData, values = [] }: NewState): Promise<void> {
  const { cloud, region } = at;
  const nowMs = cloud.world.clock.nowMs();
  const { reasonData: before, ...rest } = alarm;
  const changed = state !== alarm.state;
  const next: AlarmRecord = {
    ...rest,
    state,
    reason,
    ...(reasonData !== undefined && { reasonData }),
    stateUpdatedMs: nowMs,
    stateTransitionedMs: changed ? nowMs : alarm.stateTransitionedMs,
  };
  alarms(cloud).put(region, alarm.name, next);
  if (!changed) return;
  const told = (value: string, why: string, data: string | undefined) => ({
    stateValue: value,
    stateReason: why,
    ...(data !== undefined && { stateReasonData: parsed(data) }),
  });
  note(cloud, region, next, "StateUpdate", `Alarm updated from ${alarm.state} to ${state}`, {
    oldState: told(alarm.state, alarm.reason, before),
    newState: told(state, reason, reasonData),
  });
  tellAlarm(at, alarm, next);
  await carryOut(at, { from: alarm.state, alarm: next, values });
  await tellParents(at, next);
}

/** Works out a composite alarm anew; `because` is the alarm that changed. */
export async function reviewComposite(at: At, alarm: AlarmRecord & { kind: "composite" }, because?: AlarmRecord): Promise<void> {
  const states = new Map(
    alarms(at.cloud)
      .list(at.region)
      .flatMap((each) => [[each.name, each.state] as const, [each.arn, each.state] as const]),
  );
  const state = compositeState(parseRule(alarm.rule), (name) => states.get(name) ?? "INSUFFICIENT_DATA");
  if (state === alarm.state) return;
  const nowMs = at.cloud.world.clock.nowMs();
  const trigger = because && { arn: because.arn, state: { value: because.state, timestamp: isoTime(because.stateUpdatedMs) } };
  await enter(at, alarm, {
    state,
    reason: because
      ? `${because.arn} transitioned to ${because.state} at ${weekday(nowMs)}`
      : `Alarm rule is evaluated to ${state} at ${weekday(nowMs)}`,
    reasonData: JSON.stringify({ triggeringAlarms: trigger ? [trigger] : [] }),
  });
}

async function tellParents(at: At, child: AlarmRecord): Promise<void> {
  for (const alarm of alarms(at.cloud).list(at.region)) {
    if (alarm.kind !== "composite") continue;
    const names = namesInRule(parseRule(alarm.rule));
    if (names.includes(child.name) || names.includes(child.arn)) await reviewComposite(at, alarm, child);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** `Thursday 01 January, 2026 00:00:00 UTC`. */
function weekday(timeMs: number): string {
  const date = new Date(timeMs);
  const part = (options: Intl.DateTimeFormatOptions) => date.toLocaleString("en-US", { ...options, timeZone: "UTC" });
  return `${part({ weekday: "long" })} ${part({ day: "2-digit" })} ${part({ month: "long" })}, ${part({ year: "numeric" })} ${date.toISOString().slice(11, 19)} UTC`;
}
