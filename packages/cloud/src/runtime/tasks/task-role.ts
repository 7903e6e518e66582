/** The roles of what runs: assumed for it through their trust policies, as `ecs-tasks.amazonaws.com` or another service's principal. */
import { AwsError } from "../../aws-error.ts";
import type { Cloud } from "../../cloud.ts";
import { mayAssume, roleByArn, sessionOf } from "../../identity/assume-role.ts";
import { type Principal, servicePrincipal } from "../../identity/principal.ts";

export type RolePrincipal = Extract<Principal, { kind: "assumed-role" }>;

const roleArnPattern = /^arn:aws[a-z-]*:iam::\d{12}:role\/(?:.*\/)?[\w+=,.@-]+$/;

export function isRoleArn(text: string): boolean {
  return roleArnPattern.test(text);
}

/** The session of a role that a task acts in. Throws AccessDenied when the role is not there or does not trust `service`. */
export function assumeTaskRole(
  cloud: Cloud,
  roleArn: string,
  sessionName: string,
  region: string,
  service = "ecs-tasks.amazonaws.com",
): RolePrincipal {
  const role = roleByArn(cloud, roleArn);
  if (!role || !mayAssume(cloud, role, servicePrincipal(cloud.account, service), region)) {
    throw new AwsError("AccessDenied", `The role ${roleArn} is not there, or its trust policy does not name ${service}.`, 403);
  }
  return sessionOf(cloud, role, sessionName);
}
