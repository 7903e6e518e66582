/** Web ACLs, compiled: rules in the order of their priorities until one decides. */
import type { CustomResponseBody, DefaultAction, Rule, RuleAction, Statement, VisibilityConfig } from "@aws-sdk/client-wafv2";
import type { FieldTable } from "./fields.ts";
import type { InspectedRequest } from "./firewall.ts";
import { type Inspection, startInspection } from "./inspection.ts";
import type { GroupOutcome, HeaderPair, Outcome, RuleMatch } from "./outcome.ts";
import type { RateCounter } from "./rates.ts";
import { blockResponse, insertedHeaders } from "./responses.ts";
import { compileStatement, type Matcher, type StatementScope } from "./statements.ts";

export interface AclDefinition {
  /** `awswaf:123456789012:webacl:NAME:`. */
  labelPrefix: string;
  defaultAction: DefaultAction;
  rules: readonly Rule[];
  visibility: VisibilityConfig;
  customResponseBodies?: Readonly<Record<string, CustomResponseBody>> | undefined;
}

export interface GroupDefinition {
  /** `AWS#NAME`, or an ARN. */
  id: string;
  managed: boolean;
  labelPrefix: string;
  rules: readonly Rule[];
  customResponseBodies?: Readonly<Record<string, CustomResponseBody>> | undefined;
}

/** Where the things lie that rules name. */
export interface References {
  ipSet(arn: string): readonly string[];
  regexPatternSet(arn: string): readonly string[];
  ruleGroup(arn: string): GroupDefinition | undefined;
  managedRuleGroup(vendor: string, name: string): GroupDefinition | undefined;
  rateCounter(ruleName: string, statement: NonNullable<Statement["RateBasedStatement"]>): RateCounter;
}

export interface CompiledAcl {
  /** 0 when no rule looks at bodies. */
  readonly bodyLimitBytes: number;
  evaluate(request: InspectedRequest, nowMs: number): Outcome;
}

/** A load balancer gives a web ACL so much of a body. */
const balancerBodyBytes = 8192;

export function compileAcl(acl: AclDefinition, references: References, bodyLimitBytes = balancerBodyBytes): CompiledAcl {
  const fields: FieldTable = { byKey: new Map(), readsBodies: false };
  const steps = inOrder(acl.rules).map((rule) => compileRule(rule, acl, references, fields));
  const byDefault = compileDefault(acl);
  return {
    bodyLimitBytes: fields.readsBodies ? bodyLimitBytes : 0,
    evaluate(request, nowMs) {
      const inspection = startInspection(request, nowMs, fields.byKey.size);
      const outcome: Outcome = {
        action: "ALLOW",
        terminatingRuleId: "Default_Action",
        terminatingRuleType: "REGULAR",
        details: [],
        insertHeaders: [],
        labels: inspection.labels,
        nonTerminating: [],
        groups: [],
        rates: [],
        counts: [],
      };
      for (const step of steps) if (step(inspection, outcome)) return outcome;
      byDefault(outcome);
      return outcome;
    },
  };
}

const inOrder = (rules: readonly Rule[]) => rules.toSorted((a, b) => a.Priority! - b.Priority!);

/** Applies a rule; whether that decided. */
type Step = (inspection: Inspection, outcome: Outcome) => boolean;

function compileDefault({ defaultAction, visibility, customResponseBodies }: AclDefinition): (outcome: Outcome) => void {
  const blocks = defaultAction.Block !== undefined;
  const response = blocks ? blockResponse(defaultAction.Block, customResponseBodies) : undefined;
  const headers = insertedHeaders(defaultAction.Allow?.CustomRequestHandling?.InsertHeaders);
  const kind = blocks ? "BLOCK" : "ALLOW";
  const count = { metricName: "Default_Action", kind, ...visible(visibility) } as const;
  return (outcome) => {
    outcome.action = kind;
    if (response) outcome.response = response;
    else outcome.insertHeaders.push(...headers);
    outcome.counts.push(count);
  };
}

