/** Checks rules as AWS does before it keeps them, and refuses by name what has no effect here. */
import type { CustomResponseBody, DefaultAction, Rule, RuleAction, Statement, VisibilityConfig } from "@aws-sdk/client-wafv2";
import { capacityOf } from "../../runtime/firewall/capacity.ts";
import { managedGroupNamed } from "../../runtime/firewall/managed/managed-groups.ts";
import type { OperationContext } from "../../service.ts";
import { exactlyOne, invalidParameter, limitsExceeded, nonexistentItem, refused } from "./errors.ts";
import { checkField, checkPatterns, checkTransformations } from "./field-check.ts";
import { check, findByArn, nameConstraint, type Scope } from "./items.ts";
import type { StoredGroup } from "./things.ts";

const badReference = () => invalidParameter("A reference in your rule statement is not valid.", "RULE", "Statement");
const tooFew = (field: string, parameter: string) =>
  invalidParameter(
    "You haven't met a minimum requirement for a threshold setting. Examples include a rule group capacity setting that's too low and an OR statement with only one nested statement.",
    field,
    parameter,
  );

const mostCapacity = 5000;

export interface RuleOwner {
  context: OperationContext;
  kind: "webacl" | "rulegroup";
  scope: Scope;
  bodies: Readonly<Record<string, CustomResponseBody>> | undefined;
}

/** The capacity that the rules need; throws where AWS would not take them. */
export function checkRules(rules: readonly Rule[], owner: RuleOwner): number {
  const names = new Set<string>();
  const priorities = new Set<number>();
  checkBodies(owner.bodies);
  for (const [index, rule] of rules.entries()) {
    check({
      [`rules.${index + 1}.member.name`]: [rule.Name, nameConstraint],
      [`rules.${index + 1}.member.priority`]: [rule.Priority, { range: [0, 2_147_483_647] }],
    });
    checkVisibility(rule.VisibilityConfig, `rules.${index + 1}.member.visibilityConfig`);
    if (names.has(rule.Name!)) throw invalidParameter("Your configuration has more than one rule with the same name.", "RULE", rule.Name!);
    if (priorities.has(rule.Priority!))
      throw invalidParameter("Your configuration has more than one rule with the same priority.", "RULE", String(rule.Priority));
    names.add(rule.Name!);
    priorities.add(rule.Priority!);
    checkRule(rule, owner);
  }
  const capacity = ruleCapacity(rules, owner.context);
  if (capacity > mostCapacity) throw limitsExceeded();
  return capacity;
}

export function ruleCapacity(rules: readonly Rule[], context: OperationContext): number {
  return capacityOf(rules, {
    ruleGroup: (arn) => findByArn<StoredGroup>(context, "rulegroup", arn)?.capacity,
    managedRuleGroup: (vendor, name) => managedGroupNamed(vendor, name)?.capacity,
  });
}

export function checkVisibility(visibility: VisibilityConfig | undefined, path = "visibilityConfig"): void {
  if (!visibility?.MetricName) throw exactlyOne("METRIC_NAME", "VisibilityConfig");
  check({ [`${path}.metricName`]: [visibility.MetricName, { length: [1, 255], pattern: "^[\\w#:\\.\\-/]+$" }] });
}

function checkBodies(bodies: RuleOwner["bodies"]): void {
  for (const [key, { Content, ContentType }] of Object.entries(bodies ?? {})) {
    check({
      customResponseBodies: [key, nameConstraint],
      [`customResponseBodies.${key}.contentType`]: [ContentType, { enum: ["TEXT_PLAIN", "TEXT_HTML", "APPLICATION_JSON"] }],
      [`customResponseBodies.${key}.content`]: [Content, { length: [1, 10_240] }],
    });
  }
}

