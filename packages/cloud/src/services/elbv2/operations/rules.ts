/** CreateRule and what changes, orders, describes and removes rules. */
import type { Rule } from "@aws-sdk/client-elastic-load-balancing-v2";
import { checkConstraints } from "../../../constraints.ts";
import { systemTagsOf } from "../../../runtime/system-tags.ts";
import { operation } from "../../../service.ts";
import { readActions, readTransforms } from "../actions.ts";
import { readConditions } from "../conditions.ts";
import { notPermitted, priorityInUse, ruleNotFound, validationError } from "../errors.ts";
import { page } from "../paging.ts";
import { syncPlane } from "../plane.ts";
import { type ListenerRecord, listeners, requireListener, requireRule, type RuleRecord, rules, rulesOf, type Scope } from "../records.ts";
import { tagRecord } from "../tags.ts";

const describe = (record: RuleRecord): Rule => ({
  RuleArn: record.arn,
  Priority: String(record.priority),
  Conditions: record.conditions,
  Actions: record.actions,
  IsDefault: false,
  Transforms: record.transforms,
});

const describeDefault = ({ defaultRuleArn, defaultActions }: ListenerRecord): Rule => ({
  RuleArn: defaultRuleArn,
  Priority: "default",
  Conditions: [],
  Actions: defaultActions,
  IsDefault: true,
  Transforms: [],
});

/** The listener of which `ruleArn` is the default rule. */
const ofDefault = ({ cloud, region }: Scope, ruleArn: string) =>
  listeners(cloud).get(region, ruleArn.replace(":listener-rule/", ":listener/").replace(/\/[^/]*$/, ""));

const isDefault = (scope: Scope, ruleArn: string) => ofDefault(scope, ruleArn)?.defaultRuleArn === ruleArn;

function checkPriority(priority: number, path = "priority"): void {
  checkConstraints("ValidationError", { [path]: [priority, { range: [1, 50_000] }] });
}

export const createRule = operation("elbv2", "CreateRule", async (input, context) => {
  const { cloud, region } = context;
  const listener = requireListener(context, input.ListenerArn);
  checkPriority(input.Priority);
  if (input.Conditions.length === 0) throw validationError("A condition must be specified");
  const conditions = readConditions(input.Conditions);
  const tags = { ...tagRecord(input.Tags), ...systemTagsOf(input) };
  const transforms = readTransforms(input.Transforms);
  if (rulesOf(context, listener.arn).some(({ priority }) => priority === input.Priority)) throw priorityInUse(input.Priority);
  const actions = readActions(context, input.Actions, "actions", listener);
  const record: RuleRecord = {
    arn: `${listener.arn.replace(":listener/", ":listener-rule/")}/${cloud.world.random.hex(16)}`,
    listenerArn: listener.arn,
    priority: input.Priority,
    conditions,
    actions,
    transforms,
    tags,
    attributes: {},
  };
  rules(cloud).put(region, record.arn, record);
  await syncPlane(context);
  return { Rules: [describe(record)] };
});

export const describeRules = operation("elbv2", "DescribeRules", (input, context) => {
  const { ListenerArn, RuleArns: arns = [] } = input;
  if (ListenerArn === undefined && arns.length === 0) throw validationError("You must specify either listener rule ARNs or a listener ARN");
  if (ListenerArn !== undefined && arns.length > 0)
    throw validationError("Listener rule ARNs and a listener ARN cannot be specified at the same time");
  const found =
    ListenerArn !== undefined
      ? [...rulesOf(context, ListenerArn).map(describe), describeDefault(requireListener(context, ListenerArn))]
      : arns.map((arn) => {
          const record = rules(context.cloud).get(context.region, arn);
          if (record) return describe(record);
          const listener = ofDefault(context, arn);
          if (listener?.defaultRuleArn !== arn) throw ruleNotFound();
          return describeDefault(listener);
        });
  const order = ({ Priority }: Rule) => (Priority === "default" ? "default" : Priority!.padStart(6, "0"));
  const { items, marker } = page(
    found,
    input,
    `DescribeRules ${ListenerArn ?? arns.join(",")}`,
    (rule) => `${order(rule)} ${rule.RuleArn}`,
  );
  return { Rules: items, ...marker };
});

export const modifyRule = operation("elbv2", "ModifyRule", async (input, context) => {
  const arn = input.RuleArn;
  if (isDefault(context, arn)) throw notPermitted(`Default rule '${arn}' cannot be modified`);
  const record = requireRule(context, arn);
  const { Conditions, Actions, Transforms, ResetTransforms } = input;
  if (!Conditions?.length && !Actions?.length && Transforms === undefined && ResetTransforms === undefined)
    throw validationError("Either conditions or actions must be specified");
  if (Conditions && Conditions.length > 0) record.conditions = readConditions(Conditions);
  if (Actions && Actions.length > 0)
    record.actions = readActions(context, Actions, "actions", requireListener(context, record.listenerArn));
  if (Transforms !== undefined && Transforms.length > 0 && ResetTransforms)
    throw validationError("Transforms cannot be given and reset at the same time");
  if (Transforms !== undefined || ResetTransforms) record.transforms = readTransforms(ResetTransforms ? [] : Transforms);
  rules(context.cloud).put(context.region, arn, record);
  await syncPlane(context);
  return { Rules: [describe(record)] };
});

export const deleteRule = operation("elbv2", "DeleteRule", async (input, context) => {
  if (isDefault(context, input.RuleArn)) throw notPermitted(`Default rule '${input.RuleArn}' cannot be deleted`);
  requireRule(context, input.RuleArn);
  rules(context.cloud).delete(context.region, input.RuleArn);
  await syncPlane(context);
  return {};
});

export const setRulePriorities = operation("elbv2", "SetRulePriorities", async (input, context) => {
  const { cloud, region } = context;
  const given = input.RulePriorities.map(({ RuleArn = "", Priority = 0 }) => ({ arn: RuleArn, priority: Priority }));
  for (const [index, { priority }] of given.entries()) {
    checkPriority(priority, `rulePriorities.${index + 1}.member.priority`);
    if (given.findIndex((each) => each.priority === priority) !== index)
      throw validationError(`Priority '${priority}' was provided multiple times`);
  }
  const changed = given.map(({ arn, priority }) => {
    if (isDefault(context, arn)) throw notPermitted(`Default rule '${arn}' cannot be modified`);
    return { ...requireRule(context, arn), priority };
  });
  for (const record of changed) {
    const taken = rulesOf(context, record.listenerArn).find(
      (each) => each.priority === record.priority && !changed.some(({ arn }) => arn === each.arn),
    );
    if (taken) throw priorityInUse(record.priority);
  }
  cloud.store.transaction(() => {
    for (const record of changed) rules(cloud).put(region, record.arn, record);
  });
  await syncPlane(context);
  return { Rules: changed.map(describe) };
});
