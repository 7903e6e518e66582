/** What an alarm does when its state changes: it tells SNS topics, in AWS's JSON, and the services that answer alarms. Other actions are noted as not carried out. */
import { AwsError } from "../../aws-error.ts";
import type { Cloud } from "../../cloud.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import { type AlarmOccurrence, alarmActionFor } from "../../runtime/alarm-actions.ts";
import { note } from "./alarm-history.ts";
import { isoTime } from "./alarm-reason.ts";
import type { AlarmRecord, AlarmState, Watch } from "./alarms.ts";

export interface Transition {
  from: AlarmState;
  /** The alarm as it is now. */
  alarm: AlarmRecord;
  /** What it was decided by, the newest first; empty where nothing was measured. */
  values: readonly number[];
}

type At = { cloud: Cloud; region: string };

export async function carryOut({ cloud, region }: At, transition: Transition): Promise<void> {
  const { alarm } = transition;
  const call = cloud.as(servicePrincipal(cloud.account, "cloudwatch.amazonaws.com", alarm.arn), region);
  for (const action of actionsOf(alarm)) {
    const outcome = (error: string | null) =>
      note(cloud, region, alarm, "Action", `${error === null ? "Successfully executed" : "Failed to execute"} action ${action}`, {
        actionState: error === null ? "Succeeded" : "Failed",
        stateUpdateTimestamp: alarm.stateUpdatedMs,
        notificationResource: action,
        publishedMessage:
          error === null && action.startsWith(topics) ? JSON.stringify(messageFor(cloud.account, region, transition)) : null,
        error,
      });
    const answer = await alarmActionFor(cloud, action);
    try {
      if (answer) await answer(occurrenceOf(region, action, transition));
      else if (action.startsWith(topics)) {
        await call("sns", "Publish", {
          TopicArn: action,
          Subject: subjectFor(region, transition),
          Message: JSON.stringify(messageFor(cloud.account, region, transition)),
        });
      } else {
        outcome("The embedded cloud carries out actions on SNS topics and on scaling policies only.");
        continue;
      }
      outcome(null);
    } catch (error) {
      outcome(error instanceof AwsError ? `${error.code}: ${error.message}` : "InternalError");
    }
  }
}

/** An alarm that stays in its state tells nobody again, but the services that answer alarms: once a minute. */
export async function carryOutAgain({ cloud, region }: At, transition: Omit<Transition, "from">): Promise<void> {
  for (const action of actionsOf(transition.alarm)) {
    try {
      await (
        await alarmActionFor(cloud, action)
      )?.(occurrenceOf(region, action, transition));
    } catch {
      // Noted when the alarm entered its state; the next minute tries again.
    }
  }
}

const topics = "arn:aws:sns:";

function actionsOf(alarm: AlarmRecord): readonly string[] {
  if (!alarm.actionsEnabled) return [];
  return { OK: alarm.okActions, ALARM: alarm.alarmActions, INSUFFICIENT_DATA: alarm.insufficientDataActions }[alarm.state];
}

function occurrenceOf(region: string, actionArn: string, { alarm, values }: Omit<Transition, "from">): AlarmOccurrence {
  const threshold = alarm.kind === "metric" ? alarm.watch.Threshold : undefined;
  return { region, actionArn, alarmName: alarm.name, state: alarm.state, threshold, values };
}

/** `ALARM: "name" in EU (Frankfurt)`, shortened to what a subject may hold. */
function subjectFor(region: string, { alarm }: Transition): string {
  const subject = `${alarm.state}: "${alarm.name}" in ${regionNames[region] ?? region}`;
  return subject.length > 100 ? `${subject.slice(0, 97)}...` : subject;
}