function checkRule(rule: Rule, owner: RuleOwner): void {
  const statement = rule.Statement ?? {};
  const isGroup = statement.RuleGroupReferenceStatement !== undefined || statement.ManagedRuleGroupStatement !== undefined;
  if ((rule.Action === undefined) === (rule.OverrideAction === undefined)) throw exactlyOne("RULE", "Rule");
  if (isGroup !== (rule.OverrideAction !== undefined)) throw badReference();
  if (isGroup && owner.kind === "rulegroup") throw badReference();
  if (rule.OverrideAction && Object.values(rule.OverrideAction).filter((value) => value !== undefined).length !== 1)
    throw exactlyOne("OVERRIDE_ACTION", "OverrideAction");
  if (rule.Action) checkAction(rule.Action, owner);
  if (isGroup && rule.RuleLabels?.length)
    throw invalidParameter("Labels can't be added by a rule that references a rule group.", "RULE", "RuleLabels");
  for (const { Name } of rule.RuleLabels ?? []) {
    check({ "ruleLabels.name": [Name, { length: [1, 1024], pattern: "^[0-9A-Za-z_\\-:]+$" }] });
    if (/^(?:awswaf|aws|waf|managed|rulegroup|webacl|regexpatternset|ipset):/u.test(Name!))
      throw invalidParameter("The label uses a reserved word.", "LABEL", Name!);
  }
  checkStatement(statement, owner, "top");
}

export function checkDefaultAction(action: DefaultAction | undefined, owner: RuleOwner): void {
  const { Allow, Block } = action ?? {};
  if ((Allow === undefined) === (Block === undefined)) throw exactlyOne("DEFAULT_ACTION", "DefaultAction");
  checkAction({ ...(Allow && { Allow }), ...(Block && { Block }) }, owner);
}

function checkAction(action: RuleAction, { bodies }: RuleOwner): void {
  if (action.Captcha || action.Challenge)
    throw refused(`the action ${action.Captcha ? "Captcha" : "Challenge"}: there is no page that would solve it`);
  if (action.Monetize) throw refused("the action Monetize");
  if ([action.Allow, action.Block, action.Count].filter((value) => value !== undefined).length !== 1)
    throw exactlyOne("RULE_ACTION", "RuleAction");
  const custom = action.Block?.CustomResponse;
  if (custom) {
    check({ responseCode: [custom.ResponseCode, { range: [200, 599] }] });
    if (custom.CustomResponseBodyKey !== undefined && !Object.hasOwn(bodies ?? {}, custom.CustomResponseBodyKey)) {
      throw invalidParameter("The custom response body key isn't defined.", "CUSTOM_RESPONSE_BODY_KEY", custom.CustomResponseBodyKey);
    }
  }
  const headers = [...(custom?.ResponseHeaders ?? []), ...((action.Allow ?? action.Count)?.CustomRequestHandling?.InsertHeaders ?? [])];
  const seen = new Set<string>();
  for (const { Name, Value } of headers) {
    check({
      "customHTTPHeader.name": [Name, { length: [1, 64], pattern: "^[a-zA-Z0-9._$-]+$" }],
      "customHTTPHeader.value": [Value, { length: [1, 255] }],
    });
    // Line ends would let a value write headers of its own.
    if (/[\r\n\0]/u.test(Value!) || seen.has(Name!.toLowerCase()))
      throw invalidParameter("The custom header is not valid.", "CUSTOM_HEADER", Name!);
    if (custom && /^(?:content-type|content-length|transfer-encoding|connection)$/iu.test(Name!))
      throw invalidParameter("The custom header is reserved.", "CUSTOM_HEADER", Name!);
    seen.add(Name!.toLowerCase());
  }
}

/** `top`: of a rule; `rate`: the scope-down of a rate-based statement; `scope`: that of a managed group; `nested`: below others. */
type Position = "top" | "rate" | "nested";

