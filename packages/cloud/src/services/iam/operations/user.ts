/** The operations on users themselves. */
import { AwsError } from "../../../aws-error.ts";
import { type OperationContext, operation } from "../../../service.ts";
import { originOf } from "../../../runtime/system-tags.ts";
import { renameCredentials } from "../../../identity/credentials.ts";
import { groups, type UserRecord, users } from "../../../identity/entities.ts";
import { describedGroup, describedUser } from "../described.ts";
import { deleteConflict, entityAlreadyExists, noSuchEntity, noSuchUser, validationError } from "../errors.ts";
import * as names from "../names.ts";
import { newEntity } from "../new-entity.ts";
import { page } from "../pages.ts";
import { devicesOf, serviceCredentials, signingCertificates, sshKeys } from "../user-things.ts";
import { checkedBoundary } from "./role.ts";

export function mustFindUser(context: OperationContext, name: string): UserRecord {
  const user = users(context.cloud).get(name);
  if (!user) throw noSuchUser(name);
  return user;
}

/** The user that is named, or, when none is, the one who calls. */
export function namedOrCalling(context: OperationContext, name: string | undefined): UserRecord {
  if (name !== undefined) return mustFindUser(context, name);
  if (context.principal.kind === "user") return mustFindUser(context, context.principal.userName);
  throw validationError("Must specify userName when calling with non-User credentials");
}

export const createUser = operation("iam", "CreateUser", (input, context) => {
  names.check({ userName: [input.UserName, names.userName] });
  const path = names.checkedPath(input.Path);
  const boundary = checkedBoundary(context, input.PermissionsBoundary);
  const tags = names.checkedTags(input.Tags);
  if (users(context.cloud).alike(input.UserName!)) throw entityAlreadyExists(`User with name ${input.UserName} already exists.`);
  const origin = originOf(input);
  const user: UserRecord = {
    ...newEntity(context, "user", input.UserName!, path),
    inline: {},
    attached: [],
    groups: [],
    ...(boundary !== undefined && { boundary }),
    tags: { ...tags, ...origin?.tags },
    accessKeys: [],
    ...(origin?.token !== undefined && { token: origin.token }),
  };
  users(context.cloud).put(user);
  return { User: describedUser(user) };
});

export const getUser = operation("iam", "GetUser", (input, context) => {
  if (input.UserName !== undefined) return { User: describedUser(mustFindUser(context, input.UserName)) };
  const { principal } = context;
  if (principal.kind === "user") return { User: describedUser(mustFindUser(context, principal.userName)) };
  if (principal.kind === "root")
    return {
      User: { UserId: context.account, Arn: principal.arn, Path: "/", UserName: "root", CreateDate: new Date("2020-01-01T00:00:00Z") },
    };
  throw validationError("Must specify userName when calling with non-User credentials");
});

export const listUsers = operation("iam", "ListUsers", (input, context) => {
  names.check({ pathPrefix: [input.PathPrefix, names.pathPrefix] });
  const prefix = input.PathPrefix ?? "/";
  const found = users(context.cloud)
    .list()
    .filter((user) => user.path.startsWith(prefix));
  const { items, rest } = page(found, input, `ListUsers ${prefix}`, ({ name }) => name);
  return { Users: items.map((user) => describedUser(user, false)), ...rest };
});

export const updateUser = operation("iam", "UpdateUser", (input, context) => {
  const user = mustFindUser(context, input.UserName!);
  names.check({ newUserName: [input.NewUserName, names.userName] });
  const path = input.NewPath === undefined ? user.path : names.checkedPath(input.NewPath);
  const name = input.NewUserName ?? user.name;
  const other = users(context.cloud).alike(name);
  if (other && other.name !== user.name) throw entityAlreadyExists(`User with name ${name} already exists.`);
  users(context.cloud).delete(user.name);
  const arn = `arn:aws:iam::${context.account}:user${path}${name}`;
  users(context.cloud).put({ ...user, name, path, arn });
  for (const { id } of user.accessKeys)
    renameCredentials(context.cloud, id, { kind: "user", account: context.account, arn, userId: user.id, userName: name });
  return {};
});

