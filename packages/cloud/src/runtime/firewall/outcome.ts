/** What a web ACL decided about a request, and which rules had a part in it. */
import type { MatchDetail } from "./inspection.ts";

export type HeaderPair = readonly [name: string, value: string];

export interface BlockResponse {
  status: number;
  headers: readonly HeaderPair[];
  body: string;
}

/** A rule that matched. */
export interface RuleMatch {
  ruleId: string;
  action: "ALLOW" | "BLOCK" | "COUNT";
  /** The action that the rule has, where the one above was set by who uses its group. */
  overriddenAction?: "ALLOW" | "BLOCK" | "COUNT";
  details: readonly MatchDetail[];
}

export interface GroupOutcome {
  /** `AWS#AWSManagedRulesCommonRuleSet`, or the group's ARN. */
  ruleGroupId: string;
  terminatingRule?: RuleMatch;
  nonTerminating: RuleMatch[];
}

export interface RateOutcome {
  ruleName: string;
  limitKey: string;
  limit: number;
  windowSeconds: number;
}

/** What is counted and sampled, by the metric name of a rule of the web ACL. */
export interface RuleCount {
  metricName: string;
  kind: "ALLOW" | "BLOCK" | "COUNT" | "PASS";
  /** Of a rule group: which of its rules it was. */
  ruleWithinGroup?: string;
  metered: boolean;
  sampled: boolean;
}

export interface Outcome {
  action: "ALLOW" | "BLOCK";
  terminatingRuleId: string;
  terminatingRuleType: "REGULAR" | "RATE_BASED" | "GROUP" | "MANAGED_RULE_GROUP";
  details: readonly MatchDetail[];
  insertHeaders: HeaderPair[];
  /** For `BLOCK`. */
  response?: BlockResponse;
  labels: readonly string[];
  nonTerminating: RuleMatch[];
  groups: GroupOutcome[];
  rates: RateOutcome[];
  counts: RuleCount[];
}
