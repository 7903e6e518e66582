/** CreateLogGroup, DeleteLogGroup, DescribeLogGroups, ListLogGroups, their retention, keys and deletion protection. */
import { AwsError } from "../../../aws-error.ts";
import { checkConstraints } from "../../../constraints.ts";
import { pageOf } from "../../../paging.ts";
import { operation, type OperationContext } from "../../../service.ts";
import { groupExists, invalidNextToken, invalidParameter } from "../errors.ts";
import { storedBytes } from "../events.ts";
import {
  checkGroupName,
  findGroup,
  groupArn,
  groups,
  type LogGroup,
  type LogGroupClass,
  logGroupClasses,
  nameOfIdentifier,
  retentions,
} from "../groups.ts";
import { checkGroupKey } from "../group-key.ts";
import { filtersOf, metricFilters } from "../metric-filters.ts";
import { expireSoon } from "../retention.ts";
import { deleteContents } from "../streams.ts";
import { takeNumbers } from "../tables.ts";
import { checkTags } from "../tags.ts";
import { forgetSubscriptionFilters } from "./subscription-filters.ts";

export const createLogGroup = operation("logs", "CreateLogGroup", (input, context) => {
  const { cloud, region } = context;
  const { logGroupName: name, kmsKeyId, tags, logGroupClass = "STANDARD", deletionProtectionEnabled = false } = input;
  checkGroupName(name);
  checkGroupKey(context, name, kmsKeyId);
  checkConstraints("InvalidParameterException", { logGroupClass: [logGroupClass, { enum: logGroupClasses }] });
  if (tags) checkTags(tags);
  if (groups(cloud).has(region, name)) throw groupExists();
  groups(cloud).put(region, name, {
    id: takeNumbers(cloud, "group", 1),
    name: name,
    creationTimeMs: cloud.world.clock.nowMs(),
    class: logGroupClass as LogGroupClass,
    deletionProtection: deletionProtectionEnabled,
    tags: { ...tags },
    ...(kmsKeyId !== undefined && { kmsKeyId }),
  });
  return {};
});

export const deleteLogGroup = operation("logs", "DeleteLogGroup", (input, context) => {
  const { cloud, region } = context;
  const group = findGroup(context, input.logGroupName);
  if (group.deletionProtection) {
    throw new AwsError(
      "ValidationException",
      "The specified log group has deletion protection enabled. Disable it before deleting the log group.",
    );
  }
  deleteContents(cloud, group.id);
  cloud.store.transaction(() => {
    for (const filter of filtersOf(cloud, region, group.name)) metricFilters(cloud).delete(region, `${group.name}:${filter.filterName}`);
    forgetSubscriptionFilters(context, group.name);
    groups(cloud).delete(region, group.name);
  });
  return {};
});

export const describeLogGroups = operation("logs", "DescribeLogGroups", (input, context) => {
  const { cloud, region } = context;
  const { logGroupNamePrefix: prefix, logGroupNamePattern: pattern, limit = 50, nextToken, logGroupClass, logGroupIdentifiers } = input;
  if (prefix !== undefined && pattern !== undefined) {
    throw invalidParameter("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.");
  }
  checkGroupName(prefix, "logGroupNamePrefix");
  checkConstraints("InvalidParameterException", {
    logGroupNamePattern: [pattern, { length: [0, 512], pattern: "[\\.\\-_/#A-Za-z0-9]*" }],
    limit: [limit, { range: [1, 50] }],
    logGroupClass: [logGroupClass, { enum: logGroupClasses }],
    logGroupIdentifiers: [logGroupIdentifiers, { length: [1, 50] }],
  });
  const named = logGroupIdentifiers && new Set(logGroupIdentifiers.map((identifier) => nameOfIdentifier(context, identifier)));
  const wanted = groups(cloud)
    .list(region, prefix)
    .filter(
      (group) =>
        (pattern === undefined || group.name.includes(pattern)) &&
        (logGroupClass === undefined || group.class === logGroupClass) &&
        (named === undefined || named.has(group.name)),
    );
  const query = JSON.stringify(["DescribeLogGroups", prefix, pattern, logGroupClass, logGroupIdentifiers]);
  const page = pageOf(wanted, { size: limit, token: nextToken, keyOf: ({ name }) => name, query, invalid: invalidNextToken });
  return {
    logGroups: page.items.map((group) => described(context, group, pattern === undefined)),
    ...(page.nextToken !== undefined && { nextToken: page.nextToken }),
  };
});

