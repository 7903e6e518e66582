/** Begins a session of a role, with credentials of its own. */
import { AwsError } from "../../../aws-error.ts";
import { checkConstraints } from "../../../constraints.ts";
import { assumeRole as takeRole } from "../../../identity/assume-role.ts";
import { operation } from "../../../service.ts";
import { answerCredentials } from "../credentials.ts";
import { sessionPolicyOf } from "../session-policy.ts";
import { sessionTagsOf, tagConditions } from "../session-tags.ts";

/** Members whose effect the embedded cloud does not have: it says so instead of leaving them out. */
const unsupported = ["SourceIdentity", "SerialNumber", "TokenCode", "ProvidedContexts"] as const;

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
  const sessionTags = sessionTagsOf(context.principal, input);
  const sessionPolicy = await sessionPolicyOf(context, Policy, PolicyArns);
  const credentials = takeRole(context.cloud, {
    roleArn: RoleArn,
    sessionName: RoleSessionName,
    ...(DurationSeconds !== undefined && { durationSeconds: DurationSeconds }),
    sessionPolicy,
    sessionTags,
    by: context.principal,
    region: context.region,
    conditions: {
      "sts:RoleSessionName": RoleSessionName,
      ...(ExternalId !== undefined && { "sts:ExternalId": ExternalId }),
      ...tagConditions(input),
    },
  });
  const { principal } = credentials;
  // Per cent of the space that the session's policies and tags may take.
  const packed = [sessionPolicy ?? "", ...Object.entries(sessionTags?.tags ?? {}).flat()].join("");
  if (principal.kind !== "assumed-role") throw new Error("a role's session belongs to a role");
  return {
    Credentials: answerCredentials(credentials),
    AssumedRoleUser: { AssumedRoleId: principal.userId, Arn: principal.arn },
    ...(packed.length > 0 && { PackedPolicySize: Math.ceil((packed.length / 2048) * 100) }),
  };
});
