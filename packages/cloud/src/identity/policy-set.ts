/** The policies that apply to a caller. */
import type { Cloud } from "../cloud.ts";
import { awsManagedPolicy } from "./aws-managed-policies.ts";
import { derivedFrom, groups, managedPolicies, type PolicyHolder, roles, users } from "./entities.ts";
import type { NamedPolicy, PolicySet } from "./evaluate.ts";
import { parsePolicy, policyOf } from "./policy.ts";
import type { Principal } from "./principal.ts";

/** The document in force of a managed policy, the account's or AWS's. */
export function managedDocument(cloud: Cloud, arn: string): string | undefined {
  const own = managedPolicies(cloud).get(arn.slice(arn.lastIndexOf("/") + 1));
  if (own?.arn === arn) return own.versions.find((version) => version.number === own.defaultVersion)?.document;
  return awsManagedPolicy(arn)?.document;
}

function named(cloud: Cloud, name: string, type: NamedPolicy["type"], document: string | undefined): NamedPolicy[] {
  return document === undefined ? [] : [{ name, type, policy: policyOf(cloud, document) }];
}

/** Inline and attached policies of a role, user or group. `kind` is part of the inline ones' names in simulations. */
export function policiesOf(cloud: Cloud, holder: PolicyHolder, kind: "role" | "user" | "group"): NamedPolicy[] {
  return [
    ...Object.entries(holder.inline).flatMap(([name, document]) => named(cloud, `${kind}_${holder.name}_${name}`, "identity", document)),
    ...holder.attached.flatMap((arn) => named(cloud, arn, "identity", managedDocument(cloud, arn))),
  ];
}

/** A boundary whose policy is gone allows nothing. */
const boundaryOf = (cloud: Cloud, arn: string | undefined): NamedPolicy | undefined =>
  arn === undefined
    ? undefined
    : { name: arn, type: "boundary", policy: policyOf(cloud, managedDocument(cloud, arn) ?? '{"Version":"2012-10-17","Statement":[]}') };

export function rolePolicySet(cloud: Cloud, roleName: string): PolicySet {
  const role = roles(cloud).get(roleName);
  if (!role) return { identity: [] };
  return { identity: policiesOf(cloud, role, "role"), boundary: boundaryOf(cloud, role.boundary) };
}

export function userPolicySet(cloud: Cloud, userName: string): PolicySet {
  const user = users(cloud).get(userName);
  if (!user) return { identity: [] };
  const own = policiesOf(cloud, user, "user");
  const through = user.groups.flatMap((name) => {
    const group = groups(cloud).get(name);
    return group ? policiesOf(cloud, group, "group") : [];
  });
  return { identity: [...own, ...through], boundary: boundaryOf(cloud, user.boundary) };
}

/** What applies to a user or a role's session; computed once until something in IAM changes. */
export function policySetOf(cloud: Cloud, principal: Extract<Principal, { kind: "user" | "assumed-role" }>): PolicySet {
  // The id tells a role or user from a later one of the same name, whose policies are not the old session's.
  const id = principal.userId.split(":")[0]!;
  const key = principal.kind === "user" ? `user ${principal.userName} ${id}` : `role ${principal.roleName} ${id}`;
  const known = derivedFrom(cloud);
  let set = known.get(key) as PolicySet | undefined;
  if (!set) {
    const entity = principal.kind === "user" ? users(cloud).get(principal.userName) : roles(cloud).get(principal.roleName);
    if (entity?.id !== id) set = { identity: [] };
    else set = principal.kind === "user" ? userPolicySet(cloud, entity.name) : rolePolicySet(cloud, entity.name);
    known.set(key, set);
  }
  if (principal.kind === "user" || principal.sessionPolicy === undefined) return set;
  return { ...set, session: { name: "session policy", type: "session", policy: parsePolicy(principal.sessionPolicy) } };
}
