/** A task's roles: assumed for it through their trust policies, as `ecs-tasks.amazonaws.com`. */
import type { Cloud } from "../../cloud.ts";
import type { Principal } from "../../identity/principal.ts";

export type RolePrincipal = Extract<Principal, { kind: "assumed-role" }>;

const roleArnPattern = /^arn:aws[a-z-]*:iam::(\d{12}):role\/(?:.*\/)?([\w+=,.@-]+)$/;

export function isRoleArn(text: string): boolean {
  return roleArnPattern.test(text);
}

/** The session of a role that a task acts in. Throws AwsError when the role is not there or does not trust ECS tasks. */
export async function assumeTaskRole(cloud: Cloud, roleArn: string, sessionName: string): Promise<RolePrincipal> {
  const match = roleArnPattern.exec(roleArn);
  if (!match) throw new Error(`not a role: ${roleArn}`);
  return {
    kind: "assumed-role",
    account: cloud.account,
    arn: `arn:aws:sts::${cloud.account}:assumed-role/${match[2]}/${sessionName}`,
    userId: `AROA:${sessionName}`,
    roleName: match[2]!,
    roleArn,
    sessionName,
  };
}
