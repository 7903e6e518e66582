/** The alarms that watch a deployment: whether they may, how long, and which of them has gone off. Source: ECS Developer Guide, "How CloudWatch alarms detect Amazon ECS deployment failures". */
import type { DeploymentConfiguration } from "@aws-sdk/client-ecs";
import { invalidParameter } from "./errors.ts";
import { asEcs } from "./load-balancers.ts";
import type { Scope } from "./names.ts";

export interface DeploymentAlarmState {
  /** One that is in ALARM when a deployment begins says nothing about it: then none of them is watched. */
  watched: boolean;
  triggered: string[];
  /** Since when a rolling deployment is steady and only watched. */
  bakingSinceMs?: number;
}

/** How often they are looked at while a deployment is under way. */
export const alarmLookMs = 5_000;

export const watchesAlarms = ({ alarms }: DeploymentConfiguration): boolean => alarms?.enable === true && alarms.alarmNames!.length > 0;

interface Alarm {
  name: string;
  state: string;
  /** How long it looks back. */
  windowMs: number;
}

async function readAlarms(scope: Scope, { alarms }: DeploymentConfiguration): Promise<Alarm[]> {
  const { MetricAlarms = [], CompositeAlarms = [] } = await asEcs(scope)("cloudwatch", "DescribeAlarms", {
    AlarmNames: alarms!.alarmNames!,
    AlarmTypes: ["MetricAlarm", "CompositeAlarm"],
  });
  return [
    ...MetricAlarms.map(({ AlarmName, StateValue, Period, Metrics = [], EvaluationPeriods = 1 }) => {
      const periods = [Period ?? 0, ...Metrics.map((each) => each.MetricStat?.Period ?? each.Period ?? 0)];
      return { name: AlarmName!, state: StateValue!, windowMs: Math.max(...periods) * EvaluationPeriods * 1000 };
    }),
    ...CompositeAlarms.map(({ AlarmName, StateValue }) => ({ name: AlarmName!, state: StateValue!, windowMs: 60_000 })),
  ];
}

/** Refuses alarms that are not there; answers how they stand at the beginning of a deployment. */
export async function readAlarmState(scope: Scope, configuration: DeploymentConfiguration): Promise<DeploymentAlarmState | undefined> {
  if (!watchesAlarms(configuration)) return undefined;
  const found = await readAlarms(scope, configuration);
  const missing = configuration.alarms!.alarmNames!.filter((name) => !found.some((alarm) => alarm.name === name));
  if (missing.length > 0)
    throw invalidParameter(`The following alarms do not exist: ${missing.join(", ")}. Make them first, or leave them out.`);
  return { watched: found.every(({ state }) => state !== "ALARM"), triggered: [] };
}

/** The names of those in ALARM now. */
export async function triggeredAlarms(scope: Scope, configuration: DeploymentConfiguration): Promise<string[]> {
  return (await readAlarms(scope, configuration)).filter(({ state }) => state === "ALARM").map(({ name }) => name);
}

/** How long a rolling deployment is watched after it is steady: as long as its slowest alarm looks back. AWS computes it from the alarms too and does not say how. */
export async function rollingBakeMs(scope: Scope, configuration: DeploymentConfiguration): Promise<number> {
  return Math.max(0, ...(await readAlarms(scope, configuration)).map(({ windowMs }) => windowMs));
}
