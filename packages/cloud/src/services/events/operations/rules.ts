/** Operations on rules. */
import { pageOf } from "../../../paging.ts";
import { systemTagsOf } from "../../../runtime/system-tags.ts";
import { operation } from "../../../service.ts";
import { busName, requireBus } from "../bus.ts";
import { check, invalidNextToken, invalidParameter, limitExceeded, validation } from "../errors.ts";
import { forget, look } from "../life.ts";
import { readPattern } from "../pattern/pattern.ts";
import type { Place } from "../place.ts";
import {
  describeRule,
  findRule,
  keepRule,
  mostRules,
  parseExpression,
  planned,
  removeRule,
  requireRule,
  type Rule,
  ruleArn,
  rulesOf,
} from "../rule.ts";
import { checkTags, tagRecord } from "../tags.ts";

const namePattern = String.raw`[\.\-_A-Za-z0-9]+`;
const states = ["ENABLED", "DISABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"];

/** What is not given is taken away, but for targets and tags. */
export const putRule = operation("events", "PutRule", (input, context) => {
  const { Name: name, State: state = "ENABLED", Description: description, RoleArn: roleArn } = input;
  check({
    name: [name, { length: [1, 64], pattern: namePattern }],
    scheduleExpression: [input.ScheduleExpression, { length: [0, 256] }],
    eventPattern: [input.EventPattern, { length: [0, 4096] }],
    state: [state, { enum: states }],
    description: [description, { length: [0, 512] }],
    roleArn: [roleArn, { length: [1, 1600] }],
  });
  const pattern = input.EventPattern || undefined;
  const expression = input.ScheduleExpression || undefined;
  if (pattern === undefined && expression === undefined) {
    throw validation("Parameter(s) EventPattern or ScheduleExpression must be specified.");
  }
  if (expression !== undefined) {
    if (busName(input.EventBusName) !== "default") throw validation("ScheduleExpression is supported only on the default event bus.");
    if (!parseExpression(expression)) throw invalidParameter("ScheduleExpression");
  }
  const { name: bus } = requireBus(context, input.EventBusName);
  if (pattern !== undefined) readPattern(pattern);
  const before = findRule(context, bus, name);
  if (!before) checkTags(input.Tags);
  if (!before && rulesOf(context, bus).length >= mostRules) {
    throw limitExceeded(`The requested resource exceeds the maximum number allowed.`);
  }
  const nowMs = context.cloud.world.clock.nowMs();
  const rule: Rule = {
    name,
    bus,
    arn: ruleArn(context, bus, name),
    ...(pattern !== undefined && { pattern }),
    ...(expression !== undefined && { expression }),
    state: state as Rule["state"],
    ...(description !== undefined && { description }),
    ...(roleArn !== undefined && { roleArn }),
    targets: before?.targets ?? [],
    tags: before?.tags ?? tagRecord(input.Tags),
    systemTags: before?.systemTags ?? { ...systemTagsOf(input) },
    // A rate goes on counting when something else of its rule is changed.
    anchorMs: before?.expression === expression ? (before?.anchorMs ?? nowMs) : nowMs,
  };
  keepPlanned(context, rule);
  return { RuleArn: rule.arn };
});

function keepPlanned(place: Place, rule: Rule): void {
  keepRule(place, planned(rule, place.cloud.world.clock.nowMs()));
  look(place.cloud);
}

export const enableRule = operation("events", "EnableRule", ({ Name, EventBusName }, context) =>
  turn(context, Name, EventBusName, "ENABLED"),
);
export const disableRule = operation("events", "DisableRule", ({ Name, EventBusName }, context) =>
  turn(context, Name, EventBusName, "DISABLED"),
);

function turn(place: Place, name: string, givenBus: string | undefined, state: Rule["state"]): object {
  const rule = requireRule(place, requireBus(place, givenBus).name, name);
  keepPlanned(place, { ...rule, state });
  return {};
}

export const describeOneRule = operation("events", "DescribeRule", ({ Name, EventBusName }, context) => ({
  ...describeRule(requireRule(context, requireBus(context, EventBusName).name, Name)),
  CreatedBy: context.account,
}));

/** One that is not there is deleted already. */
export const deleteRule = operation("events", "DeleteRule", ({ Name, EventBusName }, context) => {
  const { name: bus } = requireBus(context, EventBusName);
  const rule = findRule(context, bus, Name);
  if (!rule) return {};
  if (rule.targets.length > 0) throw validation("Rule can't be deleted since it has targets.");
  removeRule(context, rule);
  forget(context, rule.arn);
  return {};
});

export const listRules = operation("events", "ListRules", ({ NamePrefix: prefix = "", EventBusName, Limit, NextToken }, context) => {
  check({ limit: [Limit, { range: [1, 100] }] });
  const { name: bus } = requireBus(context, EventBusName);
  const { items, nextToken } = pageOf(
    rulesOf(context, bus).filter(({ name }) => name.startsWith(prefix)),
    { size: Limit ?? 100, token: NextToken, keyOf: ({ name }) => name, query: `rules ${bus} ${prefix}`, invalid: invalidNextToken },
  );
  return { Rules: items.map(describeRule), ...(nextToken !== undefined && { NextToken: nextToken }) };
});

export const listRuleNamesByTarget = operation(
  "events",
  "ListRuleNamesByTarget",
  ({ TargetArn, EventBusName, Limit, NextToken }, context) => {
    check({ limit: [Limit, { range: [1, 100] }] });
    const { name: bus } = requireBus(context, EventBusName);
    const { items, nextToken } = pageOf(
      rulesOf(context, bus).filter(({ targets }) => targets.some(({ Arn }) => Arn === TargetArn)),
      { size: Limit ?? 100, token: NextToken, keyOf: ({ name }) => name, query: `names ${bus} ${TargetArn}`, invalid: invalidNextToken },
    );
    return { RuleNames: items.map(({ name }) => name), ...(nextToken !== undefined && { NextToken: nextToken }) };
  },
);
