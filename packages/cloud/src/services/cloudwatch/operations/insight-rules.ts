/** Contributor Insights rules. Recorded: definitions are checked, kept and answered; nobody counts contributors. */
import { AwsError } from "../../../aws-error.ts";
import type { Cloud } from "../../../cloud.ts";
import { pageOf } from "../../../paging.ts";
import { operation, type OperationContext } from "../../../service.ts";
import { check } from "../constraints.ts";
import { invalidNextToken, invalidValue } from "../errors.ts";

interface InsightRule {
  name: string;
  state: "ENABLED" | "DISABLED";
  /** JSON text of name and version. */
  schema: string;
  definition: string;
  applyOnTransformedLogs: boolean;
}

const rules = (cloud: Cloud) => cloud.store.collection<InsightRule>("cloudwatch.insightRule");

export const putInsightRule = operation("cloudwatch", "PutInsightRule", (input, { cloud, region }) => {
  const { RuleName: name, RuleState: state = "ENABLED", RuleDefinition: definition } = input;
  check({ ruleName: [name, { length: [1, 128], pattern: "[\\x20-\\x7E]+" }], ruleDefinition: [definition, { length: [1, 8192] }] });
  if (state !== "ENABLED" && state !== "DISABLED") throw invalidValue(`The value ${state} for parameter RuleState is not supported.`);
  rules(cloud).put(region, name, {
    name,
    state,
    schema: schemaOf(definition),
    definition,
    applyOnTransformedLogs: input.ApplyOnTransformedLogs ?? false,
  });
  return {};
});

function schemaOf(definition: string): string {
  let parsed: { Schema?: unknown };
  try {
    parsed = JSON.parse(definition) as { Schema?: unknown };
  } catch {
    throw invalidValue("RuleDefinition is not valid JSON.");
  }
  const { Name, Version } = (typeof parsed.Schema === "object" && parsed.Schema !== null ? parsed.Schema : {}) as Record<string, unknown>;
  if (Name !== "CloudWatchLogRule" || Version !== 1)
    throw invalidValue("RuleDefinition must have the Schema CloudWatchLogRule, version 1.");
  return JSON.stringify({ Name, Version });
}

export const describeInsightRules = operation("cloudwatch", "DescribeInsightRules", (input, { cloud, region }) => {
  const { MaxResults = 500, NextToken } = input;
  check({ maxResults: [MaxResults, { range: [1, 500] }] });
  const page = pageOf(rules(cloud).list(region), {
    size: MaxResults,
    token: NextToken,
    keyOf: ({ name }) => name,
    query: "DescribeInsightRules",
    invalid: invalidNextToken,
  });
  return {
    InsightRules: page.items.map(({ name, state, schema, definition, applyOnTransformedLogs }) => ({
      Name: name,
      State: state,
      Schema: schema,
      Definition: definition,
      ManagedRule: false,
      ApplyOnTransformedLogs: applyOnTransformedLogs,
    })),
    ...(page.nextToken !== undefined && { NextToken: page.nextToken }),
  };
});

/** Rules that are not there are listed as failures; the others change all the same. */
function each({ cloud, region }: OperationContext, names: readonly string[], change: (rule: InsightRule) => void) {
  const Failures = [];
  for (const name of names) {
    const rule = rules(cloud).get(region, name);
    if (rule) change(rule);
    else {
      const absent = new AwsError("ResourceNotFoundException", "Rule not found", 404);
      Failures.push({
        FailureResource: name,
        ExceptionType: absent.code,
        FailureCode: String(absent.status),
        FailureDescription: absent.message,
      });
    }
  }
  return { Failures };
}

export const enableInsightRules = operation("cloudwatch", "EnableInsightRules", (input, context) =>
  each(context, input.RuleNames, (rule) => rules(context.cloud).put(context.region, rule.name, { ...rule, state: "ENABLED" })),
);

export const disableInsightRules = operation("cloudwatch", "DisableInsightRules", (input, context) =>
  each(context, input.RuleNames, (rule) => rules(context.cloud).put(context.region, rule.name, { ...rule, state: "DISABLED" })),
);

export const deleteInsightRules = operation("cloudwatch", "DeleteInsightRules", (input, context) =>
  each(context, input.RuleNames, (rule) => rules(context.cloud).delete(context.region, rule.name)),
);
