/** Web ACL capacity units, as AWS's developer guide gives them for each statement. */
import type { FieldToMatch, Rule, Statement, TextTransformation } from "@aws-sdk/client-wafv2";

/** The capacities of what rules refer to. */
export interface Capacities {
  /** `undefined` for a group that does not exist. */
  ruleGroup(arn: string): number | undefined;
  managedRuleGroup(vendor: string, name: string): number | undefined;
}

/** Each transformation of a field counts once for all the rules together. */
export function capacityOf(rules: readonly Rule[], capacities: Capacities): number {
  const transformed = new Set<string>();
  return rules.reduce((sum, rule) => sum + statementCapacity(rule.Statement ?? {}, capacities, transformed), 0) + transformed.size * 10;
}

function statementCapacity(statement: Statement, capacities: Capacities, transformed: Set<string>): number {
  const inner = (given: Statement | undefined) => (given ? statementCapacity(given, capacities, transformed) : 0);
  const sum = (all: readonly Statement[] | undefined) => (all ?? []).reduce((total, each) => total + inner(each), 0);
  const onField = (base: number, field: FieldToMatch | undefined, transformations: readonly TextTransformation[] | undefined) => {
    for (const { Type } of transformations ?? []) if (Type !== "NONE") transformed.add(JSON.stringify([field, Type]));
    return base * (field?.JsonBody ? 2 : 1) + (field?.AllQueryArguments ? 10 : 0);
  };
  if (statement.AndStatement) return sum(statement.AndStatement.Statements);
  if (statement.OrStatement) return sum(statement.OrStatement.Statements);
  if (statement.NotStatement) return inner(statement.NotStatement.Statement);
  if (statement.RateBasedStatement) {
    return 2 + 30 * (statement.RateBasedStatement.CustomKeys?.length ?? 0) + inner(statement.RateBasedStatement.ScopeDownStatement);
  }
  if (statement.ManagedRuleGroupStatement) {
    const { VendorName, Name, ScopeDownStatement } = statement.ManagedRuleGroupStatement;
    return (capacities.managedRuleGroup(VendorName!, Name!) ?? 0) + inner(ScopeDownStatement);
  }
  if (statement.RuleGroupReferenceStatement) return capacities.ruleGroup(statement.RuleGroupReferenceStatement.ARN!) ?? 0;
  if (statement.IPSetReferenceStatement) return statement.IPSetReferenceStatement.IPSetForwardedIPConfig?.Position === "ANY" ? 5 : 1;
  if (statement.ByteMatchStatement) {
    const { PositionalConstraint, FieldToMatch, TextTransformations } = statement.ByteMatchStatement;
    const base = PositionalConstraint === "CONTAINS" || PositionalConstraint === "CONTAINS_WORD" ? 10 : 2;
    return onField(base, FieldToMatch, TextTransformations);
  }
  if (statement.SizeConstraintStatement)
    return onField(1, statement.SizeConstraintStatement.FieldToMatch, statement.SizeConstraintStatement.TextTransformations);
  if (statement.RegexMatchStatement)
    return onField(3, statement.RegexMatchStatement.FieldToMatch, statement.RegexMatchStatement.TextTransformations);
  if (statement.RegexPatternSetReferenceStatement) {
    return onField(
      25,
      statement.RegexPatternSetReferenceStatement.FieldToMatch,
      statement.RegexPatternSetReferenceStatement.TextTransformations,
    );
  }
  if (statement.SqliMatchStatement) {
    const { SensitivityLevel, FieldToMatch, TextTransformations } = statement.SqliMatchStatement;
    return onField(SensitivityLevel === "HIGH" ? 30 : 20, FieldToMatch, TextTransformations);
  }
  if (statement.XssMatchStatement)
    return onField(40, statement.XssMatchStatement.FieldToMatch, statement.XssMatchStatement.TextTransformations);
  // Label and geographic matches.
  return 1;
}