const visible = (visibility: VisibilityConfig | undefined) => ({
  metered: visibility?.CloudWatchMetricsEnabled ?? false,
  sampled: visibility?.SampledRequestsEnabled ?? false,
});

interface Action {
  kind: "ALLOW" | "BLOCK" | "COUNT";
  headers: HeaderPair[];
  response: Outcome["response"];
}

function compileAction(action: RuleAction | undefined, bodies: Readonly<Record<string, CustomResponseBody>> | undefined): Action {
  const kind = action?.Block ? "BLOCK" : action?.Allow ? "ALLOW" : "COUNT";
  const handling = action?.Allow?.CustomRequestHandling ?? action?.Count?.CustomRequestHandling;
  return {
    kind,
    headers: insertedHeaders(handling?.InsertHeaders),
    response: kind === "BLOCK" ? blockResponse(action?.Block, bodies) : undefined,
  };
}

function scopeOf(references: References, fields: FieldTable, labelPrefix: string, ruleName: string): StatementScope {
  return {
    fields,
    labelPrefix,
    ipSet: references.ipSet,
    regexPatternSet: references.regexPatternSet,
    rateCounter: (statement) => references.rateCounter(ruleName, statement),
  };
}

function compileRule(rule: Rule, acl: AclDefinition, references: References, fields: FieldTable): Step {
  const group = groupOf(rule.Statement!, references);
  if (group) return compileGroup(rule, group, acl, references, fields);
  const matches = compileStatement(rule.Statement!, scopeOf(references, fields, acl.labelPrefix, rule.Name!));
  const action = compileAction(rule.Action, acl.customResponseBodies);
  const labels = (rule.RuleLabels ?? []).map(({ Name }) => acl.labelPrefix + Name!);
  const count = { metricName: rule.VisibilityConfig!.MetricName!, kind: action.kind, ...visible(rule.VisibilityConfig) };
  const rate = rule.Statement!.RateBasedStatement;
  const ruleId = rule.Name!;
  const limited = rate && {
    ruleName: ruleId,
    limitKey: rate.AggregateKeyType!,
    limit: Number(rate.Limit),
    windowSeconds: rate.EvaluationWindowSec ?? 300,
  };
  return (inspection, outcome) => {
    if (inspection.details.length > 0) inspection.details = [];
    if (!matches(inspection)) return false;
    inspection.labels.push(...labels);
    if (limited) outcome.rates.push(limited);
    outcome.counts.push(count);
    outcome.insertHeaders.push(...action.headers);
    if (action.kind === "COUNT") {
      outcome.nonTerminating.push({ ruleId, action: "COUNT", details: inspection.details });
      return false;
    }
    decide(outcome, action, ruleId, rate ? "RATE_BASED" : "REGULAR", inspection.details);
    return true;
  };
}

function decide(outcome: Outcome, action: Action, ruleId: string, type: Outcome["terminatingRuleType"], details: Outcome["details"]): void {
  outcome.action = action.kind === "BLOCK" ? "BLOCK" : "ALLOW";
  if (action.response) outcome.response = action.response;
  outcome.terminatingRuleId = ruleId;
  outcome.terminatingRuleType = type;
  outcome.details = details;
}

interface UsedGroup extends GroupDefinition {
  scopeDown: Statement | undefined;
  /** Actions by the rule's name, in place of its own. */
  overrides: ReadonlyMap<string, RuleAction>;
}