function messageFor(account: string, region: string, { alarm, from }: Transition) {
  return {
    AlarmName: alarm.name,
    AlarmDescription: alarm.description ?? null,
    AWSAccountId: account,
    AlarmConfigurationUpdatedTimestamp: isoTime(alarm.configurationUpdatedMs),
    NewStateValue: alarm.state,
    NewStateReason: alarm.reason,
    StateChangeTime: isoTime(alarm.stateUpdatedMs),
    Region: regionNames[region] ?? region,
    AlarmArn: alarm.arn,
    OldStateValue: from,
    OKActions: alarm.okActions,
    AlarmActions: alarm.alarmActions,
    InsufficientDataActions: alarm.insufficientDataActions,
    ...(alarm.kind === "metric" ? { Trigger: triggerOf(alarm.watch) } : { AlarmRule: alarm.rule }),
  };
}

function triggerOf(watch: Watch) {
  const dimensions = (given: Watch["Dimensions"]) => (given ?? []).map(({ Name, Value }) => ({ value: Value, name: Name }));
  const rule = {
    Period: watch.Period ?? watch.Metrics?.find(({ MetricStat }) => MetricStat)?.MetricStat?.Period,
    EvaluationPeriods: watch.EvaluationPeriods,
    ...(watch.DatapointsToAlarm !== undefined && { DatapointsToAlarm: watch.DatapointsToAlarm }),
    ComparisonOperator: watch.ComparisonOperator,
    Threshold: watch.Threshold,
    TreatMissingData: watch.TreatMissingData ?? "missing",
    EvaluateLowSampleCountPercentile: watch.EvaluateLowSampleCountPercentile ?? "",
  };
  if (watch.Metrics) {
    const metrics = watch.Metrics.map(({ Id, Label, Expression, MetricStat, ReturnData = true }) => ({
      ...(Expression !== undefined && { Expression }),
      Id,
      ...(Label !== undefined && { Label }),
      ...(MetricStat && {
        MetricStat: {
          Metric: {
            Dimensions: dimensions(MetricStat.Metric?.Dimensions),
            MetricName: MetricStat.Metric?.MetricName,
            Namespace: MetricStat.Metric?.Namespace,
          },
          Period: MetricStat.Period,
          Stat: MetricStat.Stat,
        },
      }),
      ReturnData,
    }));
    return { ...rule, Metrics: metrics };
  }
  return {
    MetricName: watch.MetricName,
    Namespace: watch.Namespace,
    ...(watch.ExtendedStatistic === undefined
      ? { StatisticType: "Statistic", Statistic: watch.Statistic!.replace(/(?<=[a-z])(?=[A-Z])/gu, "_").toUpperCase() }
      : { StatisticType: "ExtendedStatistic", ExtendedStatistic: watch.ExtendedStatistic }),
    Unit: watch.Unit ?? null,
    Dimensions: dimensions(watch.Dimensions),
    ...rule,
  };
}

/** As the console and alarm messages name regions. */
const regionNames: Readonly<Record<string, string>> = {
  "us-east-1": "US East (N. Virginia)",
  "us-east-2": "US East (Ohio)",
  "us-west-1": "US West (N. California)",
  "us-west-2": "US West (Oregon)",
  "ca-central-1": "Canada (Central)",
  "eu-central-1": "EU (Frankfurt)",
  "eu-central-2": "Europe (Zurich)",
  "eu-west-1": "EU (Ireland)",
  "eu-west-2": "EU (London)",
  "eu-west-3": "EU (Paris)",
  "eu-north-1": "EU (Stockholm)",
  "eu-south-1": "Europe (Milan)",
  "eu-south-2": "Europe (Spain)",
  "ap-east-1": "Asia Pacific (Hong Kong)",
  "ap-south-1": "Asia Pacific (Mumbai)",
  "ap-northeast-1": "Asia Pacific (Tokyo)",
  "ap-northeast-2": "Asia Pacific (Seoul)",
  "ap-northeast-3": "Asia Pacific (Osaka)",
  "ap-southeast-1": "Asia Pacific (Singapore)",
  "ap-southeast-2": "Asia Pacific (Sydney)",
  "sa-east-1": "South America (Sao Paulo)",
  "me-south-1": "Middle East (Bahrain)",
  "af-south-1": "Africa (Cape Town)",
};
