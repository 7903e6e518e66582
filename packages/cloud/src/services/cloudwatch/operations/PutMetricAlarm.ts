/** PutMetricAlarm: makes an alarm, or changes all of it but its state. */
import { operation } from "../../../service.ts";
import { noteConfiguration } from "../alarm-history.ts";
import { checkActions, configured } from "../alarm-settings.ts";
import { type AlarmRecord, alarms, type Watch } from "../alarms.ts";
import { check, checkDimensions, metricName, namespace, unit } from "../constraints.ts";
import { invalidValue, refused, validationError } from "../errors.ts";
import { isPeriod } from "../periods.ts";
import { checkQueries } from "../queries.ts";
import { parseStatistic, simpleStatistics } from "../statistics.ts";

const comparisonOperators = [
  "GreaterThanOrEqualToThreshold",
  "GreaterThanThreshold",
  "LessThanThreshold",
  "LessThanOrEqualToThreshold",
  "LessThanLowerOrGreaterThanUpperThreshold",
  "LessThanLowerThreshold",
  "GreaterThanUpperThreshold",
];
const daySeconds = 86_400;

export const putMetricAlarm = operation("cloudwatch", "PutMetricAlarm", (input, context) => {
  const { cloud, region } = context;
  check({
    alarmName: [input.AlarmName, { length: [1, 255] }],
    alarmDescription: [input.AlarmDescription, { length: [0, 1024] }],
    metricName: [input.MetricName, metricName],
    namespace: [input.Namespace, namespace],
    statistic: [input.Statistic, { enum: simpleStatistics }],
    period: [input.Period, { range: [1, Infinity] }],
    unit: [input.Unit, unit],
    evaluationPeriods: [input.EvaluationPeriods, { range: [1, Infinity] }],
    datapointsToAlarm: [input.DatapointsToAlarm, { range: [1, Infinity] }],
    comparisonOperator: [input.ComparisonOperator, { enum: comparisonOperators }],
    oKActions: [input.OKActions, { length: [0, 5] }],
    alarmActions: [input.AlarmActions, { length: [0, 5] }],
    insufficientDataActions: [input.InsufficientDataActions, { length: [0, 5] }],
  });
  checkDimensions(input.Dimensions);
  checkActions(input);
  if (input.ThresholdMetricId !== undefined || input.ComparisonOperator?.match(/LowerThreshold|UpperThreshold|LowerOr/u)) {
    throw refused("alarms on anomaly detection (ThresholdMetricId, bands)");
  }
  if (input.EvaluationCriteria || input.EvaluationInterval !== undefined)
    throw refused("alarms on PromQL (EvaluationCriteria, EvaluationInterval)");
  for (const name of ["EvaluationPeriods", "ComparisonOperator", "Threshold"] as const) {
    if (input[name] === undefined) throw validationError(`The parameter ${name} is required.`);
  }
  if (input.DatapointsToAlarm !== undefined && input.DatapointsToAlarm > input.EvaluationPeriods!) {
    throw validationError("Datapoints to alarm must be less than or equal to the number of evaluation periods.");
  }
  const { TreatMissingData, EvaluateLowSampleCountPercentile } = input;
  if (TreatMissingData !== undefined && !["breaching", "notBreaching", "ignore", "missing"].includes(TreatMissingData)) {
    throw validationError(
      `The value ${TreatMissingData} is not supported for TreatMissingData parameter. Supported values are [breaching, notBreaching, ignore, missing].`,
    );
  }
  if (EvaluateLowSampleCountPercentile !== undefined && !["evaluate", "ignore"].includes(EvaluateLowSampleCountPercentile)) {
    throw validationError(
      `Option ${EvaluateLowSampleCountPercentile} is not supported. Supported options for parameter EvaluateLowSampleCountPercentile are evaluate and ignore.`,
    );
  }
  const watch = input.Metrics && input.Metrics.length > 0 ? watchOfQueries(input as Watch) : watchOfMetric(input as Watch);

  const previous = alarms(cloud).get(region, input.AlarmName);
  const alarm: AlarmRecord = {
    kind: "metric",
    ...configured(input, previous, context),
    ...(previous?.reasonData !== undefined && { reasonData: previous.reasonData }),
    watch,
  };
  alarms(cloud).put(region, alarm.name, alarm);
  noteConfiguration(cloud, region, alarm, previous ? "Update" : "Create");
  return {};
});

function rule(input: Watch) {
  return {
    EvaluationPeriods: input.EvaluationPeriods!,
    Threshold: input.Threshold!,
    ComparisonOperator: input.ComparisonOperator!,
    ...(input.DatapointsToAlarm !== undefined && { DatapointsToAlarm: input.DatapointsToAlarm }),
    ...(input.TreatMissingData !== undefined && { TreatMissingData: input.TreatMissingData }),
    ...(input.EvaluateLowSampleCountPercentile !== undefined && {
      EvaluateLowSampleCountPercentile: input.EvaluateLowSampleCountPercentile,
    }),
  };
}

function watchOfMetric(input: Watch): Watch {
  for (const name of ["MetricName", "Namespace", "Period"] as const) {
    if (input[name] === undefined) throw validationError(`The parameter ${name} is required.`);
  }
  if ((input.Statistic === undefined) === (input.ExtendedStatistic === undefined)) {
    throw validationError("Exactly one of the parameters must be specified: Statistic, ExtendedStatistic");
  }
  if (input.ExtendedStatistic !== undefined && !parseStatistic(input.ExtendedStatistic)) {
    throw invalidValue(`The value ${input.ExtendedStatistic} for parameter ExtendedStatistic is not supported.`);
  }
  checkPeriod(input.Period!, input.EvaluationPeriods!);
  return {
    MetricName: input.MetricName!,
    Namespace: input.Namespace!,
    Dimensions: input.Dimensions ?? [],
    ...(input.Statistic !== undefined ? { Statistic: input.Statistic } : { ExtendedStatistic: input.ExtendedStatistic! }),
    Period: input.Period!,
    ...(input.Unit !== undefined && { Unit: input.Unit }),
    ...rule(input),
  };
}

function watchOfQueries(input: Watch): Watch {
  const queries = input.Metrics!;
  for (const name of ["MetricName", "Namespace", "Dimensions", "Period", "Unit", "Statistic", "ExtendedStatistic"] as const) {
    const value = input[name];
    if (value !== undefined && !(Array.isArray(value) && value.length === 0)) {
      throw validationError(
        `The parameters MetricName, Dimensions, Period, Namespace, Statistic, ExtendedStatistic or Unit must not be specified together with Metrics.`,
      );
    }
  }
  checkQueries(queries, "Metrics");
  if (queries.filter(({ ReturnData }) => ReturnData ?? true).length !== 1) {
    throw validationError("Exactly one element of the metrics list should return data.");
  }
  for (const { MetricStat } of queries) if (MetricStat) checkPeriod(MetricStat.Period!, input.EvaluationPeriods!);
  return { Metrics: queries, ...rule(input) };
}

function checkPeriod(period: number, evaluationPeriods: number): void {
  if (!isPeriod(period) || period < 10) throw validationError("Period must be 10, 20, 30 or a multiple of 60");
  if (period * evaluationPeriods > (period >= 3600 ? 7 : 1) * daySeconds) {
    throw validationError("Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400).");
  }
}