function groupOf(statement: Statement, references: References): UsedGroup | undefined {
  const used = statement.RuleGroupReferenceStatement ?? statement.ManagedRuleGroupStatement;
  if (!used) return undefined;
  const { ManagedRuleGroupStatement: managed, RuleGroupReferenceStatement: own } = statement;
  const group = own ? references.ruleGroup(own.ARN!) : references.managedRuleGroup(managed!.VendorName!, managed!.Name!);
  const overrides = new Map((used.ExcludedRules ?? []).map(({ Name }) => [Name!, { Count: {} } as RuleAction]));
  for (const { Name, ActionToUse } of used.RuleActionOverrides ?? []) overrides.set(Name!, ActionToUse!);
  // A group that has gone matches nothing.
  return {
    ...(group ?? { id: own?.ARN ?? managed!.Name!, managed: !own, labelPrefix: "", rules: [] }),
    scopeDown: managed?.ScopeDownStatement,
    overrides,
  };
}

interface GroupRule {
  name: string;
  matches: Matcher;
  action: Action;
  /** The action of its own, where that was replaced. */
  own: Action["kind"] | undefined;
  labels: readonly string[];
}

function compileGroup(rule: Rule, group: UsedGroup, acl: AclDefinition, references: References, fields: FieldTable): Step {
  const scopeDown = group.scopeDown && compileStatement(group.scopeDown, scopeOf(references, fields, acl.labelPrefix, rule.Name!));
  const rules = inOrder(group.rules).map((inner): GroupRule => {
    const override = group.overrides.get(inner.Name!);
    const own = compileAction(inner.Action, group.customResponseBodies);
    return {
      name: inner.Name!,
      matches: compileStatement(inner.Statement!, scopeOf(references, fields, group.labelPrefix, `${rule.Name!}/${inner.Name!}`)),
      action: override ? compileAction(override, acl.customResponseBodies) : own,
      own: override && own.kind,
      labels: (inner.RuleLabels ?? []).map(({ Name }) => group.labelPrefix + Name!),
    };
  });
  const counted = rule.OverrideAction?.Count !== undefined;
  const metricName = rule.VisibilityConfig!.MetricName!;
  const seen = visible(rule.VisibilityConfig);
  const passed = { metricName, kind: "PASS", ...seen, sampled: false } as const;
  return (inspection, outcome) => {
    if (scopeDown && !scopeDown(inspection)) return false;
    const result: GroupOutcome = { ruleGroupId: group.id, nonTerminating: [] };
    outcome.groups.push(result);
    const deciding = applyGroup(rules, inspection, outcome, result);
    for (const { ruleId } of result.nonTerminating) outcome.counts.push({ metricName, kind: "COUNT", ruleWithinGroup: ruleId, ...seen });
    if (!deciding) {
      if (result.nonTerminating.length === 0) outcome.counts.push(passed);
      return false;
    }
    const kind = counted ? "COUNT" : deciding.action.kind;
    outcome.counts.push({ metricName, kind, ruleWithinGroup: deciding.name, ...seen });
    if (counted) {
      outcome.nonTerminating.push({ ruleId: rule.Name!, action: "COUNT", details: inspection.details });
      return false;
    }
    outcome.insertHeaders.push(...deciding.action.headers);
    decide(outcome, deciding.action, rule.Name!, group.managed ? "MANAGED_RULE_GROUP" : "GROUP", inspection.details);
    return true;
  };
}

/** The rule of the group that decides, if one does. */
function applyGroup(rules: readonly GroupRule[], inspection: Inspection, outcome: Outcome, result: GroupOutcome): GroupRule | undefined {
  for (const rule of rules) {
    if (inspection.details.length > 0) inspection.details = [];
    if (!rule.matches(inspection)) continue;
    inspection.labels.push(...rule.labels);
    const match: RuleMatch = {
      ruleId: rule.name,
      action: rule.action.kind,
      ...(rule.own && rule.own !== rule.action.kind && { overriddenAction: rule.own }),
      details: inspection.details,
    };
    if (rule.action.kind !== "COUNT") {
      result.terminatingRule = match;
      return rule;
    }
    outcome.insertHeaders.push(...rule.action.headers);
    result.nonTerminating.push(match);
  }
  return undefined;
}
