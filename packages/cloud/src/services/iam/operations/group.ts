/** The operations on groups and their members. */
import { type OperationContext, operation } from "../../../service.ts";
import { type GroupRecord, groups, users } from "../../../identity/entities.ts";
import { describedGroup, describedUser } from "../described.ts";
import { deleteConflict, entityAlreadyExists, limitExceeded, noSuchEntity, noSuchGroup } from "../errors.ts";
import * as names from "../names.ts";
import { newEntity } from "../new-entity.ts";
import { page } from "../pages.ts";
import { mustFindUser } from "./user.ts";

/** Groups that a user may be in. */
const mostGroups = 10;

function mustFindGroup(context: OperationContext, name: string): GroupRecord {
  const group = groups(context.cloud).get(name);
  if (!group) throw noSuchGroup(name);
  return group;
}

export const createGroup = operation("iam", "CreateGroup", (input, context) => {
  names.check({ groupName: [input.GroupName, names.groupName] });
  const path = names.checkedPath(input.Path);
  if (groups(context.cloud).alike(input.GroupName!)) throw entityAlreadyExists(`Group with name ${input.GroupName} already exists.`);
  const group = { ...newEntity(context, "group", input.GroupName!, path), inline: {}, attached: [] };
  groups(context.cloud).put(group);
  return { Group: describedGroup(group) };
});

export const getGroup = operation("iam", "GetGroup", (input, context) => {
  const group = mustFindGroup(context, input.GroupName!);
  const members = users(context.cloud)
    .list()
    .filter((user) => user.groups.includes(group.name));
  const { items, rest } = page(members, input, `members of ${group.name}`, ({ name }) => name);
  return { Group: describedGroup(group), Users: items.map((user) => describedUser(user, false)), ...rest };
});

export const listGroups = operation("iam", "ListGroups", (input, context) => {
  names.check({ pathPrefix: [input.PathPrefix, names.pathPrefix] });
  const prefix = input.PathPrefix ?? "/";
  const found = groups(context.cloud)
    .list()
    .filter((group) => group.path.startsWith(prefix));
  const { items, rest } = page(found, input, `ListGroups ${prefix}`, ({ name }) => name);
  return { Groups: items.map(describedGroup), ...rest };
});

export const updateGroup = operation("iam", "UpdateGroup", (input, context) => {
  const group = mustFindGroup(context, input.GroupName!);
  names.check({ newGroupName: [input.NewGroupName, names.groupName] });
  const path = input.NewPath === undefined ? group.path : names.checkedPath(input.NewPath);
  const name = input.NewGroupName ?? group.name;
  const other = groups(context.cloud).alike(name);
  if (other && other.name !== group.name) throw entityAlreadyExists(`Group with name ${name} already exists.`);
  groups(context.cloud).delete(group.name);
  groups(context.cloud).put({ ...group, name, path, arn: `arn:aws:iam::${context.account}:group${path}${name}` });
  for (const user of users(context.cloud).list())
    if (user.groups.includes(group.name))
      users(context.cloud).put({ ...user, groups: user.groups.map((one) => (one === group.name ? name : one)) });
  return {};
});

export const deleteGroup = operation("iam", "DeleteGroup", (input, context) => {
  const group = mustFindGroup(context, input.GroupName!);
  if (
    users(context.cloud)
      .list()
      .some((user) => user.groups.includes(group.name))
  )
    throw deleteConflict("Cannot delete entity, must remove users from group first.");
  if (group.attached.length > 0) throw deleteConflict("Cannot delete entity, must detach all policies first.");
  if (Object.keys(group.inline).length > 0) throw deleteConflict("Cannot delete entity, must delete policies first.");
  groups(context.cloud).delete(group.name);
  return {};
});

export const addUserToGroup = operation("iam", "AddUserToGroup", (input, context) => {
  const group = mustFindGroup(context, input.GroupName!);
  const user = mustFindUser(context, input.UserName!);
  if (user.groups.includes(group.name)) return {};
  if (user.groups.length >= mostGroups) throw limitExceeded(`Cannot exceed quota for GroupsPerUser: ${mostGroups}`);
  users(context.cloud).put({ ...user, groups: [...user.groups, group.name] });
  return {};
});

export const removeUserFromGroup = operation("iam", "RemoveUserFromGroup", (input, context) => {
  const user = mustFindUser(context, input.UserName!);
  const group = mustFindGroup(context, input.GroupName!);
  if (!user.groups.includes(group.name)) throw noSuchEntity(`The user with name ${user.name} cannot be found in the group ${group.name}.`);
  users(context.cloud).put({ ...user, groups: user.groups.filter((one) => one !== group.name) });
  return {};
});