function checkStatement(statement: Statement, owner: RuleOwner, position: Position): void {
  const given = Object.entries(statement).filter(([, value]) => value !== undefined);
  if (given.length !== 1) throw exactlyOne("STATEMENT", "Statement");
  const { AndStatement, OrStatement, NotStatement, RateBasedStatement, ManagedRuleGroupStatement } = statement;
  for (const [name, several] of [
    ["And", AndStatement],
    ["Or", OrStatement],
  ] as const) {
    if (!several) continue;
    if ((several.Statements?.length ?? 0) < 2) throw tooFew(`${name.toUpperCase()}_STATEMENT`, `${name}Statement`);
    for (const each of several.Statements!) checkStatement(each, owner, "nested");
  }
  if (NotStatement) checkStatement(NotStatement.Statement ?? {}, owner, "nested");
  if (statement.AsnMatchStatement) throw refused("ASN match statements: there is no table of networks");
  if (position !== "top" && (RateBasedStatement || ManagedRuleGroupStatement || statement.RuleGroupReferenceStatement))
    throw badReference();
  if (RateBasedStatement) checkRate(RateBasedStatement, owner);
  if (ManagedRuleGroupStatement) checkManaged(ManagedRuleGroupStatement, owner);
  if (statement.RuleGroupReferenceStatement) {
    if (!findByArn(owner.context, "rulegroup", statement.RuleGroupReferenceStatement.ARN)) throw nonexistentItem();
    for (const { ActionToUse } of statement.RuleGroupReferenceStatement.RuleActionOverrides ?? []) checkAction(ActionToUse ?? {}, owner);
  }
  if (statement.IPSetReferenceStatement && !findByArn(owner.context, "ipset", statement.IPSetReferenceStatement.ARN))
    throw nonexistentItem();
  if (statement.GeoMatchStatement && !statement.GeoMatchStatement.CountryCodes?.length) throw tooFew("GEO_MATCH_STATEMENT", "CountryCodes");
  if (statement.LabelMatchStatement) {
    const { Scope, Key } = statement.LabelMatchStatement;
    check({ scope: [Scope, { enum: ["LABEL", "NAMESPACE"] }], key: [Key, { length: [1, 1024], pattern: "^[0-9A-Za-z_\\-:]+$" }] });
    if (Scope === "NAMESPACE" && !Key!.endsWith(":"))
      throw invalidParameter("A namespace ends with a colon.", "LABEL_MATCH_STATEMENT", Key!);
  }
  checkTextual(statement, owner);
}

function checkTextual(statement: Statement, owner: RuleOwner): void {
  const textual =
    statement.ByteMatchStatement ??
    statement.SizeConstraintStatement ??
    statement.RegexMatchStatement ??
    statement.RegexPatternSetReferenceStatement ??
    statement.SqliMatchStatement ??
    statement.XssMatchStatement;
  if (!textual) return;
  checkField(textual.FieldToMatch ?? {});
  checkTransformations(textual.TextTransformations);
  if ("PreParseTextTransformations" in textual && textual.PreParseTextTransformations)
    throw refused("transformations before the field is parsed");
  if (statement.ByteMatchStatement) {
    const { SearchString, PositionalConstraint } = statement.ByteMatchStatement;
    check({ positionalConstraint: [PositionalConstraint, { enum: ["EXACTLY", "STARTS_WITH", "ENDS_WITH", "CONTAINS", "CONTAINS_WORD"] }] });
    if (!SearchString || SearchString.length > 200)
      throw invalidParameter("The search string is empty or longer than 200 bytes.", "BYTE_MATCH_STATEMENT", "SearchString");
  }
  if (statement.SizeConstraintStatement) {
    const { ComparisonOperator, Size } = statement.SizeConstraintStatement;
    check({
      comparisonOperator: [ComparisonOperator, { enum: ["EQ", "NE", "LE", "LT", "GE", "GT"] }],
      size: [Size, { range: [0, 21_474_836_480] }],
    });
  }
  if (statement.SqliMatchStatement) check({ sensitivityLevel: [statement.SqliMatchStatement.SensitivityLevel, { enum: ["LOW", "HIGH"] }] });
  if (statement.RegexMatchStatement) checkPatterns([statement.RegexMatchStatement.RegexString ?? ""]);
  if (
    statement.RegexPatternSetReferenceStatement &&
    !findByArn(owner.context, "regexpatternset", statement.RegexPatternSetReferenceStatement.ARN)
  ) {
    throw nonexistentItem();
  }
}

