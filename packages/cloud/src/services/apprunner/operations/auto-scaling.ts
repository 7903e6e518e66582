/** Operations on auto scaling configurations. */
import { originOf, systemTagsOf } from "../../../runtime/system-tags.ts";
import { operation } from "../../../service.ts";
import {
  type AutoScalingRecord,
  autoScalings,
  checkUnused,
  defaultScaling,
  describeAutoScaling,
  isProvided,
  removeAutoScaling,
  requireAutoScaling,
  saveAutoScaling,
  summaryOf,
  usersOf,
} from "../auto-scaling.ts";
import { check, invalidRequest } from "../errors.ts";
import { arnOf, newId } from "../names.ts";
import { page } from "../pages.ts";
import { readTags } from "../tags.ts";

const namePattern = "[A-Za-z0-9][A-Za-z0-9\\-_]{3,31}";

export const createAutoScalingConfiguration = operation("apprunner", "CreateAutoScalingConfiguration", (input, context) => {
  const { AutoScalingConfigurationName: name } = input;
  const { MaxConcurrency = defaultScaling.maxConcurrency, MinSize = defaultScaling.minSize, MaxSize = defaultScaling.maxSize } = input;
  check({
    autoScalingConfigurationName: [name, { length: [4, 32], pattern: namePattern }],
    maxConcurrency: [MaxConcurrency, { range: [1, 200] }],
    minSize: [MinSize, { range: [1, 25] }],
    maxSize: [MaxSize, { range: [1, 25] }],
  });
  if (MinSize > MaxSize) throw invalidRequest(`MinSize ${MinSize} cannot be greater than MaxSize ${MaxSize}.`);
  const tags = readTags(input.Tags);
  const revision =
    Math.max(
      0,
      ...autoScalings(context)
        .filter((each) => each.name === name)
        .map((each) => each.revision),
    ) + 1;
  const record: AutoScalingRecord = {
    arn: arnOf(context, "autoscalingconfiguration", name, revision, newId(context)),
    name,
    revision,
    maxConcurrency: MaxConcurrency,
    minSize: MinSize,
    maxSize: MaxSize,
    createdMs: context.cloud.world.clock.nowMs(),
    isDefault: false,
    tags,
    systemTags: { ...systemTagsOf(input) },
    ...(originOf(input)?.token !== undefined && { token: originOf(input)!.token! }),
  };
  saveAutoScaling(context, record);
  return { AutoScalingConfiguration: describeAutoScaling(context, record) };
});

export const describeAutoScalingConfiguration = operation("apprunner", "DescribeAutoScalingConfiguration", (input, context) => ({
  AutoScalingConfiguration: describeAutoScaling(context, requireAutoScaling(context, input.AutoScalingConfigurationArn)),
}));

export const deleteAutoScalingConfiguration = operation("apprunner", "DeleteAutoScalingConfiguration", (input, context) => {
  const record = requireAutoScaling(context, input.AutoScalingConfigurationArn);
  const all = input.DeleteAllRevisions ? autoScalings(context).filter(({ name }) => name === record.name) : [record];
  for (const each of all) {
    if (isProvided(each)) throw invalidRequest("The auto scaling configuration that App Runner provides cannot be deleted.");
    if (each.isDefault) throw invalidRequest("The default auto scaling configuration cannot be deleted.");
    checkUnused(context, each);
  }
  for (const each of all) removeAutoScaling(context, each);
  return { AutoScalingConfiguration: describeAutoScaling(context, record, context.cloud.world.clock.nowMs()) };
});

export const updateDefaultAutoScalingConfiguration = operation("apprunner", "UpdateDefaultAutoScalingConfiguration", (input, context) => {
  const record = requireAutoScaling(context, input.AutoScalingConfigurationArn);
  for (const each of autoScalings(context)) {
    const isDefault = each.arn === record.arn;
    if (!isProvided(each) && each.isDefault !== isDefault) saveAutoScaling(context, { ...each, isDefault });
  }
  return { AutoScalingConfiguration: describeAutoScaling(context, requireAutoScaling(context, record.arn)) };
});

export const listAutoScalingConfigurations = operation("apprunner", "ListAutoScalingConfigurations", (input, context) => {
  const { AutoScalingConfigurationName: name, LatestOnly = false } = input;
  const all = autoScalings(context).filter((each) => name === undefined || each.name === name);
  const asked = LatestOnly ? all.filter((each, index) => all[index + 1]?.name !== each.name) : all;
  const keyOf = (each: AutoScalingRecord) => `${each.name}/${String(each.revision).padStart(8, "0")}`;
  const { items, NextToken } = page(
    asked.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)),
    input,
    `scalings ${name} ${LatestOnly}`,
    keyOf,
    100,
  );
  return {
    AutoScalingConfigurationSummaryList: items.map((each) => summaryOf(context, each)),
    ...(NextToken !== undefined && { NextToken }),
  };
});

export const listServicesForAutoScalingConfiguration = operation(
  "apprunner",
  "ListServicesForAutoScalingConfiguration",
  (input, context) => {
    const record = requireAutoScaling(context, input.AutoScalingConfigurationArn);
    const { items, NextToken } = page(usersOf(context, record).toSorted(), input, `users ${record.arn}`, (arn) => arn, 100);
    return { ServiceArnList: items, ...(NextToken !== undefined && { NextToken }) };
  },
);