/** AWS leaves the figures out where groups are asked for by a pattern. */
function described(context: OperationContext, group: LogGroup, withFigures: boolean) {
  const arn = groupArn(context, group.name);
  return {
    logGroupName: group.name,
    creationTime: group.creationTimeMs,
    ...(group.retentionInDays !== undefined && { retentionInDays: group.retentionInDays }),
    metricFilterCount: filtersOf(context.cloud, context.region, group.name).length,
    arn: `${arn}:*`,
    ...(withFigures && { storedBytes: storedBytes(context.cloud, group.id), deletionProtectionEnabled: group.deletionProtection }),
    ...(group.kmsKeyId !== undefined && { kmsKeyId: group.kmsKeyId }),
    logGroupClass: group.class,
    logGroupArn: arn,
  };
}

export const listLogGroups = operation("logs", "ListLogGroups", (input, context) => {
  const { logGroupNamePattern: pattern, logGroupClass, limit = 50, nextToken } = input;
  checkConstraints("InvalidParameterException", {
    logGroupNamePattern: [
      pattern,
      { length: [3, 129], pattern: "(\\^?[\\.\\-_\\/#A-Za-z0-9]{3,24})(\\|\\^?[\\.\\-_\\/#A-Za-z0-9]{3,24}){0,4}" },
    ],
    logGroupClass: [logGroupClass, { enum: logGroupClasses }],
    limit: [limit, { range: [1, 1000] }],
  });
  // Up to five alternatives; `^` binds one to the beginning of the name.
  const alternatives = pattern?.split("|");
  const wanted = groups(context.cloud)
    .list(context.region)
    .filter(
      ({ name, class: itsClass }) =>
        (logGroupClass === undefined || itsClass === logGroupClass) &&
        (alternatives === undefined ||
          alternatives.some((each) => (each.startsWith("^") ? name.startsWith(each.slice(1)) : name.includes(each)))),
    );
  const query = JSON.stringify(["ListLogGroups", pattern, logGroupClass]);
  const page = pageOf(wanted, { size: limit, token: nextToken, keyOf: ({ name }) => name, query, invalid: invalidNextToken });
  return {
    logGroups: page.items.map((group) => ({
      logGroupName: group.name,
      logGroupArn: groupArn(context, group.name),
      logGroupClass: group.class,
    })),
    ...(page.nextToken !== undefined && { nextToken: page.nextToken }),
  };
});

export const putRetentionPolicy = operation("logs", "PutRetentionPolicy", (input, context) => {
  const { retentionInDays } = input;
  if (!retentions.includes(retentionInDays)) {
    throw invalidParameter(
      `1 validation error detected: Value '${retentionInDays}' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [${retentions.join(", ")}]`,
    );
  }
  change(context, input.logGroupName, (group) => ({ ...group, retentionInDays }));
  expireSoon(context.cloud);
  return {};
});

export const deleteRetentionPolicy = operation("logs", "DeleteRetentionPolicy", (input, context) => {
  change(context, input.logGroupName, ({ retentionInDays: _forgotten, ...group }) => group);
  return {};
});

export const associateKmsKey = operation("logs", "AssociateKmsKey", (input, context) => {
  const name = keyTarget(context, input);
  findGroup(context, name);
  checkGroupKey(context, name, input.kmsKeyId);
  change(context, name, (group) => ({ ...group, kmsKeyId: input.kmsKeyId }));
  return {};
});

export const disassociateKmsKey = operation("logs", "DisassociateKmsKey", (input, context) => {
  change(context, keyTarget(context, input), ({ kmsKeyId: _forgotten, ...group }) => group);
  return {};
});

export const putLogGroupDeletionProtection = operation("logs", "PutLogGroupDeletionProtection", (input, context) => {
  const name = nameOfIdentifier(context, input.logGroupIdentifier);
  change(context, name, (group) => ({ ...group, deletionProtection: input.deletionProtectionEnabled }));
  return {};
});

function change(context: OperationContext, name: string, changed: (group: LogGroup) => LogGroup): void {
  const group = findGroup(context, name);
  groups(context.cloud).put(context.region, group.name, changed(group));
}

function keyTarget(
  context: OperationContext,
  input: { logGroupName?: string | undefined; resourceIdentifier?: string | undefined },
): string {
  if ((input.logGroupName === undefined) === (input.resourceIdentifier === undefined)) {
    throw invalidParameter("Exactly one of logGroupName and resourceIdentifier must be specified.");
  }
  return input.logGroupName ?? nameOfIdentifier(context, input.resourceIdentifier!);
}
