/** What stands between alarms and the services that act on them: a service puts itself here for the ARNs that it answers for, CloudWatch asks when an alarm goes off. */
import type { Cloud } from "../cloud.ts";

export interface AlarmOccurrence {
  region: string;
  /** As it stands under the alarm's actions. */
  actionArn: string;
  alarmName: string;
  /** `OK`, `ALARM` or `INSUFFICIENT_DATA`: what the alarm has entered, or still is in. */
  state: string;
  /** Of a metric alarm. */
  threshold?: number | undefined;
  /** The values that the alarm was decided by, the newest first; none after SetAlarmState. */
  values: readonly number[];
}

/** Rejects with an error whose words go to the alarm's history. */
export type AlarmAction = (occurrence: AlarmOccurrence) => Promise<void>;

const key = Symbol("alarm actions");
const actions = (cloud: Cloud): Map<string, AlarmAction> => cloud.memory(key, () => new Map());

/**
 * `run` is called for each action whose ARN begins with `arn:aws:{service}:` when an alarm enters the action's state, and then
 * once a minute as long as it stays there, as AWS does for scaling policies.
 */
export function answerAlarms(cloud: Cloud, service: string, run: AlarmAction): void {
  actions(cloud).set(service, run);
}

export async function alarmActionFor(cloud: Cloud, actionArn: string): Promise<AlarmAction | undefined> {
  const service = actionArn.split(":")[2] ?? "";
  if (service === "autoscaling") await cloud.activate("application-autoscaling");
  return actions(cloud).get(service);
}
