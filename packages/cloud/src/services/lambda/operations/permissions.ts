/** A function's own policy: AddPermission, RemovePermission, GetPolicy. */
import { operation, type OperationContext } from "../../../service.ts";
import { keepAlias } from "../alias.ts";
import { check, invalidValue, noPolicy, noPolicyHere, revisionMismatch, statementExists, statementNotFound } from "../errors.ts";
import { functionName, keep, type PermissionStatement } from "../function.ts";
import { functionPolicy } from "../policy.ts";
import { type Qualified, qualified } from "../qualified.ts";
import { versionKey, versions } from "../version.ts";

export const addPermission = operation("lambda", "AddPermission", (input, context) => {
  check({
    statementId: [input.StatementId, { length: [1, 100], pattern: String.raw`([a-zA-Z0-9-_]+)` }],
    action: [input.Action, { pattern: String.raw`(lambda:[*]|lambda:[a-zA-Z]+|[*])` }],
    principal: [input.Principal, { pattern: String.raw`[^\s]+` }],
    sourceAccount: [input.SourceAccount, { length: [0, 12], pattern: String.raw`\d{12}` }],
  });
  if (functionName(input.FunctionName, input.Qualifier).qualifier === "$LATEST")
    throw invalidValue("We currently do not support adding policies for $LATEST.");
  const found = qualified(context, input.FunctionName, input.Qualifier);
  checkRevision(found, input.RevisionId);
  if (found.permissions.some(({ Sid }) => Sid === input.StatementId)) throw statementExists(input.StatementId);
  const statement: PermissionStatement = {
    Sid: input.StatementId,
    Effect: "Allow",
    Principal: principalOf(input.Principal),
    Action: input.Action,
    Resource: found.arn,
    ...conditionOf(input),
  };
  keepPermissions(context, found, [...found.permissions, statement]);
  return { Statement: JSON.stringify(statement) };
});

function principalOf(given: string): PermissionStatement["Principal"] {
  if (given === "*") return "*";
  if (/^\d{12}$/u.test(given)) return { AWS: `arn:aws:iam::${given}:root` };
  if (given.startsWith("arn:")) return { AWS: given };
  // Services of AWS, and of Amazon (Alexa).
  if (/\.(?:amazonaws|amazon)\.com(?:\.cn)?$/u.test(given)) return { Service: given };
  throw invalidValue("The provided principal was invalid. Please check the principal and try again.");
}

function conditionOf(input: {
  SourceArn?: string | undefined;
  SourceAccount?: string | undefined;
  PrincipalOrgID?: string | undefined;
  EventSourceToken?: string | undefined;
  FunctionUrlAuthType?: string | undefined;
}): Pick<PermissionStatement, "Condition"> {
  const equal = {
    ...(input.SourceAccount !== undefined && { "AWS:SourceAccount": input.SourceAccount }),
    ...(input.PrincipalOrgID !== undefined && { "aws:PrincipalOrgID": input.PrincipalOrgID }),
    ...(input.EventSourceToken !== undefined && { "lambda:EventSourceToken": input.EventSourceToken }),
    ...(input.FunctionUrlAuthType !== undefined && { "lambda:FunctionUrlAuthType": input.FunctionUrlAuthType }),
  };
  const condition = {
    ...(Object.keys(equal).length > 0 && { StringEquals: equal }),
    ...(input.SourceArn !== undefined && { ArnLike: { "AWS:SourceArn": input.SourceArn } }),
  };
  return Object.keys(condition).length > 0 ? { Condition: condition } : {};
}

export const removePermission = operation("lambda", "RemovePermission", (input, context) => {
  const found = qualified(context, input.FunctionName, input.Qualifier);
  checkRevision(found, input.RevisionId);
  if (found.permissions.length === 0) throw noPolicyHere();
  const left = found.permissions.filter(({ Sid }) => Sid !== input.StatementId);
  if (left.length === found.permissions.length) throw statementNotFound(input.StatementId);
  keepPermissions(context, found, left);
  return {};
});

export const getPolicy = operation("lambda", "GetPolicy", ({ FunctionName, Qualifier }, context) => {
  const found = qualified(context, FunctionName, Qualifier);
  const Policy = functionPolicy(found);
  if (Policy === undefined) throw noPolicy();
  return { Policy, RevisionId: revisionOf(found) };
});

const revisionOf = ({ of, alias }: Qualified): string => (alias ?? of).revisionId;

function checkRevision(found: Qualified, given: string | undefined): void {
  if (given !== undefined && given !== revisionOf(found)) throw revisionMismatch();
}

/** Of the function, of one of its versions, or of an alias: each has a policy of its own. */
function keepPermissions(context: OperationContext, { of, version, alias }: Qualified, permissions: PermissionStatement[]): void {
  if (alias) keepAlias(context, { ...alias, permissions });
  else if (version === "$LATEST") keep(context, { ...of, permissions });
  else versions(context.cloud).put(context.region, versionKey(of.name, version), { ...of, version, permissions });
}
