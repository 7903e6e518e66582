/** The operations on instance profiles. */
import { type OperationContext, operation } from "../../../service.ts";
import { originOf } from "../../../runtime/system-tags.ts";
import { type InstanceProfileRecord, instanceProfiles } from "../../../identity/entities.ts";
import { describedInstanceProfile } from "../described.ts";
import { deleteConflict, entityAlreadyExists, limitExceeded, noSuchEntity, noSuchInstanceProfile } from "../errors.ts";
import * as names from "../names.ts";
import { newEntity } from "../new-entity.ts";
import { page } from "../pages.ts";
import { mustFindRole } from "./role.ts";

export function mustFindProfile(context: OperationContext, name: string): InstanceProfileRecord {
  const profile = instanceProfiles(context.cloud).get(name);
  if (!profile) throw noSuchInstanceProfile(name);
  return profile;
}

export const createInstanceProfile = operation("iam", "CreateInstanceProfile", (input, context) => {
  names.check({ instanceProfileName: [input.InstanceProfileName, names.instanceProfileName] });
  const path = names.checkedPath(input.Path);
  const tags = names.checkedTags(input.Tags);
  if (instanceProfiles(context.cloud).alike(input.InstanceProfileName!))
    throw entityAlreadyExists(`Instance Profile ${input.InstanceProfileName} already exists.`);
  const origin = originOf(input);
  const profile = {
    ...newEntity(context, "instance-profile", input.InstanceProfileName!, path),
    roles: [],
    tags: { ...tags, ...origin?.tags },
    ...(origin?.token !== undefined && { token: origin.token }),
  };
  instanceProfiles(context.cloud).put(profile);
  return { InstanceProfile: describedInstanceProfile(context.cloud, profile) };
});

/** With its tags also where it has none, as AWS answers here alone. */
export const getInstanceProfile = operation("iam", "GetInstanceProfile", (input, context) => ({
  InstanceProfile: { Tags: [], ...describedInstanceProfile(context.cloud, mustFindProfile(context, input.InstanceProfileName!)) },
}));

export const listInstanceProfiles = operation("iam", "ListInstanceProfiles", (input, context) => {
  names.check({ pathPrefix: [input.PathPrefix, names.pathPrefix] });
  const prefix = input.PathPrefix ?? "/";
  const found = instanceProfiles(context.cloud)
    .list()
    .filter((profile) => profile.path.startsWith(prefix));
  const { items, rest } = page(found, input, `ListInstanceProfiles ${prefix}`, ({ name }) => name);
  return { InstanceProfiles: items.map((profile) => describedInstanceProfile(context.cloud, profile)), ...rest };
});

export const listInstanceProfilesForRole = operation("iam", "ListInstanceProfilesForRole", (input, context) => {
  const role = mustFindRole(context, input.RoleName!);
  const found = instanceProfiles(context.cloud)
    .list()
    .filter((profile) => profile.roles.includes(role.name));
  const { items, rest } = page(found, input, `profiles of ${role.name}`, ({ name }) => name);
  return { InstanceProfiles: items.map((profile) => describedInstanceProfile(context.cloud, profile)), ...rest };
});

export const addRoleToInstanceProfile = operation("iam", "AddRoleToInstanceProfile", (input, context) => {
  const profile = mustFindProfile(context, input.InstanceProfileName!);
  const role = mustFindRole(context, input.RoleName!);
  if (profile.roles.length > 0) throw limitExceeded("Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1");
  instanceProfiles(context.cloud).put({ ...profile, roles: [role.name] });
  return {};
});

export const removeRoleFromInstanceProfile = operation("iam", "RemoveRoleFromInstanceProfile", (input, context) => {
  const profile = mustFindProfile(context, input.InstanceProfileName!);
  const role = mustFindRole(context, input.RoleName!);
  if (!profile.roles.includes(role.name))
    throw noSuchEntity(`The role with name ${role.name} cannot be found in the instance profile ${profile.name}.`);
  instanceProfiles(context.cloud).put({ ...profile, roles: [] });
  return {};
});

export const deleteInstanceProfile = operation("iam", "DeleteInstanceProfile", (input, context) => {
  const profile = mustFindProfile(context, input.InstanceProfileName!);
  if (profile.roles.length > 0) throw deleteConflict("Cannot delete entity, must remove roles from instance profile first.");
  instanceProfiles(context.cloud).delete(profile.name);
  return {};
});
