/** Taking a role: its trust policy is asked, then a session with credentials of its own begins. */
import { AwsError } from "../aws-error.ts";
import type { Cloud } from "../cloud.ts";
import { decide } from "./authorize.ts";
import { conditionKeys } from "./condition-keys.ts";
import { type Credentials, issueRoleCredentials } from "./credentials.ts";
import { roles, type RoleRecord } from "./entities.ts";
import { trusts } from "./evaluate.ts";
import { policyOf } from "./policy.ts";
import type { Principal, SessionTags } from "./principal.ts";

type RoleSession = Extract<Principal, { kind: "assumed-role" }>;

export interface AssumeRoleRequest {
  roleArn: string;
  /** 2–64 characters of `[\w+=,.@-]`. */
  sessionName: string;
  /** Default 3600; at most the role's MaxSessionDuration, an hour for a session that takes a role in turn. */
  durationSeconds?: number;
  /** An inline policy that limits the session, as JSON text. */
  sessionPolicy?: string | undefined;
  /** Both sides have to allow `sts:TagSession` for them. */
  sessionTags?: SessionTags | undefined;
  /** Who takes it: a service of the cloud by `servicePrincipal(account, "ecs-tasks.amazonaws.com")`. */
  by: Principal;
  region: string;
  /** Condition keys of the request (`sts:ExternalId`, …). */
  conditions?: Readonly<Record<string, string | string[]>>;
}

/** Credentials of a new session of the role. Throws AWS's AccessDenied when its trust policy, or the caller's own policies, do not let it. */
export function assumeRole(cloud: Cloud, request: AssumeRoleRequest): Required<Credentials> {
  const { roleArn, sessionName, by, region, sessionPolicy, sessionTags } = request;
  const role = roleByArn(cloud, roleArn);
  if (!role || !mayAssume(cloud, role, by, region, request.conditions)) throw notAuthorized(by, roleArn);
  if (sessionTags && !mayAssume(cloud, role, by, region, request.conditions, "sts:TagSession"))
    throw notAuthorized(by, roleArn, "sts:TagSession");
  const durationSeconds = request.durationSeconds ?? 3600;
  if (by.kind === "assumed-role" && durationSeconds > 3600)
    throw new AwsError(
      "ValidationError",
      "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
    );
  if (durationSeconds > role.maxSessionSeconds)
    throw new AwsError("ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
  roles(cloud).put({ ...role, lastUsed: { atMs: cloud.world.clock.nowMs(), region } });
  return issueRoleCredentials(cloud, sessionOf(cloud, role, sessionName, { sessionPolicy, sessionTags }), durationSeconds);
}

/** Whether the trust policy lets `by` take the role, and, where it names only the account, the caller's own policies do. */
export function mayAssume(
  cloud: Cloud,
  role: RoleRecord,
  by: Principal,
  region: string,
  conditions: Readonly<Record<string, string | string[]>> = {},
  action = "sts:AssumeRole",
): boolean {
  const place = { cloud, region, account: cloud.account };
  const { outcome, direct } = trusts(policyOf(cloud, role.trust), by, {
    action,
    resource: role.arn,
    keys: conditionKeys(place, by, conditions),
  });
  if (outcome !== "allowed") return false;
  const own = decide({ ...place, principal: by }, { action, resource: role.arn, conditions });
  return own.outcome === "allowed" || (direct && own.outcome === "implicitDeny");
}

export function roleByArn(cloud: Cloud, arn: string): RoleRecord | undefined {
  const role = roles(cloud).get(arn.slice(arn.lastIndexOf("/") + 1));
  return role?.arn === arn ? role : undefined;
}

/** The caller that a session of the role is. */
export function sessionOf(
  cloud: Cloud,
  role: RoleRecord,
  sessionName: string,
  { sessionPolicy, sessionTags }: Pick<RoleSession, "sessionPolicy" | "sessionTags"> = {},
): RoleSession {
  return {
    kind: "assumed-role",
    account: cloud.account,
    arn: `arn:aws:sts::${cloud.account}:assumed-role/${role.name}/${sessionName}`,
    userId: `${role.id}:${sessionName}`,
    roleName: role.name,
    roleArn: role.arn,
    sessionName,
    ...(sessionPolicy !== undefined && { sessionPolicy }),
    ...(sessionTags && { sessionTags }),
  };
}

const notAuthorized = (by: Principal, roleArn: string, action = "sts:AssumeRole") =>
  new AwsError("AccessDenied", `User: ${by.arn} is not authorized to perform: ${action} on resource: ${roleArn}`, 403);
