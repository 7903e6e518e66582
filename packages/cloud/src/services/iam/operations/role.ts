/** The operations on roles themselves. */
import { type OperationContext, operation } from "../../../service.ts";
import { originOf } from "../../../runtime/system-tags.ts";
import { instanceProfiles, roles, type RoleRecord, users } from "../../../identity/entities.ts";
import { roleByArn } from "../../../identity/assume-role.ts";
import { describedRole, findPolicy, lastUseOf } from "../described.ts";
import { deleteConflict, entityAlreadyExists, invalidInput, limitExceeded, noSuchEntity, noSuchRole } from "../errors.ts";
import * as names from "../names.ts";
import { newEntity } from "../new-entity.ts";
import { page } from "../pages.ts";
import { checkTrustPolicy } from "../policy-document.ts";

/** Characters of a trust policy, spaces not counted; AWS's quota as an account may have it raised. */
const mostTrustCharacters = 4096;

export function mustFindRole(context: OperationContext, name: string): RoleRecord {
  const role = roles(context.cloud).get(name);
  if (!role) throw noSuchRole(name);
  return role;
}

/** Principals of this account must be there; other accounts' are taken at their word. */
function checkTrust(context: OperationContext, text: string): void {
  names.check({ assumeRolePolicyDocument: [text, names.document] });
  checkTrustPolicy(text, (arn) => {
    const [, , , , account, ...rest] = arn.split(":");
    if (account !== context.account) return true;
    const path = rest.join(":");
    if (path.startsWith("role/")) return roleByArn(context.cloud, arn) !== undefined;
    if (path.startsWith("user/")) return users(context.cloud).get(path.slice(path.lastIndexOf("/") + 1))?.arn === arn;
    if (path.startsWith("assumed-role/")) return roles(context.cloud).get(path.split("/")[1]!) !== undefined;
    return true;
  });
  if (text.replaceAll(/\s/g, "").length > mostTrustCharacters)
    throw limitExceeded(`Cannot exceed quota for ACLSizePerRole: ${mostTrustCharacters}`);
}

/** The ARN of a boundary, which must be a managed policy that there is. */
export function checkedBoundary(context: OperationContext, arn: string | undefined): string | undefined {
  if (arn === undefined) return undefined;
  names.check({ permissionsBoundary: [arn, names.arn] });
  if (!/^arn:aws[a-z-]*:iam::(aws|\d{12}):policy\/.+$/.test(arn)) throw invalidInput(`ARN ${arn} is not valid.`);
  if (!findPolicy(context.cloud, arn)) throw noSuchEntity(`Scope ARN: ${arn} does not exist or is not attachable.`);
  return arn;
}

export const createRole = operation("iam", "CreateRole", (input, context) => {
  names.check({
    roleName: [input.RoleName, names.roleName],
    description: [input.Description, names.description],
    maxSessionDuration: [input.MaxSessionDuration, names.sessionSeconds],
  });
  const path = names.checkedPath(input.Path);
  checkTrust(context, input.AssumeRolePolicyDocument!);
  const boundary = checkedBoundary(context, input.PermissionsBoundary);
  const tags = names.checkedTags(input.Tags);
  if (roles(context.cloud).alike(input.RoleName!)) throw entityAlreadyExists(`Role with name ${input.RoleName} already exists.`);
  const origin = originOf(input);
  const role: RoleRecord = {
    ...newEntity(context, "role", input.RoleName!, path),
    trust: input.AssumeRolePolicyDocument!,
    ...(input.Description !== undefined && { description: input.Description }),
    maxSessionSeconds: input.MaxSessionDuration ?? 3600,
    ...(boundary !== undefined && { boundary }),
    inline: {},
    attached: [],
    tags: { ...tags, ...origin?.tags },
    ...(origin?.token !== undefined && { token: origin.token }),
  };
  roles(context.cloud).put(role);
  // AWS leaves the description to GetRole.
  const { MaxSessionDuration, Description: _text, ...described } = describedRole(role);
  return { Role: input.MaxSessionDuration === undefined ? described : { ...described, MaxSessionDuration } };
});

export const getRole = operation("iam", "GetRole", (input, context) => {
  const role = mustFindRole(context, input.RoleName!);
  return { Role: { ...describedRole(role), ...lastUseOf(role) } };
});

export const listRoles = operation("iam", "ListRoles", (input, context) => {
  names.check({ pathPrefix: [input.PathPrefix, names.pathPrefix] });
  const prefix = input.PathPrefix ?? "/";
  const found = roles(context.cloud)
    .list()
    .filter((role) => role.path.startsWith(prefix));
  const { items, rest } = page(found, input, `ListRoles ${prefix}`, ({ name }) => name);
  return { Roles: items.map((role) => describedRole(role, false)), ...rest };
});

export const updateRole = operation("iam", "UpdateRole", (input, context) => {
  const role = mustFindRole(context, input.RoleName!);
  names.check({
    description: [input.Description, names.description],
    maxSessionDuration: [input.MaxSessionDuration, names.sessionSeconds],
  });
  roles(context.cloud).put({
    ...role,
    ...(input.Description !== undefined && { description: input.Description }),
    ...(input.MaxSessionDuration !== undefined && { maxSessionSeconds: input.MaxSessionDuration }),
  });
  return {};
});

export const updateRoleDescription = operation("iam", "UpdateRoleDescription", (input, context) => {
  names.check({ description: [input.Description, names.description] });
  const role = { ...mustFindRole(context, input.RoleName!), description: input.Description! };
  roles(context.cloud).put(role);
  const { MaxSessionDuration: _seconds, ...described } = describedRole(role);
  return { Role: described };
});

export const updateAssumeRolePolicy = operation("iam", "UpdateAssumeRolePolicy", (input, context) => {
  const role = mustFindRole(context, input.RoleName!);
  checkTrust(context, input.PolicyDocument!);
  roles(context.cloud).put({ ...role, trust: input.PolicyDocument! });
  return {};
});

export const deleteRole = operation("iam", "DeleteRole", (input, context) => {
  const role = mustFindRole(context, input.RoleName!);
  if (role.path.startsWith("/aws-service-role/"))
    throw invalidInput(`Cannot perform the operation on the protected role '${role.name}' - this role is only modifiable by AWS`);
  if (
    instanceProfiles(context.cloud)
      .list()
      .some((profile) => profile.roles.includes(role.name))
  )
    throw deleteConflict("Cannot delete entity, must remove roles from instance profile first.");
  if (role.attached.length > 0) throw deleteConflict("Cannot delete entity, must detach all policies first.");
  if (Object.keys(role.inline).length > 0) throw deleteConflict("Cannot delete entity, must delete policies first.");
  roles(context.cloud).delete(role.name);
  return {};
});

export const putRolePermissionsBoundary = operation("iam", "PutRolePermissionsBoundary", (input, context) => {
  const role = mustFindRole(context, input.RoleName!);
  roles(context.cloud).put({ ...role, boundary: checkedBoundary(context, input.PermissionsBoundary!)! });
  return {};
});

export const deleteRolePermissionsBoundary = operation("iam", "DeleteRolePermissionsBoundary", (input, context) => {
  const { boundary, ...role } = mustFindRole(context, input.RoleName!);
  if (boundary === undefined) throw noSuchEntity(`The role with name ${role.name} has no permissions boundary.`);
  roles(context.cloud).put(role);
  return {};
});
