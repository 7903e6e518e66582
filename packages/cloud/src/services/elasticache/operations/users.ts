/** Operations on users and user groups. */
import type { Input } from "../../../aws.ts";
import { AwsError } from "../../../aws-error.ts";
import { markerPage } from "../../../marker-pages.ts";
import { operation, type OperationContext } from "../../../service.ts";
import { invalidCombination, invalidValue } from "../errors.ts";
import { checkedTags } from "../names.ts";
import {
  type CacheUser,
  findUser,
  findUserGroup,
  listUserGroups,
  listUsers,
  type UserGroup,
  userGroups,
  userGroupShape,
  users,
  userShape,
} from "../user.ts";

function checkId(parameter: string, id: string): string {
  if (!/^[a-zA-Z][a-zA-Z0-9-]*$/.test(id)) {
    throw invalidValue(
      `The parameter ${parameter} is not a valid identifier. Identifiers must begin with a letter and must contain only ASCII letters, digits, and hyphens.`,
    );
  }
  return id.toLowerCase();
}

function checkEngine(engine: string): string {
  if (!["redis", "valkey"].includes(engine.toLowerCase())) throw invalidValue(`Unknown parameter for Engine: ${engine}`);
  return engine;
}

/** How a user proves who it is; `undefined` when the request says nothing of it. */
function readAuthentication(
  input: Pick<Input<"elasticache", "CreateUser">, "AuthenticationMode" | "NoPasswordRequired" | "Passwords">,
): Pick<CacheUser, "authentication" | "passwordCount"> | undefined {
  const passwords = input.AuthenticationMode?.Passwords ?? input.Passwords ?? [];
  const type = input.AuthenticationMode?.Type;
  if (type !== undefined && !["password", "no-password-required", "iam"].includes(type)) {
    throw invalidValue(`Input Authentication type: ${type} is not in the allowed list: [password,no-password-required,iam]`);
  }
  if (input.NoPasswordRequired && type !== undefined && type !== "no-password-required") {
    throw invalidCombination(`No password required flag is true but provided authentication type is ${type}`);
  }
  if (passwords.length > 0 && type !== undefined && type !== "password") {
    throw invalidCombination(`Password field is not allowed with authentication type: ${type}`);
  }
  if (type === "password" && passwords.length === 0) {
    throw invalidCombination("A user with Authentication Mode: password, must have at least one password");
  }
  if (passwords.length > 2) throw invalidValue("A user can have at most 2 passwords.");
  if (passwords.some((password) => password.length < 16 || password.length > 128)) {
    throw invalidValue("Passwords length must be between 16-128 characters.");
  }
  if (type === "iam") return { authentication: "iam", passwordCount: 0 };
  if (input.NoPasswordRequired || type === "no-password-required") {
    if (passwords.length > 0) throw invalidCombination("Passwords cannot be provided with the NoPasswordRequired flag.");
    return { authentication: "no-password", passwordCount: 0 };
  }
  return passwords.length > 0 ? { authentication: "password", passwordCount: passwords.length } : undefined;
}

export const createUser = operation("elasticache", "CreateUser", (input, context) => {
  const { cloud, region } = context;
  const id = checkId("UserId", input.UserId!);
  if (listUsers(context).some((user) => user.id === id)) throw new AwsError("UserAlreadyExists", `User ${id} already exists.`);
  const authentication = readAuthentication(input);
  if (!authentication) {
    throw invalidValue(
      "No password was provided. If you want to create/update the user without password, please use the NoPasswordRequired flag.",
    );
  }
  if (authentication.authentication === "iam" && input.UserName !== input.UserId) {
    throw invalidCombination("User ID and user name must be identical for a user with IAM authentication.");
  }
  const user: CacheUser = {
    id,
    name: input.UserName!,
    engine: checkEngine(input.Engine!),
    accessString: checkAccessString(input.AccessString!),
    ...authentication,
    tags: checkedTags(input.Tags),
  };
  users(cloud).put(region, id, user);
  return userShape(context, user);
});

function checkAccessString(text: string): string {
  if (text.trim() === "") throw invalidValue("The parameter AccessString must be provided and must not be blank.");
  return text;
}

export const modifyUser = operation("elasticache", "ModifyUser", (input, context) => {
  const user = usable(findUser(context, input.UserId!));
  const changed: CacheUser = {
    ...user,
    ...readAuthentication(input),
    accessString: checkAccessString(
      input.AppendAccessString === undefined
        ? (input.AccessString ?? user.accessString)
        : `${input.AccessString ?? user.accessString} ${input.AppendAccessString}`,
    ),
    engine: input.Engine === undefined ? user.engine : checkEngine(input.Engine),
  };
  users(context.cloud).put(context.region, user.id, changed);
  return userShape(context, changed);
});

