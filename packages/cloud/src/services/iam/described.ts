/** Roles, users, groups and policies as IAM answers them. */
import { createHash } from "node:crypto";
import type { Group, InstanceProfile, Policy, Role, User } from "@aws-sdk/client-iam";
import type { Cloud } from "../../cloud.ts";
import { awsManagedPolicies, awsManagedPolicy, type AwsManagedPolicy } from "../../identity/aws-managed-policies.ts";
import {
  derivedFrom,
  type GroupRecord,
  groups,
  type InstanceProfileRecord,
  type ManagedPolicyRecord,
  managedPolicies,
  roles,
  type RoleRecord,
  type UserRecord,
  users,
} from "../../identity/entities.ts";
import { noSuchPolicy } from "./errors.ts";
import { tagList } from "./names.ts";

/** IAM answers policy documents URL-encoded, as RFC 3986 has it. */
export const encodedDocument = (text: string) =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

const boundary = (arn: string | undefined) =>
  arn === undefined
    ? {}
    : { PermissionsBoundary: { PermissionsBoundaryType: "Policy" as "PermissionsBoundaryPolicy", PermissionsBoundaryArn: arn } };

/** Lists leave the tags, the boundary and the last use out; `whole` has them. */
export const describedRole = (role: RoleRecord, whole = true): Role => ({
  Path: role.path,
  RoleName: role.name,
  RoleId: role.id,
  Arn: role.arn,
  CreateDate: new Date(role.createdMs),
  AssumeRolePolicyDocument: encodedDocument(role.trust),
  ...(role.description !== undefined && { Description: role.description }),
  MaxSessionDuration: role.maxSessionSeconds,
  ...(whole && {
    ...boundary(role.boundary),
    ...(Object.keys(role.tags).length > 0 && { Tags: tagList(role.tags) }),
  }),
});

export const lastUseOf = (role: RoleRecord) => ({
  RoleLastUsed: role.lastUsed ? { LastUsedDate: new Date(role.lastUsed.atMs), Region: role.lastUsed.region } : {},
});

export const describedUser = (user: UserRecord, whole = true): User => ({
  Path: user.path,
  UserName: user.name,
  UserId: user.id,
  Arn: user.arn,
  CreateDate: new Date(user.createdMs),
  ...(whole && {
    ...boundary(user.boundary),
    ...(Object.keys(user.tags).length > 0 && { Tags: tagList(user.tags) }),
  }),
});

export const describedGroup = (group: GroupRecord): Group => ({
  Path: group.path,
  GroupName: group.name,
  GroupId: group.id,
  Arn: group.arn,
  CreateDate: new Date(group.createdMs),
});

export const describedInstanceProfile = (cloud: Cloud, profile: InstanceProfileRecord): InstanceProfile => ({
  Path: profile.path,
  InstanceProfileName: profile.name,
  InstanceProfileId: profile.id,
  Arn: profile.arn,
  CreateDate: new Date(profile.createdMs),
  Roles: profile.roles.flatMap((name) => {
    const role = roles(cloud).get(name);
    if (!role) return [];
    const { Description: _text, MaxSessionDuration: _seconds, ...shown } = describedRole(role, false);
    return [shown];
  }),
  ...(Object.keys(profile.tags).length > 0 && { Tags: tagList(profile.tags) }),
});

/** A managed policy, the account's or AWS's, in one form. */
export interface AnyPolicy {
  name: string;
  id: string;
  arn: string;
  path: string;
  description?: string;
  createdMs: number;
  updatedMs: number;
  defaultVersion: string;
  versions: { id: string; document: string; createdMs: number }[];
  tags: Record<string, string>;
  aws: boolean;
}

const idAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