export const deleteUser = operation("iam", "DeleteUser", (input, context) => {
  const user = mustFindUser(context, input.UserName!);
  if (user.groups.length > 0) throw deleteConflict("Cannot delete entity, must remove users from group first.");
  if (user.attached.length > 0) throw deleteConflict("Cannot delete entity, must detach all policies first.");
  if (Object.keys(user.inline).length > 0) throw deleteConflict("Cannot delete entity, must delete policies first.");
  if (user.accessKeys.length > 0) throw deleteConflict("Cannot delete entity, must delete access keys first.");
  if (user.loginProfile) throw deleteConflict("Cannot delete entity, must delete login profile first.");
  if (devicesOf(context.cloud, user).length > 0) throw deleteConflict("Cannot delete entity, must delete MFA device first.");
  if (signingCertificates(context.cloud).of(user).length > 0)
    throw deleteConflict("Cannot delete entity, must delete signing certificates first.");
  if (sshKeys(context.cloud).of(user).length > 0) throw deleteConflict("Cannot delete entity, must remove SSH public keys first.");
  if (serviceCredentials(context.cloud).of(user).length > 0)
    throw deleteConflict("Cannot delete entity, must remove service-specific credentials first.");
  users(context.cloud).delete(user.name);
  return {};
});

export const putUserPermissionsBoundary = operation("iam", "PutUserPermissionsBoundary", (input, context) => {
  const user = mustFindUser(context, input.UserName!);
  users(context.cloud).put({ ...user, boundary: checkedBoundary(context, input.PermissionsBoundary!)! });
  return {};
});

export const deleteUserPermissionsBoundary = operation("iam", "DeleteUserPermissionsBoundary", (input, context) => {
  const { boundary, ...user } = mustFindUser(context, input.UserName!);
  if (boundary === undefined) throw noSuchEntity(`The user with name ${user.name} has no permissions boundary.`);
  users(context.cloud).put(user);
  return {};
});

export const createLoginProfile = operation("iam", "CreateLoginProfile", (input, context) => {
  const user = namedOrCalling(context, input.UserName);
  if (user.loginProfile) throw entityAlreadyExists(`Login Profile for user ${user.name} already exists.`);
  checkPassword(input.Password);
  const loginProfile = { createdMs: context.cloud.world.clock.nowMs(), resetRequired: input.PasswordResetRequired ?? false };
  users(context.cloud).put({ ...user, loginProfile });
  return {
    LoginProfile: { UserName: user.name, CreateDate: new Date(loginProfile.createdMs), PasswordResetRequired: loginProfile.resetRequired },
  };
});

/** Passwords are not kept, so that the old one cannot be compared: that the caller is the user is what is checked. */
export const changePassword = operation("iam", "ChangePassword", (input, context) => {
  if (context.principal.kind !== "user") throw new AwsError("InvalidUserType", "Only IAM Users can change their own password.", 400);
  const { user, loginProfile } = mustHaveLogin(context, undefined);
  checkPassword(input.NewPassword);
  users(context.cloud).put({ ...user, loginProfile: { ...loginProfile, resetRequired: false } });
  return {};
});

function checkPassword(password: string | undefined): void {
  if (password === undefined || password.length > 128 || password.length < 8)
    throw new AwsError("PasswordPolicyViolation", "Password should have a minimum length of 8", 400);
}

function mustHaveLogin(context: OperationContext, name: string | undefined) {
  const user = namedOrCalling(context, name);
  if (!user.loginProfile) throw noSuchEntity(`Login Profile for User ${user.name} cannot be found.`);
  return { user, loginProfile: user.loginProfile };
}

export const getLoginProfile = operation("iam", "GetLoginProfile", (input, context) => {
  const { user, loginProfile } = mustHaveLogin(context, input.UserName);
  return {
    LoginProfile: { UserName: user.name, CreateDate: new Date(loginProfile.createdMs), PasswordResetRequired: loginProfile.resetRequired },
  };
});

export const updateLoginProfile = operation("iam", "UpdateLoginProfile", (input, context) => {
  const { user, loginProfile } = mustHaveLogin(context, input.UserName);
  users(context.cloud).put({
    ...user,
    loginProfile: { ...loginProfile, resetRequired: input.PasswordResetRequired ?? loginProfile.resetRequired },
  });
  return {};
});

export const deleteLoginProfile = operation("iam", "DeleteLoginProfile", (input, context) => {
  const { user } = mustHaveLogin(context, input.UserName);
  delete user.loginProfile;
  users(context.cloud).put(user);
  return {};
});

export const listGroupsForUser = operation("iam", "ListGroupsForUser", (input, context) => {
  const user = mustFindUser(context, input.UserName!);
  const found = user.groups.map((name) => groups(context.cloud).get(name)).filter((group) => group !== undefined);
  const { items, rest } = page(found, input, `groups of ${user.name}`, ({ name }) => name);
  return { Groups: items.map(describedGroup), ...rest };
});
