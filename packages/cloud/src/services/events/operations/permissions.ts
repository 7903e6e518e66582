/** PutPermission and RemovePermission: who may put events on a bus, statement by statement or as a whole policy. */
import { AwsError } from "../../../aws-error.ts";
import { operation } from "../../../service.ts";
import { type Bus, keepBus, requireBus } from "../bus.ts";
import { check, noPolicy, statementNotFound, validation } from "../errors.ts";

const mostBytes = 10_240;

interface Policy {
  Version: string;
  Statement: { Sid?: string }[];
}

const policyOf = ({ policy }: Bus): Policy =>
  policy === undefined ? { Version: "2012-10-17", Statement: [] } : (JSON.parse(policy) as Policy);

export const putPermission = operation("events", "PutPermission", (input, context) => {
  const bus = requireBus(context, input.EventBusName);
  const policy = input.Policy === undefined ? withStatement(bus, input) : checked(input.Policy);
  const text = JSON.stringify(policy);
  if (Buffer.byteLength(text) > mostBytes)
    throw new AwsError("PolicyLengthExceededException", "The resource-based policy is over 10240 bytes long.");
  keepBus(context, { ...bus, policy: text });
  return {};
});

function checked(text: string): object {
  try {
    const policy: unknown = JSON.parse(text);
    if (typeof policy === "object" && policy !== null && "Statement" in policy) return policy;
  } catch {
    // said below
  }
  throw validation("This policy contains invalid Json");
}

interface Statement {
  Action?: string | undefined;
  Principal?: string | undefined;
  StatementId?: string | undefined;
  Condition?: { Type?: string | undefined; Key?: string | undefined; Value?: string | undefined } | undefined;
}

/** A statement under an id that is there already takes its place. */
function withStatement(bus: Bus, { Action, Principal, StatementId, Condition }: Statement): Policy {
  if (Principal === undefined) throw validation("Parameter Principal must be specified.");
  if (Action !== "events:PutEvents") throw validation("Provided value in parameter 'action' is not supported.");
  if (StatementId === undefined) throw validation("Parameter StatementId must be specified.");
  check({
    principal: [Principal, { length: [1, 12], pattern: String.raw`(\d{12}|\*)` }],
    statementId: [StatementId, { length: [1, 64], pattern: "[a-zA-Z0-9-_]+" }],
  });
  if (Condition && Principal !== "*") {
    throw validation("Value of the parameter 'principal' must be '*' when the parameter 'condition' is set.");
  }
  const before = policyOf(bus);
  const statement = {
    Sid: StatementId,
    Effect: "Allow",
    Principal: Principal === "*" ? "*" : { AWS: `arn:aws:iam::${Principal}:root` },
    Action,
    Resource: bus.arn,
    ...(Condition && { Condition: { [Condition.Type!]: { [Condition.Key!]: Condition.Value } } }),
  };
  return { ...before, Statement: [...before.Statement.filter(({ Sid }) => Sid !== StatementId), statement] };
}

export const removePermission = operation("events", "RemovePermission", ({ EventBusName, StatementId, RemoveAllPermissions }, context) => {
  const { policy: _, ...without } = requireBus(context, EventBusName);
  const bus = requireBus(context, EventBusName);
  if (RemoveAllPermissions) {
    keepBus(context, without);
    return {};
  }
  if (bus.policy === undefined) throw noPolicy();
  const before = policyOf(bus);
  const Statement = before.Statement.filter(({ Sid }) => Sid !== StatementId);
  if (Statement.length === before.Statement.length) throw statementNotFound();
  keepBus(context, Statement.length === 0 ? without : { ...bus, policy: JSON.stringify({ ...before, Statement }) });
  return {};
});
