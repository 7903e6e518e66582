/** Policy evaluation within one account, in AWS's documented order: deny first, then what each kind of policy allows. */
import { conditionHolds, type ConditionKeys } from "./conditions.ts";
import type { Policy, PrincipalElement, Statement } from "./policy.ts";
import type { Principal } from "./principal.ts";
import { expandVariables, matchesPattern } from "./variables.ts";
import { matchesWildcard } from "./wildcard.ts";

/** A policy and what it is called in reports (`role_R_Inline`, an ARN). */
export interface NamedPolicy {
  name: string;
  type: "identity" | "boundary" | "session" | "resource";
  policy: Policy;
}

/** What applies to a caller. */
export interface PolicySet {
  identity: readonly NamedPolicy[];
  /** Absent: no boundary. */
  boundary?: NamedPolicy | undefined;
  /** Absent: no session policy. */
  session?: NamedPolicy | undefined;
}

export interface Asked {
  /** As `s3:GetObject`. */
  action: string;
  resource: string;
  keys: ConditionKeys;
}

/** Which kind of policy decided. */
export type Kind = "identity-based policy" | "resource-based policy" | "permissions boundary" | "session policy";

export interface Matched {
  policy: NamedPolicy;
  statement: Statement;
  index: number;
}

export type Decision =
  | { outcome: "allowed"; matched: readonly Matched[] }
  | { outcome: "explicitDeny"; by: Kind; matched: readonly Matched[] }
  | { outcome: "implicitDeny"; by: Kind; matched: readonly Matched[] };

const kinds = {
  identity: "identity-based policy",
  boundary: "permissions boundary",
  session: "session policy",
  resource: "resource-based policy",
} as const;

/** The policy on the resource itself, in view of `principal`. */
export interface OnResource {
  policy: NamedPolicy;
  principal: Principal;
  /** See `Authorization.closed`. */
  closed?: boolean | undefined;
}

/** Decides on `asked` for a caller with `policies`. */
export function evaluate(policies: PolicySet, asked: Asked, resource?: OnResource): Decision {
  const all = [...policies.identity, ...(policies.boundary ? [policies.boundary] : []), ...(policies.session ? [policies.session] : [])];
  const matched = all.flatMap((policy) => matches(policy, asked));
  const onResource = resource ? matches(resource.policy, asked, resource.principal) : [];

  const denies = [...matched, ...onResource].filter(({ statement }) => statement.effect === "Deny");
  const deny = denies[0];
  if (deny) return { outcome: "explicitDeny", by: kinds[deny.policy.type], matched: denies };

  const allows = matched.filter(({ statement }) => statement.effect === "Allow");
  const allowed = (type: NamedPolicy["type"]) => allows.some(({ policy }) => policy.type === type);
  const grants = onResource.filter(({ statement }) => grantsDirectly(statement, resource!.principal));
  // A resource's policy that names the session or the user itself is not limited by boundary and session policy.
  if (grants.some(({ statement }) => namesExactly(statement, resource!.principal)))
    return { outcome: "allowed", matched: [...allows, ...grants] };
  if (policies.boundary && !allowed("boundary")) return { outcome: "implicitDeny", by: "permissions boundary", matched: [] };
  if (policies.session && !allowed("session")) return { outcome: "implicitDeny", by: "session policy", matched: [] };
  // A closed resource lets policies of identities decide only by a statement that names the account.
  const shut = resource?.closed === true && !onResource.some(({ statement }) => statement.effect === "Allow");
  if ((allowed("identity") && !shut) || grants.length > 0) return { outcome: "allowed", matched: [...allows, ...grants] };
  if (shut) return { outcome: "implicitDeny", by: "resource-based policy", matched: [] };
  return { outcome: "implicitDeny", by: "identity-based policy", matched: [] };
}

/** The statements of a policy that speak of `asked`, and of `principal` where the policy is on a resource. */
export function matches(policy: NamedPolicy, asked: Asked, principal?: Principal): Matched[] {
  const action = asked.action.toLowerCase();
  return policy.policy.statements.flatMap((statement, index) => {
    const speaks =
      actionMatches(statement, action) &&
      (policy.type !== "resource" || principal === undefined || principalMatches(statement, principal)) &&
      resourceMatches(statement, asked, policy.policy.variables) &&
      statement.conditions.every((condition) => conditionHolds(condition, asked.keys, policy.policy.variables));
    return speaks ? [{ policy, statement, index }] : [];
  });
}

const actionMatches = ({ actions, notActions }: Statement, action: string) =>
  actions.some((pattern) => pattern === action || matchesWildcard(pattern, action)) !== notActions;

function resourceMatches({ resources, notResources }: Statement, { resource, keys }: Asked, variables: boolean): boolean {
  const some = resources.some((pattern) => {
    if (pattern === "*") return true;
    const expanded = variables ? expandVariables(pattern, keys) : pattern;
    return expanded !== undefined && matchesPattern(expanded, resource);
  });
  return some !== notResources;
}

/** The names under which a caller can be meant. */
function namesOf(principal: Principal): string[] {
  if (principal.kind === "assumed-role") return [principal.arn, principal.roleArn, principal.userId.split(":")[0]!];
  return principal.kind === "service" ? [principal.arn] : [principal.arn, principal.userId];
}

const isAccount = (name: string, principal: Principal) => name === principal.account || name === `arn:aws:iam::${principal.account}:root`;

function elementMatches(element: PrincipalElement, principal: Principal): boolean {
  if (element === "*") return true;
  // AWS takes `{ "AWS": "*" }` for `"*"`: everybody, services too.
  if (principal.kind === "service") {
    return (element.AWS ?? []).includes("*") || (element.Service ?? []).some((name) => name === principal.service || name === "*");
  }
  if (principal.kind === "anonymous") return (element.AWS ?? []).includes("*");
  const names = namesOf(principal);
  return (element.AWS ?? []).some((name) => name === "*" || isAccount(name, principal) || names.includes(name));
}

function principalMatches({ principal: element, notPrincipal }: Statement, principal: Principal): boolean {
  return element !== undefined && elementMatches(element, principal) !== notPrincipal;
}

/** Naming the account only lets its own policies decide; naming the caller, or everybody, allows by itself. */
function grantsDirectly(statement: Statement, principal: Principal): boolean {
  const element = statement.principal;
  if (element === undefined || statement.effect !== "Allow") return false;
  if (element === "*" || statement.notPrincipal || principal.kind === "service" || principal.kind === "root") return true;
  const names = namesOf(principal);
  return (element.AWS ?? []).some((name) => name === "*" || names.includes(name));
}

/** Names this very session, or this very user. */
function namesExactly(statement: Statement, principal: Principal): boolean {
  const element = statement.principal;
  return element !== undefined && element !== "*" && !statement.notPrincipal && (element.AWS ?? []).includes(principal.arn);
}

/** Whether a role's trust policy lets `principal` take the role, and whether it names it itself (else the caller's own policies must allow it too). */
export function trusts(
  trust: Policy,
  principal: Principal,
  asked: Asked,
): { outcome: "allowed" | "explicitDeny" | "implicitDeny"; direct: boolean } {
  const matched = matches({ name: "trust policy", type: "resource", policy: trust }, asked, principal);
  if (matched.some(({ statement }) => statement.effect === "Deny")) return { outcome: "explicitDeny", direct: false };
  if (matched.length === 0) return { outcome: "implicitDeny", direct: false };
  return { outcome: "allowed", direct: matched.some(({ statement }) => grantsDirectly(statement, principal)) };
}
