/** Statements of rules, compiled to functions of a request. */
import type { ForwardedIPConfig, Statement } from "@aws-sdk/client-wafv2";
import { addressSet, type AddressSet } from "./addresses.ts";
import { clientAddress, forwardedAddresses } from "./clients.ts";
import { compileField, type Field, type FieldTable } from "./fields.ts";
import type { Inspection } from "./inspection.ts";
import { countRequest, keyReader, type RateCounter } from "./rates.ts";
import { compileRegexes } from "./regex/automaton.ts";
import { isSqlInjection } from "./sql/sqli.ts";
import { isCrossSiteScripting } from "./xss/xss.ts";

export type Matcher = (inspection: Inspection) => boolean;

/** What statements refer to, and whose rules they are in. */
export interface StatementScope {
  readonly fields: FieldTable;
  /** Of labels that are named without one: `awswaf:123456789012:webacl:NAME:`. */
  readonly labelPrefix: string;
  ipSet(arn: string): readonly string[];
  regexPatternSet(arn: string): readonly string[];
  /** The counter of the rule that the statement is in. */
  rateCounter(statement: NonNullable<Statement["RateBasedStatement"]>): RateCounter;
}

export function compileStatement(statement: Statement, scope: StatementScope): Matcher {
  const { AndStatement, OrStatement, NotStatement } = statement;
  if (AndStatement) {
    const all = AndStatement.Statements!.map((each) => compileStatement(each, scope));
    return (inspection) => all.every((matches) => matches(inspection));
  }
  if (OrStatement) {
    const any = OrStatement.Statements!.map((each) => compileStatement(each, scope));
    return (inspection) => any.some((matches) => matches(inspection));
  }
  if (NotStatement) {
    const inner = compileStatement(NotStatement.Statement!, scope);
    return (inspection) => !inner(inspection);
  }
  if (statement.RateBasedStatement) return rate(statement.RateBasedStatement, scope);
  if (statement.LabelMatchStatement) return label(statement.LabelMatchStatement, scope);
  if (statement.IPSetReferenceStatement) return ipSet(statement.IPSetReferenceStatement, scope);
  // No address of this machine or of a private network lies in a country, on AWS as here.
  if (statement.GeoMatchStatement) return geo(statement.GeoMatchStatement.ForwardedIPConfig);
  return textual(statement, scope);
}

/** A statement on a field. */
function textual(statement: Statement, scope: StatementScope): Matcher {
  if (statement.ByteMatchStatement) {
    const { SearchString, PositionalConstraint, FieldToMatch, TextTransformations } = statement.ByteMatchStatement;
    const found = byteMatch(Buffer.from(SearchString!).toString("latin1"), PositionalConstraint!);
    return onField(compileField(scope.fields, FieldToMatch!, TextTransformations), (text) => found(text));
  }
  if (statement.SizeConstraintStatement) {
    const { ComparisonOperator, Size, FieldToMatch, TextTransformations } = statement.SizeConstraintStatement;
    const compare = comparisons[ComparisonOperator!]!;
    return onField(compileField(scope.fields, FieldToMatch!, TextTransformations), (text) => compare(text.length, Size!));
  }
  if (statement.RegexMatchStatement) {
    const { RegexString, FieldToMatch, TextTransformations } = statement.RegexMatchStatement;
    return onField(compileField(scope.fields, FieldToMatch!, TextTransformations), compileRegexes([RegexString!]), "REGEX");
  }
  if (statement.RegexPatternSetReferenceStatement) {
    const { ARN, FieldToMatch, TextTransformations } = statement.RegexPatternSetReferenceStatement;
    const patterns = scope.regexPatternSet(ARN!);
    const matches = patterns.length === 0 ? () => false : compileRegexes(patterns);
    return onField(compileField(scope.fields, FieldToMatch!, TextTransformations), matches, "REGEX");
  }
  if (statement.SqliMatchStatement) {
    const { SensitivityLevel = "LOW", FieldToMatch, TextTransformations } = statement.SqliMatchStatement;
    const field = compileField(scope.fields, FieldToMatch!, TextTransformations, true);
    return onField(field, (text) => isSqlInjection(text, SensitivityLevel), "SQL_INJECTION", SensitivityLevel);
  }
  const { FieldToMatch, TextTransformations } = statement.XssMatchStatement!;
  return onField(compileField(scope.fields, FieldToMatch!, TextTransformations, true), isCrossSiteScripting, "XSS");
}

