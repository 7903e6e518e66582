/**
 * Subscription filters. AWS tries each target by a first message: what is not in the embedded cloud answers as what is not there on AWS.
 * Filters that name a destination of CloudWatch Logs are kept and answered.
 */
import { AwsError } from "../../../aws-error.ts";
import type { Cloud } from "../../../cloud.ts";
import { checkConstraints } from "../../../constraints.ts";
import { pageOf } from "../../../paging.ts";
import { operation, type OperationContext } from "../../../service.ts";
import { findDestination } from "../destinations.ts";
import { invalidNextToken, invalidParameter, limitExceeded } from "../errors.ts";
import { parseFilterPattern } from "../filter-pattern/index.ts";
import { findGroup } from "../groups.ts";

interface SubscriptionFilter {
  filterName: string;
  logGroupName: string;
  filterPattern: string;
  destinationArn: string;
  roleArn?: string;
  distribution: "Random" | "ByLogStream";
  applyOnTransformedLogs: boolean;
  creationTime: number;
}

const mostOfGroup = 2;
const filters = (cloud: Cloud) => cloud.store.collection<SubscriptionFilter>("logs.subscriptionFilter");
const filtersOf = ({ cloud, region }: OperationContext, group: string) => filters(cloud).list(region, `${group}:`);

export function forgetSubscriptionFilters(context: OperationContext, group: string): void {
  for (const { filterName } of filtersOf(context, group)) filters(context.cloud).delete(context.region, `${group}:${filterName}`);
}

export const putSubscriptionFilter = operation("logs", "PutSubscriptionFilter", (input, context) => {
  const { cloud, region } = context;
  const { filterName, filterPattern, destinationArn, roleArn, distribution = "ByLogStream", applyOnTransformedLogs = false } = input;
  checkConstraints("InvalidParameterException", {
    filterName: [filterName, { length: [1, 512], pattern: "[^:*]*" }],
    filterPattern: [filterPattern, { length: [0, 1024] }],
    distribution: [distribution, { enum: ["Random", "ByLogStream"] }],
  });
  const group = findGroup(context, input.logGroupName);
  parseFilterPattern(filterPattern);
  checkTarget(context, destinationArn, roleArn);
  const key = `${group.name}:${filterName}`;
  const before = filters(cloud).get(region, key);
  if (!before && filtersOf(context, group.name).length >= mostOfGroup) throw limitExceeded();
  filters(cloud).put(region, key, {
    filterName,
    logGroupName: group.name,
    filterPattern,
    destinationArn,
    ...(roleArn !== undefined && { roleArn }),
    distribution: distribution as "ByLogStream",
    applyOnTransformedLogs,
    creationTime: before?.creationTime ?? cloud.world.clock.nowMs(),
  });
  return {};
});

function checkTarget(context: OperationContext, arn: string, roleArn: string | undefined): void {
  const [, service, account, rest] = /^arn:[\w-]+:(lambda|kinesis|firehose|logs):[\w-]*:(\d*):(.+)$/u.exec(arn) ?? [];
  if ((service === "kinesis" || service === "firehose") && roleArn === undefined)
    throw invalidParameter(`destinationArn for vendor ${service} cannot be used without roleArn`);
  if (service === "lambda" && account !== context.account) {
    throw new AwsError(
      "AccessDeniedException",
      "Cross-account lambda invocation passing is not allowed. You must use DestinationPolicies to create cross account lambda triggers.",
    );
  }
  switch (service) {
    case "lambda":
      throw invalidParameter(
        "Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function.",
      );
    case "kinesis":
      throw invalidParameter(
        "Could not deliver test message to specified Kinesis stream. Check if the given kinesis stream is in ACTIVE state.",
      );
    case "firehose":
      throw invalidParameter(
        "Could not deliver test message to specified Firehose stream. Check if the given Firehose stream is in ACTIVE state.",
      );
    case "logs":
      findDestination(context, rest!.replace(/^destination:/u, ""));
      return;
    default:
      throw invalidParameter("PutSubscriptionFilter operation cannot work with destinationArn for vendor");
  }
}

export const describeSubscriptionFilters = operation("logs", "DescribeSubscriptionFilters", (input, context) => {
  const { filterNamePrefix = "", limit = 50, nextToken } = input;
  checkConstraints("InvalidParameterException", { limit: [limit, { range: [1, 50] }] });
  const group = findGroup(context, input.logGroupName);
  const page = pageOf(
    filtersOf(context, group.name).filter(({ filterName }) => filterName.startsWith(filterNamePrefix)),
    {
      size: limit,
      token: nextToken,
      keyOf: ({ filterName }) => filterName,
      query: JSON.stringify(["DescribeSubscriptionFilters", group.name, filterNamePrefix]),
      invalid: invalidNextToken,
    },
  );
  return { subscriptionFilters: page.items, ...(page.nextToken !== undefined && { nextToken: page.nextToken }) };
});

export const deleteSubscriptionFilter = operation("logs", "DeleteSubscriptionFilter", (input, context) => {
  const group = findGroup(context, input.logGroupName);
  if (!filters(context.cloud).delete(context.region, `${group.name}:${input.filterName}`))
    throw new AwsError("ResourceNotFoundException", "The specified subscription filter does not exist.");
  return {};
});
