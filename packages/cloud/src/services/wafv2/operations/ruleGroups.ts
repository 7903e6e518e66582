/** CreateRuleGroup, GetRuleGroup, UpdateRuleGroup, DeleteRuleGroup, ListRuleGroups. */
import type { Rule, Statement } from "@aws-sdk/client-wafv2";
import { AwsError } from "../../../aws-error.ts";
import { operation } from "../../../service.ts";
import { limitsExceeded, nonexistentItem } from "../errors.ts";
import { changeItem, check, findByArn, findItem, keepItem, listItems, newItem, removeItem, summaryOf } from "../items.ts";
import { replaceFirewalls } from "../placement.ts";
import { labelPrefix } from "../references.ts";
import { checkRules, checkVisibility, type RuleOwner } from "../rule-check.ts";
import { readRules, storedRules } from "../stored-rules.ts";
import type { StoredGroup } from "../things.ts";
import { checkUnused } from "./sets.ts";

/** The rules, which must not need more than the group may. */
function checkedRules(rules: readonly Rule[], capacity: number, owner: RuleOwner) {
  if (checkRules(rules, owner) > capacity) throw limitsExceeded();
  return storedRules(rules);
}

export const createRuleGroup = operation("wafv2", "CreateRuleGroup", (input, context) => {
  check({ capacity: [input.Capacity, { range: [1, 5000] }] });
  const item = newItem(context, "rulegroup", input);
  checkVisibility(input.VisibilityConfig);
  const owner = { context, kind: "rulegroup", scope: item.scope, bodies: input.CustomResponseBodies } as const;
  const capacity = Number(input.Capacity);
  const group: StoredGroup = {
    ...item,
    rules: checkedRules(input.Rules ?? [], capacity, owner),
    visibility: input.VisibilityConfig!,
    capacity,
    ...(input.CustomResponseBodies && { customResponseBodies: input.CustomResponseBodies }),
  };
  keepItem(context, "rulegroup", group);
  return { Summary: summaryOf(group) };
});

export const getRuleGroup = operation("wafv2", "GetRuleGroup", (input, context) => {
  const { ARN, Name, Scope, Id } = input;
  if (ARN === undefined && (Name === undefined || Scope === undefined || Id === undefined)) {
    const shown = [Name, Scope, Id].map((value) => value ?? "null");
    // The code is misspelled as moto has it from AWS.
    throw new AwsError(
      "AcessDeniedException",
      `Critical information is missing in your request: GetRuleGroupRequest(name=${shown[0]}, scope=${shown[1]}, id=${shown[2]}, aRN=null).`,
    );
  }
  const group = ARN === undefined ? findItem<StoredGroup>(context, "rulegroup", input) : findByArn<StoredGroup>(context, "rulegroup", ARN);
  if (!group) throw nonexistentItem();
  const rules = readRules(group.rules);
  const namespace = labelPrefix(context.account, "rulegroup", group.name);
  const whole = (name: string) => ({ Name: name.startsWith("awswaf:") ? name : namespace + name });
  const { LockToken, ...summary } = summaryOf(group);
  return {
    RuleGroup: {
      ...summary,
      Capacity: group.capacity,
      Rules: rules,
      VisibilityConfig: group.visibility,
      LabelNamespace: namespace,
      ...(group.customResponseBodies && { CustomResponseBodies: group.customResponseBodies }),
      AvailableLabels: [...new Set(rules.flatMap(({ RuleLabels = [] }) => RuleLabels.map((label) => label.Name!)))].map(whole),
      ConsumedLabels: [...new Set(rules.flatMap(({ Statement: statement }) => consumedLabels(statement ?? {})))].map(whole),
    },
    LockToken,
  };
});

function consumedLabels(statement: Statement): string[] {
  const inner = [
    ...(statement.AndStatement?.Statements ?? []),
    ...(statement.OrStatement?.Statements ?? []),
    ...[statement.NotStatement?.Statement, statement.RateBasedStatement?.ScopeDownStatement].flatMap((each) => each ?? []),
  ];
  const own = statement.LabelMatchStatement?.Key;
  return [...(own === undefined ? [] : [own]), ...inner.flatMap(consumedLabels)];
}

export const updateRuleGroup = operation("wafv2", "UpdateRuleGroup", async (input, context) => {
  const { customResponseBodies: _, ...group } = findItem<StoredGroup>(context, "rulegroup", input);
  checkVisibility(input.VisibilityConfig);
  const owner = { context, kind: "rulegroup", scope: group.scope, bodies: input.CustomResponseBodies } as const;
  const answer = changeItem<StoredGroup>(context, "rulegroup", group, input.LockToken, {
    description: input.Description ?? "",
    rules: checkedRules(input.Rules ?? [], group.capacity, owner),
    visibility: input.VisibilityConfig!,
    ...(input.CustomResponseBodies && { customResponseBodies: input.CustomResponseBodies }),
  });
  await replaceFirewalls(context.cloud, context.region);
  return answer;
});

export const deleteRuleGroup = operation("wafv2", "DeleteRuleGroup", (input, context) => {
  const group = findItem<StoredGroup>(context, "rulegroup", input);
  checkUnused(context, group.arn);
  removeItem(context, "rulegroup", group, input.LockToken);
  return {};
});

export const listRuleGroups = operation("wafv2", "ListRuleGroups", (input, context) => {
  const { summaries, ...page } = listItems(context, "rulegroup", input);
  return { RuleGroups: summaries, ...page };
});
