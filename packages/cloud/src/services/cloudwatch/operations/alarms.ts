/** PutCompositeAlarm, DeleteAlarms, DescribeAlarms, DescribeAlarmsForMetric, SetAlarmState, EnableAlarmActions, DisableAlarmActions. */
import type { CompositeAlarm, MetricAlarm } from "@aws-sdk/client-cloudwatch";
import { readToken, writeToken } from "../../../paging.ts";
import { operation, type OperationContext } from "../../../service.ts";
import { AwsError } from "../../../aws-error.ts";
import { noteConfiguration } from "../alarm-history.ts";
import { checkActions, configured } from "../alarm-settings.ts";
import { enter, reviewComposite } from "../alarm-state.ts";
import { alarms, type AlarmRecord, type AlarmState, type CompositeAlarmRecord, type MetricAlarmRecord } from "../alarms.ts";
import { namesInRule, parseRule } from "../composite-rule.ts";
import { check, checkDimensions } from "../constraints.ts";
import { alarmNotFound, invalidNextToken, refused, validationError } from "../errors.ts";

export const putCompositeAlarm = operation("cloudwatch", "PutCompositeAlarm", async (input, context) => {
  const { cloud, region } = context;
  check({ alarmName: [input.AlarmName, { length: [1, 255] }], alarmRule: [input.AlarmRule, { length: [1, 10_240] }] });
  if (input.ActionsSuppressor !== undefined) throw refused("the suppression of a composite alarm's actions");
  checkActions(input);
  const existing = alarms(cloud).list(region);
  const names = namesInRule(parseRule(input.AlarmRule));
  for (const name of names) {
    if (name === input.AlarmName) throw validationError("AlarmRule must not contain the alarm itself.");
    if (!existing.some((each) => each.name === name || each.arn === name)) {
      throw validationError(`Could not save the composite alarm as alarms [${name}] in the alarm rule do not exist`);
    }
  }
  const previous = existing.find(({ name }) => name === input.AlarmName);
  const alarm: CompositeAlarmRecord = {
    kind: "composite",
    ...configured(input, previous, context),
    rule: input.AlarmRule,
  };
  alarms(cloud).put(region, alarm.name, alarm);
  noteConfiguration(cloud, region, alarm, previous ? "Update" : "Create");
  await reviewComposite(context, alarm);
  return {};
});

export const deleteAlarms = operation("cloudwatch", "DeleteAlarms", (input, { cloud, region }) => {
  check({ alarmNames: [input.AlarmNames, { length: [0, 100] }] });
  const found = alarms(cloud).list(region);
  const wanted = input.AlarmNames.map((name) => found.find((each) => each.name === name));
  if (wanted.length === 1 && !wanted[0]) throw alarmNotFound();
  for (const alarm of wanted) {
    if (!alarm) continue;
    const parent = found.find(
      (each) =>
        each.kind === "composite" &&
        !input.AlarmNames.includes(each.name) &&
        namesInRule(parseRule(each.rule)).some((name) => name === alarm.name || name === alarm.arn),
    );
    if (parent) throw validationError(`Alarm ${alarm.name} cannot be deleted because the composite alarm ${parent.name} depends on it.`);
  }
  cloud.store.transaction(() => {
    for (const alarm of wanted) if (alarm) alarms(cloud).delete(region, alarm.name);
  });
  for (const alarm of wanted) if (alarm) noteConfiguration(cloud, region, alarm, "Delete");
  return {};
});

const stateValues: readonly AlarmState[] = ["INSUFFICIENT_DATA", "ALARM", "OK"];

export const describeAlarms = operation("cloudwatch", "DescribeAlarms", (input, context) => {
  const { AlarmNames, AlarmNamePrefix, AlarmTypes, StateValue, ActionPrefix, MaxRecords = 50, NextToken } = input;
  check({
    alarmNames: [AlarmNames, { length: [0, 100] }],
    alarmNamePrefix: [AlarmNamePrefix, { length: [1, 255] }],
    stateValue: [StateValue, { enum: stateValues }],
    maxRecords: [MaxRecords, { range: [1, 100] }],
  });
  if (AlarmNames?.length && AlarmNamePrefix !== undefined) throw validationError("AlarmNamePrefix and AlarmNames are mutually exclusive");
  if (input.ChildrenOfAlarmName !== undefined || input.ParentsOfAlarmName !== undefined)
    throw refused("DescribeAlarms with ChildrenOfAlarmName or ParentsOfAlarmName");
  // As in AWS: without types, metric alarms alone.
  const types = AlarmTypes?.length ? AlarmTypes : ["MetricAlarm"];
  const query = JSON.stringify(["DescribeAlarms", AlarmNames, AlarmNamePrefix, types, StateValue, ActionPrefix]);
  const after = NextToken === undefined ? "" : readToken(NextToken, query);
  if (after === undefined) throw invalidNextToken();
  const wanted = alarms(context.cloud)
    .list(context.region)
    .filter(
      (alarm) =>
        alarm.name > after &&
        types.includes(alarm.kind === "metric" ? "MetricAlarm" : "CompositeAlarm") &&
        (!AlarmNames?.length || AlarmNames.includes(alarm.name)) &&
        (AlarmNamePrefix === undefined || alarm.name.startsWith(AlarmNamePrefix)) &&
        (StateValue === undefined || alarm.state === StateValue) &&
        (ActionPrefix === undefined ||
          [...alarm.okActions, ...alarm.alarmActions, ...alarm.insufficientDataActions].some((action) => action.startsWith(ActionPrefix))),
    );
  const size = AlarmNames?.length ? Math.max(MaxRecords, AlarmNames.length) : MaxRecords;
  const page = wanted.slice(0, size);
  return {
    MetricAlarms: page.filter((alarm) => alarm.kind === "metric").map(metricAlarm),
    CompositeAlarms: page.filter((alarm) => alarm.kind === "composite").map(compositeAlarm),
    ...(wanted.length > size && { NextToken: writeToken(page.at(-1)!.name, query) }),
  };
});

