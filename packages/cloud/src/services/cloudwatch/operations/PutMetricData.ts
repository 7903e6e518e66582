/** PutMetricData: values, values with counts, or sets of statistics, with up to 30 dimensions. */
import type { MetricDatum } from "@aws-sdk/client-cloudwatch";
import { operation } from "../../../service.ts";
import { check, checkDimensions, namespace, unit, metricName } from "../constraints.ts";
import { invalidCombination, invalidValue, missingParameter } from "../errors.ts";
import { type Datum, type Dimension, type MetricKey, putData } from "../metrics.ts";

const hourMs = 3_600_000;
/** AWS takes values of this magnitude, and none in between zero and the inverse. */
const largest = 2 ** 360;

export const putMetricData = operation("cloudwatch", "PutMetricData", (input, context) => {
  const { Namespace, MetricData = [], EntityMetricData = [] } = input;
  check({ namespace: [Namespace, namespace] });
  if (Namespace.startsWith("AWS/") && context.principal.kind !== "service") {
    throw invalidValue("The value AWS/ for parameter Namespace is invalid.");
  }
  const given = [
    ...MetricData.map((datum, index) => ({ datum, path: `MetricData.member.${index + 1}` })),
    ...EntityMetricData.flatMap(({ MetricData: data = [] }, entity) =>
      data.map((datum, index) => ({ datum, path: `EntityMetricData.member.${entity + 1}.MetricData.member.${index + 1}` })),
    ),
  ];
  if (given.length === 0) throw missingParameter("The parameter MetricData is required.");
  if (given.length > 1000) throw invalidValue("The collection MetricData must not have a size greater than 1000.");
  const nowMs = context.cloud.world.clock.nowMs();
  const entries = given.map(({ datum, path }) => ({ metric: keyOf(Namespace, datum, path), data: dataIn(datum, path, nowMs) }));
  putData(context.cloud, context.region, entries);
  return {};
});

function keyOf(namespaceName: string, datum: MetricDatum, path: string): MetricKey {
  check({ [`${path}.metricName`]: [datum.MetricName, metricName], [`${path}.unit`]: [datum.Unit, unit] });
  if (datum.Dimensions && datum.Dimensions.length > 30)
    throw invalidValue(`The collection ${path}.Dimensions must not have a size greater than 30.`);
  checkDimensions(datum.Dimensions, `${path}.dimensions`);
  return { namespace: namespaceName, name: datum.MetricName!, dimensions: (datum.Dimensions ?? []) as Dimension[] };
}

function dataIn(datum: MetricDatum, path: string, nowMs: number): Datum[] {
  const { Value, Values, Counts, StatisticValues, StorageResolution = 60, Timestamp } = datum;
  const exclusive = (a: string, b: string) =>
    `The parameters ${path}.${a} and ${path}.${b} are mutually exclusive and you have specified both.`;
  if (Value !== undefined && StatisticValues) throw invalidCombination(exclusive("Value", "StatisticValues"));
  if (Value !== undefined && Values) throw invalidValue(exclusive("Value", "Values"));
  if (Values && StatisticValues) throw invalidCombination(exclusive("Values", "StatisticValues"));
  if (StorageResolution !== 1 && StorageResolution !== 60)
    throw invalidValue(`The value ${StorageResolution} for parameter ${path}.StorageResolution is invalid.`);
  if (Counts && Counts.length !== (Values?.length ?? 0))
    throw invalidValue(`The parameters ${path}.Values and ${path}.Counts must be of the same size.`);
  if (Values && Values.length > 150) throw invalidValue(`The collection ${path}.Values must not have a size greater than 150.`);

  const givenMs = Timestamp?.getTime() ?? nowMs;
  if (givenMs > nowMs + 2 * hourMs || givenMs < nowMs - 14 * 24 * hourMs) {
    throw invalidValue(
      `The parameter ${path}.Timestamp must specify a time within the past two weeks and no more than two hours in the future.`,
    );
  }
  const stepMs = StorageResolution * 1000;
  const base = { time: Math.floor(givenMs / stepMs) * stepMs, unit: datum.Unit ?? "None" };
  if (StatisticValues) {
    const { SampleCount, Sum, Minimum, Maximum } = StatisticValues;
    for (const [name, value] of Object.entries({ SampleCount, Sum, Minimum, Maximum }))
      checkValue(value!, `${path}.StatisticValues.${name}`);
    if (SampleCount! <= 0) throw invalidValue(`The value ${SampleCount} for parameter ${path}.StatisticValues.SampleCount is invalid.`);
    if (Minimum! > Maximum!)
      throw invalidValue(`The parameter ${path}.StatisticValues.Maximum must be greater than ${path}.StatisticValues.Minimum.`);
    return [{ ...base, count: SampleCount!, sum: Sum!, min: Minimum!, max: Maximum! }];
  }
  const all = Values ?? (Value === undefined ? [] : [Value]);
  if (all.length === 0)
    throw missingParameter(`At least one of the parameters must be specified: ${path}.Value, ${path}.Values, ${path}.StatisticValues.`);
  return all.map((value, index) => {
    checkValue(value, Values ? `${path}.Values` : `${path}.Value`);
    const count = Counts?.[index] ?? 1;
    if (!(count > 0)) throw invalidValue(`The value ${count} for parameter ${path}.Counts is invalid.`);
    return { ...base, count, sum: value * count, min: value, max: value };
  });
}

function checkValue(value: number, parameter: string): void {
  if (!Number.isFinite(value) || Math.abs(value) > largest) throw invalidValue(`The value ${value} for parameter ${parameter} is invalid.`);
}
