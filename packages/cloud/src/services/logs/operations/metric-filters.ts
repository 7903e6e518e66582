/** PutMetricFilter, DescribeMetricFilters, DeleteMetricFilter, TestMetricFilter. */
import type { MetricTransformation } from "@aws-sdk/client-cloudwatch-logs";
import { AwsError } from "../../../aws-error.ts";
import { checkConstraints } from "../../../constraints.ts";
import { metricUnits } from "../../../metric-units.ts";
import { pageOf } from "../../../paging.ts";
import { operation } from "../../../service.ts";
import { invalidNextToken, invalidParameter, limitExceeded, refused } from "../errors.ts";
import { parseFilterPattern } from "../filter-pattern/index.ts";
import { checkGroupName, findGroup } from "../groups.ts";
import { filtersOf, type MetricFilter, metricFilters, selectorsOf } from "../metric-filters.ts";

const filterName = { length: [1, 512], pattern: "[^:*]*" } as const;
const metricText = { length: [0, 255], pattern: "[^:*$]*" } as const;

export const putMetricFilter = operation("logs", "PutMetricFilter", (input, context) => {
  const { cloud, region } = context;
  const transformation = input.metricTransformations[0];
  checkConstraints("InvalidParameterException", {
    filterName: [input.filterName, filterName],
    filterPattern: [input.filterPattern, { length: [0, 1024] }],
    metricTransformations: [input.metricTransformations.map(printed), { length: [1, 1] }],
    "metricTransformations.1.member.metricName": [transformation?.metricName, metricText],
    "metricTransformations.1.member.metricNamespace": [transformation?.metricNamespace, metricText],
    "metricTransformations.1.member.metricValue": [transformation?.metricValue, { length: [0, 100] }],
    "metricTransformations.1.member.unit": [transformation?.unit, { enum: metricUnits }],
  });
  if (input.fieldSelectionCriteria) throw refused("fieldSelectionCriteria of a metric filter");
  if (input.emitSystemFieldDimensions?.length) throw refused("emitSystemFieldDimensions of a metric filter");
  const group = findGroup(context, input.logGroupName);
  const { metricNamespace, metricValue, dimensions = {}, defaultValue } = transformation!;
  if (metricNamespace!.startsWith("AWS/"))
    throw invalidParameter(`Invalid metric transformation: metricNamespace must not start with AWS/`);
  if (!metricValue!.startsWith("$") && !Number.isFinite(Number(metricValue!.trim() || NaN))) {
    throw invalidParameter("Invalid metric transformation: metricValue must be a number or a field of the filter pattern.");
  }
  if (Object.keys(dimensions).length > 3) throw invalidParameter("Invalid metric transformation: at most 3 dimensions are allowed.");
  if (Object.keys(dimensions).length > 0 && defaultValue !== undefined) {
    throw invalidParameter("Invalid metric transformation: dimensions and default value are mutually exclusive properties.");
  }
  parseFilterPattern(
    input.filterPattern,
    selectorsOf(transformation!).filter((selector) => selector.startsWith("$.")),
  );
  const key = `${group.name}:${input.filterName}`;
  const previous = metricFilters(cloud).get(region, key);
  if (!previous && filtersOf(cloud, region, group.name).length >= 100) throw limitExceeded();
  metricFilters(cloud).put(region, key, {
    filterName: input.filterName,
    filterPattern: input.filterPattern,
    logGroupName: group.name,
    creationTimeMs: previous?.creationTimeMs ?? cloud.world.clock.nowMs(),
    transformation: transformation!,
    applyOnTransformedLogs: input.applyOnTransformedLogs ?? false,
  });
  return {};
});

/** As AWS prints one in what it says of too many. */
function printed({ metricName, metricNamespace, metricValue, defaultValue, unit, dimensions }: MetricTransformation): string {
  const members = { metricName, metricNamespace, metricValue, defaultValue, unit, dimensions: dimensions && JSON.stringify(dimensions) };
  return `MetricTransformation(${Object.entries(members)
    .map(([name, value]) => `${name}=${value ?? "null"}`)
    .join(", ")})`;
}

export const describeMetricFilters = operation("logs", "DescribeMetricFilters", (input, context) => {
  const { cloud, region } = context;
  const { logGroupName, filterNamePrefix, nextToken, limit = 50, metricName, metricNamespace } = input;
  checkConstraints("InvalidParameterException", {
    filterNamePrefix: [filterNamePrefix, filterName],
    metricName: [metricName, metricText],
    metricNamespace: [metricNamespace, metricText],
    limit: [limit, { range: [1, 50] }],
  });
  if ((metricName === undefined) !== (metricNamespace === undefined)) {
    throw invalidParameter("If you include the metricName parameter in your request, you must also include the metricNamespace parameter.");
  }
  const group = logGroupName === undefined ? undefined : findGroup(context, logGroupName);
  const wanted = (group ? filtersOf(cloud, region, group.name) : metricFilters(cloud).list(region)).filter(
    ({ filterName: name, transformation }) =>
      name.startsWith(filterNamePrefix ?? "") &&
      (metricName === undefined || (transformation.metricName === metricName && transformation.metricNamespace === metricNamespace)),
  );
  const query = JSON.stringify(["DescribeMetricFilters", logGroupName, filterNamePrefix, metricName, metricNamespace]);
  const keyOf = (filter: MetricFilter) => `${filter.logGroupName}:${filter.filterName}`;
  const page = pageOf(wanted, { size: limit, token: nextToken, keyOf, query, invalid: invalidNextToken });
  return {
    metricFilters: page.items.map((filter) => ({
      filterName: filter.filterName,
      filterPattern: filter.filterPattern,
      metricTransformations: [filter.transformation],
      creationTime: filter.creationTimeMs,
      logGroupName: filter.logGroupName,
      applyOnTransformedLogs: filter.applyOnTransformedLogs,
    })),
    ...(page.nextToken !== undefined && { nextToken: page.nextToken }),
  };
});

export const deleteMetricFilter = operation("logs", "DeleteMetricFilter", (input, context) => {
  checkGroupName(input.logGroupName);
  checkConstraints("InvalidParameterException", { filterName: [input.filterName, filterName] });
  const group = findGroup(context, input.logGroupName);
  if (!metricFilters(context.cloud).delete(context.region, `${group.name}:${input.filterName}`)) {
    throw new AwsError("ResourceNotFoundException", "The specified metric filter does not exist.");
  }
  return {};
});

export const testMetricFilter = operation("logs", "TestMetricFilter", (input) => {
  checkConstraints("InvalidParameterException", {
    filterPattern: [input.filterPattern, { length: [0, 1024] }],
    logEventMessages: [input.logEventMessages, { length: [1, 50] }],
    ...Object.fromEntries(
      input.logEventMessages.map((message, index) => [
        `logEventMessages.${index + 1}.member`,
        [message, { length: [1, Infinity] }] as const,
      ]),
    ),
  });
  const match = parseFilterPattern(input.filterPattern);
  return {
    matches: input.logEventMessages.flatMap((message, index) => {
      const extracted = match(message!);
      return extracted ? [{ eventNumber: index + 1, eventMessage: message!, extractedValues: Object.fromEntries(extracted) }] : [];
    }),
  };
});
