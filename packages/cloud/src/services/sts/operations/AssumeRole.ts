/** Begins a session of a role, with credentials of its own. */
import { AwsError } from "../../../aws-error.ts";
import { checkConstraints } from "../../../constraints.ts";
import { assumeRole as takeRole } from "../../../identity/assume-role.ts";
import { operation } from "../../../service.ts";
import { answerCredentials } from "../credentials.ts";
import { sessionPolicyOf } from "../session-policy.ts";

/** Members whose effect the embedded cloud does not have: it says so instead of leaving them out. */
const unsupported = ["Tags", "TransitiveTagKeys", "SourceIdentity", "SerialNumber", "TokenCode", "ProvidedContexts"] as const;

const namePattern = "[\\w+=,.@-]*";

export const assumeRole = operation("sts", "AssumeRole", async (input, context) => {
  const { RoleArn, RoleSessionName, DurationSeconds, ExternalId, Policy, PolicyArns } = input;
  checkConstraints("ValidationError", {
    roleArn: [RoleArn, { length: [20, 2048] }],
    roleSessionName: [RoleSessionName, { length: [2, 64], pattern: namePattern }],
    durationSeconds: [DurationSeconds, { range: [900, 43_200] }],
    externalId: [ExternalId, { length: [2, 1224], pattern: "[\\w+=,.@:\\/-]*" }],
    policy: [Policy, { length: [1, 2048] }],
    policyArns: [PolicyArns, { length: [0, 10] }],
  });
  if (!/^arn:[\w-]+:iam::\d{12}:role\/./.test(RoleArn)) throw new AwsError("ValidationError", `${RoleArn} is invalid`);
  for (const member of unsupported) {
    const value: unknown = input[member];
    if (value === undefined || (Array.isArray(value) && value.length === 0)) continue;
    throw new AwsError("NotImplemented", `The embedded cloud does not serve ${member} in sts:AssumeRole.`, 501);
  }
  const sessionPolicy = await sessionPolicyOf(context, Policy, PolicyArns);
  const credentials = takeRole(context.cloud, {
    roleArn: RoleArn,
    sessionName: RoleSessionName,
    ...(DurationSeconds !== undefined && { durationSeconds: DurationSeconds }),
    sessionPolicy,
    by: context.principal,
    region: context.region,
    conditions: { "sts:RoleSessionName": RoleSessionName, ...(ExternalId !== undefined && { "sts:ExternalId": ExternalId }) },
  });
  const { principal } = credentials;
  if (principal.kind !== "assumed-role") throw new Error("a role's session belongs to a role");
  return {
    Credentials: answerCredentials(credentials),
    AssumedRoleUser: { AssumedRoleId: principal.userId, Arn: principal.arn },
    // Per cent of the space that the session's policies may take.
    ...(sessionPolicy !== undefined && { PackedPolicySize: Math.ceil((sessionPolicy.length / 2048) * 100) }),
  };
});
