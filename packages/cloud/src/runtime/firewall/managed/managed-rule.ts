/** Builders of the rules in managed groups: they are rules as anybody can write them, under AWS's names and labels. */
import type { FieldToMatch, Rule, RuleAction, Statement, TextTransformation, TextTransformationType } from "@aws-sdk/client-wafv2";

export interface ManagedGroup {
  name: string;
  description: string;
  /** In web ACL capacity units, as AWS gives it. */
  capacity: number;
  /** `awswaf:managed:aws:core-rule-set:`. */
  labelNamespace: string;
  rules: readonly Rule[];
}

export function managedGroup(
  name: string,
  capacity: number,
  namespace: string,
  description: string,
  rules: readonly Omit<Rule, "Priority">[],
): ManagedGroup {
  return {
    name,
    capacity,
    labelNamespace: `awswaf:managed:aws:${namespace}:`,
    description,
    rules: rules.map((rule, Priority) => ({ ...rule, Priority })),
  };
}

export function managedRule(name: string, label: string, statement: Statement, action: RuleAction = { Block: {} }): Omit<Rule, "Priority"> {
  return {
    Name: name,
    Statement: statement,
    Action: action,
    RuleLabels: [{ Name: label }],
    VisibilityConfig: { MetricName: name, CloudWatchMetricsEnabled: true, SampledRequestsEnabled: true },
  };
}

export const fields = {
  queryArguments: { AllQueryArguments: {} },
  queryString: { QueryString: {} },
  body: { Body: { OversizeHandling: "CONTINUE" } },
  uriPath: { UriPath: {} },
  method: { Method: {} },
  cookies: { Cookies: { MatchPattern: { All: {} }, MatchScope: "VALUE", OversizeHandling: "NO_MATCH" } },
  headers: { Headers: { MatchPattern: { All: {} }, MatchScope: "VALUE", OversizeHandling: "CONTINUE" } },
} satisfies Record<string, FieldToMatch>;

export const header = (Name: string): FieldToMatch => ({ SingleHeader: { Name } });

export const transformed = (...types: TextTransformationType[]): TextTransformation[] =>
  (types.length === 0 ? (["NONE"] as const) : types).map((Type, Priority) => ({ Priority, Type }));

const decoded = transformed("URL_DECODE_UNI");

export const regex = (FieldToMatch: FieldToMatch, patterns: readonly string[]): Statement => ({
  RegexMatchStatement: { RegexString: `(?i)(?:${patterns.join("|")})`, FieldToMatch, TextTransformations: decoded },
});

/** With a fast look for what the pattern cannot do without. */
export const regexWith = (FieldToMatch: FieldToMatch, needed: string, patterns: readonly string[]): Statement => ({
  AndStatement: { Statements: [contains(FieldToMatch, needed), regex(FieldToMatch, patterns)] },
});

const contains = (FieldToMatch: FieldToMatch, text: string): Statement => ({
  ByteMatchStatement: { SearchString: Buffer.from(text), PositionalConstraint: "CONTAINS", FieldToMatch, TextTransformations: decoded },
});

export const larger = (FieldToMatch: FieldToMatch, Size: number): Statement => ({
  SizeConstraintStatement: { ComparisonOperator: "GT", Size, FieldToMatch, TextTransformations: transformed() },
});

export const sqli = (FieldToMatch: FieldToMatch): Statement => ({
  SqliMatchStatement: { FieldToMatch, SensitivityLevel: "LOW", TextTransformations: decoded },
});

export const xss = (FieldToMatch: FieldToMatch): Statement => ({ XssMatchStatement: { FieldToMatch, TextTransformations: decoded } });