function usable(user: CacheUser): CacheUser {
  if (user.deletedMs !== undefined) throw new AwsError("InvalidUserState", `User ${user.id} is in the deleting state.`);
  if (user.id === "default") throw invalidValue("The default user cannot be modified or deleted.");
  return user;
}

export const deleteUser = operation("elasticache", "DeleteUser", (input, context) => {
  const { cloud, region } = context;
  const user = usable(findUser(context, input.UserId!));
  const deleted = { ...user, deletedMs: cloud.world.clock.nowMs() };
  cloud.store.transaction(() => {
    users(cloud).put(region, user.id, deleted);
    for (const group of listUserGroups(context).filter((each) => each.users.includes(user.id))) {
      userGroups(cloud).put(region, group.id, { ...group, users: group.users.filter((id) => id !== user.id) });
    }
  });
  return userShape(context, deleted);
});

export const describeUsers = operation("elasticache", "DescribeUsers", (input, context) => {
  const all = input.UserId ? [findUser(context, input.UserId)] : listUsers(context);
  const holds = (user: CacheUser) =>
    (input.Filters ?? []).every(({ Name, Values = [] }) => {
      if (Name === "user-id") return Values.includes(user.id);
      if (Name === "user-name") return Values.includes(user.name);
      throw invalidValue(`Unknown filter: ${Name}`);
    });
  const chosen = all.filter((user) => (!input.Engine || user.engine.toLowerCase() === input.Engine.toLowerCase()) && holds(user));
  const { items, Marker } = markerPage(chosen, input, ({ id }) => id, "Users");
  return { Users: items.map((user) => userShape(context, user)), ...(Marker && { Marker }) };
});

/** A group has users that are there, each name once, and in one of Redis the name `default`. */
function checkMembers(context: OperationContext, engine: string, ids: readonly string[]): string[] {
  const members = [...new Set(ids.map((id) => id.toLowerCase()))].map((id) => findUser(context, id));
  const names = members.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new AwsError("DuplicateUserName", `User group cannot contain two users with the user name ${twice}.`);
  if (engine.toLowerCase() === "redis" && !names.includes("default")) {
    throw new AwsError("DefaultUserRequired", "User group needs to contain a user with the user name default.");
  }
  return members.map(({ id }) => id);
}

export const createUserGroup = operation("elasticache", "CreateUserGroup", (input, context) => {
  const { cloud, region } = context;
  const id = checkId("UserGroupId", input.UserGroupId!);
  if (listUserGroups(context).some((group) => group.id === id)) {
    throw new AwsError("UserGroupAlreadyExists", `User Group ${id} already exists.`);
  }
  const engine = checkEngine(input.Engine!);
  const group: UserGroup = { id, engine, users: checkMembers(context, engine, input.UserIds ?? []), tags: checkedTags(input.Tags) };
  userGroups(cloud).put(region, id, group);
  return userGroupShape(context, group);
});

function usableGroup(group: UserGroup): UserGroup {
  if (group.deletedMs !== undefined) throw new AwsError("InvalidUserGroupState", `User group ${group.id} is in the deleting state.`);
  return group;
}

export const modifyUserGroup = operation("elasticache", "ModifyUserGroup", (input, context) => {
  const group = usableGroup(findUserGroup(context, input.UserGroupId!));
  const removed = (input.UserIdsToRemove ?? []).map((id) => id.toLowerCase());
  const engine = input.Engine === undefined ? group.engine : checkEngine(input.Engine);
  const kept = group.users.filter((id) => !removed.includes(id));
  const changed = { ...group, engine, users: checkMembers(context, engine, [...kept, ...(input.UserIdsToAdd ?? [])]) };
  userGroups(context.cloud).put(context.region, group.id, changed);
  return userGroupShape(context, changed);
});

export const deleteUserGroup = operation("elasticache", "DeleteUserGroup", (input, context) => {
  const group = usableGroup(findUserGroup(context, input.UserGroupId!));
  const deleted = { ...group, deletedMs: context.cloud.world.clock.nowMs() };
  userGroups(context.cloud).put(context.region, group.id, deleted);
  return userGroupShape(context, deleted);
});

export const describeUserGroups = operation("elasticache", "DescribeUserGroups", (input, context) => {
  const all = input.UserGroupId ? [findUserGroup(context, input.UserGroupId)] : listUserGroups(context);
  const { items, Marker } = markerPage(all, input, ({ id }) => id, "UserGroups");
  return { UserGroups: items.map((group) => userGroupShape(context, group)), ...(Marker && { Marker }) };
});
