/**
 * A stack's policy: which resources an update may change, replace or take away. It holds for everybody, and for updates alone; what it does not
 * allow is denied, and a denial counts more than an allowance (CloudFormation user guide, "Prevent updates to stack resources").
 */
import { matchesWildcard } from "../identity/wildcard.ts";
import type { Operation, Stack } from "./stack.ts";

export type UpdateAction = "Update:Modify" | "Update:Replace" | "Update:Delete";

export interface PolicyStatement {
  effect: "Allow" | "Deny";
  action: Matcher;
  resource: Matcher;
  /** What the type has to be, each of them; without one every type. */
  types: { exact: boolean; values: string[] }[];
}

/** `not`: everything that no pattern describes. */
interface Matcher {
  not: boolean;
  patterns: string[];
}

const knownKeys = ["Sid", "Effect", "Principal", "Action", "NotAction", "Resource", "NotResource", "Condition"];

/** Its statements; none of the empty policy `{}`, which holds nothing back. Nothing of a text that is no stack policy. */
export function readStackPolicy(body: string): PolicyStatement[] | undefined {
  const policy = parsed(body);
  if (!isRecord(policy)) return undefined;
  if (Object.keys(policy).length === 0) return [];
  const statements = [policy.Statement].flat().map(readStatement);
  return statements.length > 0 && statements.every((one) => one !== undefined) ? statements : undefined;
}

function readStatement(statement: unknown): PolicyStatement | undefined {
  if (!isRecord(statement) || Object.keys(statement).some((key) => !knownKeys.includes(key))) return undefined;
  const { Effect: effect, Principal } = statement;
  const action = matcher(statement, "Action");
  const resource = matcher(statement, "Resource");
  const types = readCondition(statement.Condition);
  if ((effect !== "Allow" && effect !== "Deny") || Principal !== "*" || !action || !resource || !types) return undefined;
  if (!action.patterns.every((pattern) => /^Update:(Modify|Replace|Delete|\*)$/.test(pattern))) return undefined;
  if (!resource.patterns.every((pattern) => pattern === "*" || pattern.startsWith("LogicalResourceId/"))) return undefined;
  return { effect, action, resource, types };
}

/** Exactly one of a member and its negation. */
function matcher(statement: Record<string, unknown>, member: "Action" | "Resource"): Matcher | undefined {
  const [plain, negated] = [statement[member], statement[`Not${member}`]];
  if ((plain === undefined) === (negated === undefined)) return undefined;
  const patterns = texts(plain ?? negated);
  return patterns && { not: plain === undefined, patterns };
}

function readCondition(condition: unknown): PolicyStatement["types"] | undefined {
  if (condition === undefined) return [];
  if (!isRecord(condition)) return undefined;
  const types: PolicyStatement["types"] = [];
  for (const [operator, keys] of Object.entries(condition)) {
    if ((operator !== "StringEquals" && operator !== "StringLike") || !isRecord(keys)) return undefined;
    const values = texts(keys.ResourceType);
    if (!values || Object.keys(keys).length !== 1) return undefined;
    types.push({ exact: operator === "StringEquals", values });
  }
  return types;
}

/** Why an update may not do this to a resource, in CloudFormation's words; nothing where it may. */
export function policyRefusal(
  statements: readonly PolicyStatement[],
  action: UpdateAction,
  { logicalId, type }: { logicalId: string; type: string },
): string | undefined {
  if (statements.length === 0) return undefined;
  const concerns = ({ action: actions, resource, types }: PolicyStatement) =>
    matches(actions, action) &&
    matches(resource, `LogicalResourceId/${logicalId}`) &&
    types.every(({ exact, values }) => (exact ? values.includes(type) : values.some((value) => matchesWildcard(value, type))));
  const denial = statements.findIndex((statement) => statement.effect === "Deny" && concerns(statement));
  if (denial >= 0) {
    const named = statements[denial]!.action.patterns.includes("Update:*") ? "Update:*" : action;
    return `Action denied by stack policy: Statement [#${denial + 1}] does not allow [${named}] for resource [LogicalResourceId/${logicalId}]`;
  }
  return statements.some(concerns) ? undefined : "Action not allowed by stack policy";
}

/** The text in force: while an update makes things, the one that was given for it. */
export function policyInForce({ policy, operation }: Stack): string | undefined {
  return operation?.phase === "make" ? (operation.policyDuringUpdate ?? policy) : policy;
}

/** What holds for an operation: policies are for updates alone. */
export function statementsFor(stack: Stack, { type }: Operation): readonly PolicyStatement[] {
  const body = type === "UPDATE_STACK" ? policyInForce(stack) : undefined;
  return body === undefined ? [] : (readStackPolicy(body) ?? []);
}

/** An update that the stack's policy holds back; its message is the reason. */
export class DeniedByPolicy extends Error {}

const matches = ({ not, patterns }: Matcher, text: string) => patterns.some((pattern) => matchesWildcard(pattern, text)) !== not;

function texts(value: unknown): string[] | undefined {
  const list = [value].flat();
  return list.length > 0 && list.every((item): item is string => typeof item === "string") ? list : undefined;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
