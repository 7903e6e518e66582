/** Whom a stack's calls are made as: its caller, or the role that it was given. */
import { AwsError } from "../../aws-error.ts";
import type { Principal } from "../../identity/principal.ts";
import type { OperationContext } from "../../service.ts";
import { check, roleArn as roleArnConstraint } from "./constraints.ts";
import { validationError } from "./errors.ts";

/** @throws ValidationError `Role … is invalid or cannot be assumed` */
export async function principalFor(roleArn: string | undefined, context: OperationContext): Promise<Principal> {
  if (roleArn === undefined) return context.principal;
  check("roleARN", roleArn, roleArnConstraint);
  const [, account, roleName] = /^arn:aws:iam::(\d{12}):role\/(?:.*\/)?([^/]+)$/.exec(roleArn) ?? [];
  const invalid = () => validationError(`Role ${roleArn} is invalid or cannot be assumed`);
  if (account !== context.account || roleName === undefined) throw invalid();
  try {
    const { Role } = await context.cloud.as(
      { kind: "service", account, arn: "cloudformation.amazonaws.com", service: "cloudformation.amazonaws.com" },
      context.region,
    )("iam", "GetRole", { RoleName: roleName });
    const trust = decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "");
    if (Role?.Arn !== roleArn || !trust.includes("cloudformation.amazonaws.com")) throw invalid();
    return {
      kind: "assumed-role",
      account,
      arn: `arn:aws:sts::${account}:assumed-role/${roleName}/AWSCloudFormation`,
      userId: `${Role.RoleId}:AWSCloudFormation`,
      roleName,
      roleArn,
      sessionName: "AWSCloudFormation",
    };
  } catch (error) {
    if (error instanceof AwsError && error.code === "NoSuchEntity") throw invalid();
    throw error;
  }
}