/** So much of what was found goes to the log. */
const shownBytes = 100;

function onField(
  field: Field,
  matches: (text: string) => boolean,
  conditionType?: "SQL_INJECTION" | "XSS" | "REGEX",
  sensitivityLevel?: "LOW" | "HIGH",
): Matcher {
  return (inspection) => {
    const { texts, decided } = field.read(inspection);
    for (const text of texts) {
      if (!matches(text)) continue;
      if (conditionType) {
        const matchedData = [Buffer.from(text.slice(0, shownBytes), "latin1").toString("utf8")];
        inspection.details.push({ conditionType, ...(sensitivityLevel && { sensitivityLevel }), location: field.location, matchedData });
      }
      return true;
    }
    return decided === true;
  };
}

const isWordByte = (text: string, at: number) => at >= 0 && at < text.length && /\w/u.test(text[at]!);

function byteMatch(search: string, position: string): (text: string) => boolean {
  switch (position) {
    case "EXACTLY":
      return (text) => text === search;
    case "STARTS_WITH":
      return (text) => text.startsWith(search);
    case "ENDS_WITH":
      return (text) => text.endsWith(search);
    case "CONTAINS":
      return (text) => text.includes(search);
    default:
      return (text) => containsWord(text, search);
  }
}

/** `search` with no letter, digit or underscore before or after it. */
function containsWord(text: string, search: string): boolean {
  for (let at = text.indexOf(search); at >= 0; at = text.indexOf(search, at + 1)) {
    if (!isWordByte(text, at - 1) && !isWordByte(text, at + search.length)) return true;
    if (search === "") break;
  }
  return false;
}

const comparisons: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  EQ: (a, b) => a === b,
  NE: (a, b) => a !== b,
  LE: (a, b) => a <= b,
  LT: (a, b) => a < b,
  GE: (a, b) => a >= b,
  GT: (a, b) => a > b,
};

function ipSet({ ARN, IPSetForwardedIPConfig }: NonNullable<Statement["IPSetReferenceStatement"]>, scope: StatementScope): Matcher {
  const set: AddressSet = addressSet(scope.ipSet(ARN!));
  if (!IPSetForwardedIPConfig) return (inspection) => set.has(clientAddress(inspection));
  const { HeaderName, FallbackBehavior, Position } = IPSetForwardedIPConfig;
  return (inspection) => {
    const found = forwardedAddresses(inspection, HeaderName!, Position);
    if (found === "absent") return false;
    return found === "invalid" ? FallbackBehavior === "MATCH" : found.addresses.some((address) => set.has(address));
  };
}

/** Only the fallback for a header that holds no address can match. */
function geo(forwarded: ForwardedIPConfig | undefined): Matcher {
  if (forwarded?.FallbackBehavior !== "MATCH") return () => false;
  return (inspection) => forwardedAddresses(inspection, forwarded.HeaderName!) === "invalid";
}

function label({ Key, Scope }: NonNullable<Statement["LabelMatchStatement"]>, { labelPrefix }: StatementScope): Matcher {
  const whole = Key!.startsWith("awswaf:") ? Key! : labelPrefix + Key!;
  if (Scope === "NAMESPACE") return ({ labels }) => labels.some((each) => each.startsWith(whole));
  return ({ labels }) => labels.includes(whole);
}

function rate(statement: NonNullable<Statement["RateBasedStatement"]>, scope: StatementScope): Matcher {
  const counter = scope.rateCounter(statement);
  const keyOf = keyReader(statement);
  const counts = statement.ScopeDownStatement && compileStatement(statement.ScopeDownStatement, scope);
  return (inspection) => {
    if (counts && !counts(inspection)) return false;
    const key = keyOf(inspection);
    return typeof key === "string" ? countRequest(counter, key, inspection.nowMs) : key === true;
  };
}