export const describeAlarmsForMetric = operation("cloudwatch", "DescribeAlarmsForMetric", (input, { cloud, region }) => {
  checkDimensions(input.Dimensions);
  const key = (dimensions: MetricAlarm["Dimensions"] = []) => JSON.stringify(dimensions.map(({ Name, Value }) => [Name, Value]).sort());
  const found = alarms(cloud)
    .list(region)
    .filter((alarm) => alarm.kind === "metric")
    .filter(
      ({ watch }) =>
        watch.MetricName === input.MetricName &&
        watch.Namespace === input.Namespace &&
        key(watch.Dimensions) === key(input.Dimensions) &&
        (input.Statistic === undefined || watch.Statistic === input.Statistic) &&
        (input.ExtendedStatistic === undefined || watch.ExtendedStatistic === input.ExtendedStatistic) &&
        (input.Period === undefined || watch.Period === input.Period) &&
        (input.Unit === undefined || watch.Unit === input.Unit),
    );
  return { MetricAlarms: found.map(metricAlarm) };
});

export const setAlarmState = operation("cloudwatch", "SetAlarmState", async (input, context) => {
  check({
    alarmName: [input.AlarmName, { length: [1, 255] }],
    stateValue: [input.StateValue, { enum: stateValues }],
    stateReason: [input.StateReason, { length: [0, 1023] }],
    stateReasonData: [input.StateReasonData, { length: [0, 4000] }],
  });
  if (input.StateReasonData !== undefined) {
    try {
      JSON.parse(input.StateReasonData);
    } catch {
      throw new AwsError("InvalidFormat", "StateReasonData was not valid JSON");
    }
  }
  const alarm = alarms(context.cloud).get(context.region, input.AlarmName);
  if (!alarm) throw alarmNotFound();
  await enter(context, alarm, {
    state: input.StateValue as AlarmState,
    reason: input.StateReason,
    ...(input.StateReasonData !== undefined && { reasonData: input.StateReasonData }),
  });
  return {};
});

export const enableAlarmActions = operation("cloudwatch", "EnableAlarmActions", (input, context) =>
  setActions(context, input.AlarmNames, true),
);

export const disableAlarmActions = operation("cloudwatch", "DisableAlarmActions", (input, context) =>
  setActions(context, input.AlarmNames, false),
);

function setActions({ cloud, region }: OperationContext, names: readonly string[], actionsEnabled: boolean) {
  check({ alarmNames: [names, { length: [0, 100] }] });
  for (const name of names) {
    const alarm = alarms(cloud).get(region, name);
    if (!alarm || alarm.actionsEnabled === actionsEnabled) continue;
    const next = { ...alarm, actionsEnabled, configurationUpdatedMs: cloud.world.clock.nowMs() };
    alarms(cloud).put(region, name, next);
    noteConfiguration(cloud, region, next, "Update");
  }
  return {};
}

function described(alarm: AlarmRecord) {
  return {
    AlarmName: alarm.name,
    AlarmArn: alarm.arn,
    ...(alarm.description !== undefined && { AlarmDescription: alarm.description }),
    AlarmConfigurationUpdatedTimestamp: new Date(alarm.configurationUpdatedMs),
    ActionsEnabled: alarm.actionsEnabled,
    OKActions: alarm.okActions,
    AlarmActions: alarm.alarmActions,
    InsufficientDataActions: alarm.insufficientDataActions,
    StateValue: alarm.state,
    StateReason: alarm.reason,
    ...(alarm.reasonData !== undefined && { StateReasonData: alarm.reasonData }),
    StateUpdatedTimestamp: new Date(alarm.stateUpdatedMs),
    StateTransitionedTimestamp: new Date(alarm.stateTransitionedMs),
  };
}

function metricAlarm(alarm: MetricAlarmRecord): MetricAlarm {
  return { ...described(alarm), Dimensions: [], ...alarm.watch };
}

function compositeAlarm(alarm: CompositeAlarmRecord): CompositeAlarm {
  return { ...described(alarm), AlarmRule: alarm.rule };
}
