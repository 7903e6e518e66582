/** The operations on managed policies and their versions. */
import type { PolicyVersion } from "@aws-sdk/client-iam";
import { AwsError } from "../../../aws-error.ts";
import { type OperationContext, operation } from "../../../service.ts";
import { originOf } from "../../../runtime/system-tags.ts";
import { managedPolicies, type ManagedPolicyRecord } from "../../../identity/entities.ts";
import {
  allPolicies,
  type AnyPolicy,
  describedPolicy,
  encodedDocument,
  findPolicy,
  mustFindPolicy,
  ofAccount,
  usesOf,
} from "../described.ts";
import { deleteConflict, entityAlreadyExists, limitExceeded, noSuchEntity, noSuchPolicy } from "../errors.ts";
import * as names from "../names.ts";
import { newEntity } from "../new-entity.ts";
import { page } from "../pages.ts";
import { checkIdentityPolicy } from "../policy-document.ts";

/** Characters of a managed policy, white space not counted. */
const mostCharacters = 6144;
const mostVersions = 5;

function checkDocument(document: string): void {
  names.check({ policyDocument: [document, names.document] });
  checkIdentityPolicy(document);
  if (document.replaceAll(/\s/g, "").length > mostCharacters) throw limitExceeded(`Cannot exceed quota for PolicySize: ${mostCharacters}`);
}

/** One of the account's own: AWS's are not for callers to change. */
function own(context: OperationContext, arn: string, missing = noSuchPolicy(arn)): ManagedPolicyRecord {
  names.check({ policyArn: [arn, names.arn] });
  const found = managedPolicies(context.cloud).get(arn.slice(arn.lastIndexOf("/") + 1));
  if (found?.arn === arn) return found;
  if (arn.startsWith("arn:aws:iam::aws:policy/")) throw new AwsError("AccessDenied", `Policy is outside your own account.`, 403);
  throw missing;
}

export const createPolicy = operation("iam", "CreatePolicy", (input, context) => {
  names.check({ policyName: [input.PolicyName, names.policyName], description: [input.Description, names.policyDescription] });
  const path = names.checkedPath(input.Path);
  checkDocument(input.PolicyDocument!);
  const tags = names.checkedTags(input.Tags, names.asWritten);
  if (managedPolicies(context.cloud).alike(input.PolicyName!))
    throw entityAlreadyExists(`A policy called ${input.PolicyName} already exists. Duplicate names are not allowed.`);
  const entity = newEntity(context, "policy", input.PolicyName!, path);
  const origin = originOf(input);
  const policy: ManagedPolicyRecord = {
    ...entity,
    ...(input.Description !== undefined && { description: input.Description }),
    updatedMs: entity.createdMs,
    defaultVersion: 1,
    lastVersion: 1,
    versions: [{ number: 1, document: input.PolicyDocument!, createdMs: entity.createdMs }],
    tags,
    ...(origin?.token !== undefined && { token: origin.token }),
  };
  managedPolicies(context.cloud).put(policy);
  // AWS leaves the description to GetPolicy.
  const { Tags, Description: _text, ...described } = describedPolicy(context.cloud, ofAccount(policy));
  return { Policy: { ...described, ...(Tags!.length > 0 && { Tags }) } };
});

export const getPolicy = operation("iam", "GetPolicy", (input, context) => {
  names.check({ policyArn: [input.PolicyArn, names.arn] });
  return { Policy: describedPolicy(context.cloud, mustFindPolicy(context.cloud, input.PolicyArn!)) };
});

export const listPolicies = operation("iam", "ListPolicies", (input, context) => {
  names.check({ pathPrefix: [input.PathPrefix, names.pathPrefix], scope: [input.Scope, { enum: ["All", "AWS", "Local"] }] });
  const { Scope: scope = "All", PathPrefix: prefix = "/", OnlyAttached: onlyAttached = false, PolicyUsageFilter: usage } = input;
  const found = allPolicies(context.cloud).filter((policy) => {
    if (scope !== "All" && (scope === "AWS") !== policy.aws) return false;
    if (!policy.path.startsWith(prefix)) return false;
    if (!onlyAttached && usage === undefined) return true;
    const uses = usesOf(context.cloud, policy.arn);
    const attached = uses.roles.length + uses.users.length + uses.groups.length > 0;
    const bounding = uses.boundedRoles.length + uses.boundedUsers.length > 0;
    if (onlyAttached && !attached) return false;
    return usage === undefined || (usage === "PermissionsBoundary" ? bounding : attached);
  });
  const { items, rest } = page(
    found,
    input,
    `ListPolicies ${scope} ${prefix} ${onlyAttached} ${usage}`,
    ({ name, arn }) => `${name} ${arn}`,
  );
  return { Policies: items.map((policy) => describedPolicy(context.cloud, policy, false)), ...rest };
});

export const deletePolicy = operation("iam", "DeletePolicy", (input, context) => {
  const policy = own(context, input.PolicyArn!);
  const uses = usesOf(context.cloud, policy.arn);
  if (Object.values(uses).some((users) => users.length > 0)) throw deleteConflict("Cannot delete a policy attached to entities.");
  if (policy.versions.length > 1)
    throw deleteConflict(
      "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
    );
  managedPolicies(context.cloud).delete(policy.name);
  return {};
});

