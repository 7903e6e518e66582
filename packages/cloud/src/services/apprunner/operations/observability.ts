/** Operations on observability configurations. */
import { originOf, systemTagsOf } from "../../../runtime/system-tags.ts";
import { operation } from "../../../service.ts";
import { check, invalidRequest } from "../errors.ts";
import { arnOf, newId } from "../names.ts";
import {
  describeObservability,
  observabilities,
  type ObservabilityRecord,
  removeObservability,
  requireObservability,
  saveObservability,
} from "../observability.ts";
import { page } from "../pages.ts";
import { services } from "../service.ts";
import { readTags } from "../tags.ts";

const namePattern = "[A-Za-z0-9][A-Za-z0-9\\-_]{3,31}";

export const createObservabilityConfiguration = operation("apprunner", "CreateObservabilityConfiguration", (input, context) => {
  const { ObservabilityConfigurationName: name, TraceConfiguration: trace } = input;
  check({
    observabilityConfigurationName: [name, { length: [4, 32], pattern: namePattern }],
    "traceConfiguration.vendor": [trace?.Vendor, { enum: ["AWSXRAY"] }],
  });
  const revision =
    Math.max(
      0,
      ...observabilities(context)
        .filter((each) => each.name === name)
        .map((each) => each.revision),
    ) + 1;
  const record: ObservabilityRecord = {
    arn: arnOf(context, "observabilityconfiguration", name, revision, newId(context)),
    name,
    revision,
    ...(trace?.Vendor !== undefined && { vendor: trace.Vendor }),
    createdMs: context.cloud.world.clock.nowMs(),
    tags: readTags(input.Tags),
    systemTags: { ...systemTagsOf(input) },
    ...(originOf(input)?.token !== undefined && { token: originOf(input)!.token! }),
  };
  saveObservability(context, record);
  return { ObservabilityConfiguration: describeObservability(context, record) };
});

export const describeObservabilityConfiguration = operation("apprunner", "DescribeObservabilityConfiguration", (input, context) => ({
  ObservabilityConfiguration: describeObservability(context, requireObservability(context, input.ObservabilityConfigurationArn)),
}));

export const deleteObservabilityConfiguration = operation("apprunner", "DeleteObservabilityConfiguration", (input, context) => {
  const record = requireObservability(context, input.ObservabilityConfigurationArn);
  const isUsed = services(context).some(
    ({ status, configuration }) => status !== "DELETED" && configuration.observability?.ObservabilityConfigurationArn === record.arn,
  );
  if (isUsed)
    throw invalidRequest(`ObservabilityConfiguration ${record.arn} is in use by one or more App Runner services and cannot be deleted.`);
  removeObservability(context, record);
  return { ObservabilityConfiguration: describeObservability(context, record, context.cloud.world.clock.nowMs()) };
});

export const listObservabilityConfigurations = operation("apprunner", "ListObservabilityConfigurations", (input, context) => {
  const { ObservabilityConfigurationName: name, LatestOnly = false } = input;
  const all = observabilities(context).filter((each) => name === undefined || each.name === name);
  const asked = LatestOnly ? all.filter((each, index) => all[index + 1]?.name !== each.name) : all;
  const keyOf = (each: ObservabilityRecord) => `${each.name}/${String(each.revision).padStart(8, "0")}`;
  const sorted = asked.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const { items, NextToken } = page(sorted, input, `observabilities ${name} ${LatestOnly}`, keyOf, 100);
  return {
    ObservabilityConfigurationSummaryList: items.map((each) => ({
      ObservabilityConfigurationArn: each.arn,
      ObservabilityConfigurationName: each.name,
      ObservabilityConfigurationRevision: each.revision,
    })),
    ...(NextToken !== undefined && { NextToken }),
  };
});