const windows = [60, 120, 300, 600];

function checkRate(statement: NonNullable<Statement["RateBasedStatement"]>, owner: RuleOwner): void {
  const { Limit, EvaluationWindowSec, AggregateKeyType, ScopeDownStatement, CustomKeys, ForwardedIPConfig } = statement;
  check({
    limit: [Limit, { range: [10, 2_000_000_000] }],
    aggregateKeyType: [AggregateKeyType, { enum: ["IP", "FORWARDED_IP", "CUSTOM_KEYS", "CONSTANT"] }],
  });
  if (EvaluationWindowSec !== undefined && !windows.includes(EvaluationWindowSec)) {
    throw invalidParameter("The evaluation window is not valid.", "EVALUATION_WINDOW_SEC", String(EvaluationWindowSec));
  }
  if (AggregateKeyType === "CONSTANT" && !ScopeDownStatement) throw exactlyOne("SCOPE_DOWN", "ScopeDownStatement");
  if ((AggregateKeyType === "CUSTOM_KEYS") !== (CustomKeys !== undefined && CustomKeys.length > 0))
    throw exactlyOne("CUSTOM_KEYS", "CustomKeys");
  if (AggregateKeyType === "FORWARDED_IP" && !ForwardedIPConfig) throw exactlyOne("FORWARDED_IP_CONFIG", "ForwardedIPConfig");
  if ((CustomKeys?.length ?? 0) > 5) throw limitsExceeded();
  for (const key of CustomKeys ?? []) {
    if (Object.values(key).filter((value) => value !== undefined).length !== 1) throw exactlyOne("CUSTOM_KEYS", "CustomKeys");
    if (key.JA3Fingerprint || key.JA4Fingerprint || key.ASN) throw refused("rates by TLS fingerprint or ASN");
    if (key.ForwardedIP && !ForwardedIPConfig) throw exactlyOne("FORWARDED_IP_CONFIG", "ForwardedIPConfig");
    const textual = key.Header ?? key.Cookie ?? key.QueryArgument ?? key.QueryString ?? key.UriPath;
    if (textual) checkTransformations(textual.TextTransformations);
  }
  if (ScopeDownStatement) checkStatement(ScopeDownStatement, owner, "rate");
}

function checkManaged(statement: NonNullable<Statement["ManagedRuleGroupStatement"]>, owner: RuleOwner): void {
  const { VendorName, Name, Version, ManagedRuleGroupConfigs, RuleActionOverrides, ScopeDownStatement } = statement;
  const group = managedGroupNamed(VendorName ?? "", Name ?? "");
  if (!group) {
    if (VendorName === "AWS" && Name?.startsWith("AWSManagedRules")) throw refused(`the managed rule group ${Name}`);
    throw nonexistentItem();
  }
  if (Version !== undefined) throw refused("versions of managed rule groups: there is the default version alone");
  if (ManagedRuleGroupConfigs?.length) throw refused("configurations of managed rule groups");
  for (const { Name: rule, ActionToUse } of RuleActionOverrides ?? []) {
    // As on AWS, a name that the group does not have is an error.
    if (!group.rules.some((each) => each.Name === rule))
      throw invalidParameter("The rule action override names no rule of the group.", "RULE_ACTION_OVERRIDE", rule ?? "");
    checkAction(ActionToUse ?? {}, owner);
  }
  if (ScopeDownStatement) checkStatement(ScopeDownStatement, owner, "nested");
}