const described = (policy: AnyPolicy, version: AnyPolicy["versions"][number], withDocument: boolean): PolicyVersion => ({
  ...(withDocument && { Document: encodedDocument(version.document) }),
  VersionId: version.id,
  IsDefaultVersion: version.id === policy.defaultVersion,
  CreateDate: new Date(version.createdMs),
});

export const createPolicyVersion = operation("iam", "CreatePolicyVersion", (input, context) => {
  const policy = own(context, input.PolicyArn!);
  checkDocument(input.PolicyDocument!);
  if (policy.versions.length >= mostVersions)
    throw limitExceeded(
      `A managed policy can have up to ${mostVersions} versions. Before you create a new version, you must delete an existing version.`,
    );
  const now = context.cloud.world.clock.nowMs();
  const version = { number: policy.lastVersion + 1, document: input.PolicyDocument!, createdMs: now };
  const changed = {
    ...policy,
    versions: [...policy.versions, version],
    lastVersion: version.number,
    updatedMs: now,
    ...(input.SetAsDefault && { defaultVersion: version.number }),
  };
  managedPolicies(context.cloud).put(changed);
  const any = ofAccount(changed);
  return { PolicyVersion: described(any, any.versions.at(-1)!, false) };
});

function versionNumber(id: string): number {
  names.check({ versionId: [id, { pattern: "v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?" }] });
  return Number.parseInt(id.slice(1), 10);
}

const noVersion = (arn: string, id: string) => noSuchEntity(`Policy ${arn} version ${id} does not exist or is not attachable.`);

export const getPolicyVersion = operation("iam", "GetPolicyVersion", (input, context) => {
  versionNumber(input.VersionId!);
  const policy = findPolicy(context.cloud, input.PolicyArn!);
  if (!policy) throw noVersion(input.PolicyArn!, input.VersionId!);
  const version = policy.versions.find(({ id }) => id === input.VersionId);
  if (!version) throw noVersion(policy.arn, input.VersionId!);
  return { PolicyVersion: described(policy, version, true) };
});

export const listPolicyVersions = operation("iam", "ListPolicyVersions", (input, context) => {
  const policy = mustFindPolicy(context.cloud, input.PolicyArn!);
  const { items, rest } = page(policy.versions, input, `versions ${policy.arn}`, ({ id }) => String(10_000_000 - Number(id.slice(1))));
  return { Versions: items.map((version) => described(policy, version, false)), ...rest };
});

export const setDefaultPolicyVersion = operation("iam", "SetDefaultPolicyVersion", (input, context) => {
  const number = versionNumber(input.VersionId!);
  const policy = own(context, input.PolicyArn!, noVersion(input.PolicyArn!, input.VersionId!));
  if (!policy.versions.some((version) => version.number === number)) throw noVersion(policy.arn, input.VersionId!);
  managedPolicies(context.cloud).put({ ...policy, defaultVersion: number, updatedMs: context.cloud.world.clock.nowMs() });
  return {};
});

export const deletePolicyVersion = operation("iam", "DeletePolicyVersion", (input, context) => {
  const number = versionNumber(input.VersionId!);
  const policy = own(context, input.PolicyArn!, noVersion(input.PolicyArn!, input.VersionId!));
  if (number === policy.defaultVersion) throw deleteConflict("Cannot delete the default version of a policy.");
  const versions = policy.versions.filter((version) => version.number !== number);
  if (versions.length === policy.versions.length) throw noVersion(policy.arn, input.VersionId!);
  managedPolicies(context.cloud).put({ ...policy, versions });
  return {};
});

export const listEntitiesForPolicy = operation("iam", "ListEntitiesForPolicy", (input, context) => {
  const policy = mustFindPolicy(context.cloud, input.PolicyArn!);
  const prefix = input.PathPrefix ?? "/";
  const uses = usesOf(context.cloud, policy.arn);
  const bounds = input.PolicyUsageFilter === "PermissionsBoundary";
  // The other entity types are for GetAccountAuthorizationDetails, and leave nothing out here.
  const filter = input.EntityFilter;
  const all = [
    ...(bounds ? uses.boundedRoles : uses.roles).map((one) => ({ kind: "Role" as const, one })),
    ...(bounds ? uses.boundedUsers : uses.users).map((one) => ({ kind: "User" as const, one })),
    ...(bounds ? [] : uses.groups).map((one) => ({ kind: "Group" as const, one })),
  ].filter(({ kind, one }) => one.path.startsWith(prefix) && (!["Role", "User", "Group"].includes(filter ?? "") || filter === kind));
  const { items, rest } = page(all, input, `entities ${policy.arn} ${prefix} ${filter}`, ({ kind, one }) => `${kind} ${one.name}`);
  const of = (wanted: string) => items.filter(({ kind }) => kind === wanted).map(({ one }) => one);
  return {
    PolicyRoles: of("Role").map(({ name, id }) => ({ RoleName: name, RoleId: id })),
    PolicyUsers: of("User").map(({ name, id }) => ({ UserName: name, UserId: id })),
    PolicyGroups: of("Group").map(({ name, id }) => ({ GroupName: name, GroupId: id })),
    ...rest,
  };
});