const ofAws = (policy: AwsManagedPolicy): AnyPolicy => ({
  name: policy.name,
  // AWS gives no public list of these ids; one is made from the name, and is always the same.
  id: `ANPA${[...createHash("sha256").update(policy.name).digest().subarray(0, 17)].map((byte) => idAlphabet[byte % 32]).join("")}`,
  arn: policy.arn,
  path: policy.path,
  createdMs: policy.createdMs,
  updatedMs: policy.updatedMs,
  defaultVersion: policy.versionId,
  versions: [{ id: policy.versionId, document: policy.document, createdMs: policy.updatedMs }],
  tags: {},
  aws: true,
});

export const ofAccount = (policy: ManagedPolicyRecord): AnyPolicy => ({
  ...policy,
  defaultVersion: `v${policy.defaultVersion}`,
  versions: policy.versions.map(({ number, document, createdMs }) => ({ id: `v${number}`, document, createdMs })),
  aws: false,
});

export const allPolicies = (cloud: Cloud): AnyPolicy[] => [
  ...awsManagedPolicies().map(ofAws),
  ...managedPolicies(cloud).list().map(ofAccount),
];

export function findPolicy(cloud: Cloud, arn: string): AnyPolicy | undefined {
  const own = managedPolicies(cloud).get(arn.slice(arn.lastIndexOf("/") + 1));
  if (own?.arn === arn) return ofAccount(own);
  const found = awsManagedPolicy(arn);
  return found && ofAws(found);
}

export function mustFindPolicy(cloud: Cloud, arn: string): AnyPolicy {
  const found = findPolicy(cloud, arn);
  if (!found) throw noSuchPolicy(arn);
  return found;
}

/** The roles, users and groups that a policy is attached to, and those whose boundary it is. */
interface Uses {
  roles: RoleRecord[];
  users: UserRecord[];
  groups: GroupRecord[];
  boundedRoles: RoleRecord[];
  boundedUsers: UserRecord[];
}

const noUses = (): Uses => ({ roles: [], users: [], groups: [], boundedRoles: [], boundedUsers: [] });

/** By ARN, of the policies that are used at all: computed once until something in IAM changes. */
function allUses(cloud: Cloud): ReadonlyMap<string, Uses> {
  const known = derivedFrom(cloud).get("uses") as ReadonlyMap<string, Uses> | undefined;
  if (known) return known;
  const uses = new Map<string, Uses>();
  const of = (arn: string): Uses => {
    const found = uses.get(arn) ?? noUses();
    uses.set(arn, found);
    return found;
  };
  for (const role of roles(cloud).list()) {
    for (const arn of role.attached) of(arn).roles.push(role);
    if (role.boundary !== undefined) of(role.boundary).boundedRoles.push(role);
  }
  for (const user of users(cloud).list()) {
    for (const arn of user.attached) of(arn).users.push(user);
    if (user.boundary !== undefined) of(user.boundary).boundedUsers.push(user);
  }
  for (const group of groups(cloud).list()) for (const arn of group.attached) of(arn).groups.push(group);
  derivedFrom(cloud).set("uses", uses);
  return uses;
}

export const usesOf = (cloud: Cloud, arn: string): Uses => allUses(cloud).get(arn) ?? noUses();

/** The ARNs of the policies that somebody has. */
export const usedPolicies = (cloud: Cloud): ReadonlySet<string> => new Set(allUses(cloud).keys());

/** Lists leave the description and the tags out; `whole` has them. */
export function describedPolicy(cloud: Cloud, policy: AnyPolicy, whole = true): Policy {
  const uses = usesOf(cloud, policy.arn);
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: policy.defaultVersion,
    AttachmentCount: uses.roles.length + uses.users.length + uses.groups.length,
    PermissionsBoundaryUsageCount: uses.boundedRoles.length + uses.boundedUsers.length,
    IsAttachable: true,
    ...(whole && policy.description !== undefined && { Description: policy.description }),
    CreateDate: new Date(policy.createdMs),
    UpdateDate: new Date(policy.updatedMs),
    ...(whole && { Tags: tagList(policy.tags) }),
  };
}
