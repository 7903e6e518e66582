/** Users of caches and the groups of them: records, as no replication group takes a user group yet (README). */
import type { Output } from "../../aws.ts";
import type { Cloud } from "../../cloud.ts";
import { userGroupNotFound, userNotFound } from "./errors.ts";
import { arnOf, type Tag } from "./names.ts";

export interface CacheUser {
  id: string;
  name: string;
  engine: string;
  accessString: string;
  authentication: "iam" | "no-password" | "password";
  /** The passwords themselves are not kept: nothing here asks for them. */
  passwordCount: number;
  /** When it was deleted: for a moment it is still described. */
  deletedMs?: number;
  tags: Tag[];
}

export interface UserGroup {
  id: string;
  engine: string;
  users: string[];
  deletedMs?: number;
  tags: Tag[];
}

type Scope = { cloud: Cloud; region: string; account: string };
type UserShape = NonNullable<Output<"elasticache", "DescribeUsers">["Users"]>[number];
type UserGroupShape = NonNullable<Output<"elasticache", "DescribeUserGroups">["UserGroups"]>[number];

const deletingMs = 5_000;

export const users = (cloud: Cloud) => cloud.store.collection<CacheUser>("elasticache.users");
export const userGroups = (cloud: Cloud) => cloud.store.collection<UserGroup>("elasticache.user-groups");

/** Every region has it, and nobody makes or deletes it. */
const defaultUser: CacheUser = {
  id: "default",
  name: "default",
  engine: "redis",
  accessString: "on ~* +@all",
  authentication: "no-password",
  passwordCount: 0,
  tags: [],
};

const isThere = ({ cloud }: Scope, { deletedMs }: { deletedMs?: number }) =>
  deletedMs === undefined || cloud.world.clock.nowMs() - deletedMs < deletingMs;

export function listUsers(scope: Scope): CacheUser[] {
  return [defaultUser, ...users(scope.cloud).list(scope.region)].filter((user) => isThere(scope, user));
}

export function findUser(scope: Scope, id: string): CacheUser {
  const found = listUsers(scope).find((user) => user.id === id.toLowerCase());
  if (!found) throw userNotFound(id);
  return found;
}

export function listUserGroups(scope: Scope): UserGroup[] {
  return userGroups(scope.cloud)
    .list(scope.region)
    .filter((group) => isThere(scope, group));
}

export function findUserGroup(scope: Scope, id: string): UserGroup {
  const found = listUserGroups(scope).find((group) => group.id === id.toLowerCase());
  if (!found) throw userGroupNotFound(id);
  return found;
}

const minimumVersion = (engine: string) => (engine.toLowerCase() === "valkey" ? "7.2" : "6.0");

export function userShape(scope: Scope, user: CacheUser): UserShape {
  return {
    UserId: user.id,
    UserName: user.name,
    Status: user.deletedMs === undefined ? "active" : "deleting",
    Engine: user.engine,
    MinimumEngineVersion: minimumVersion(user.engine),
    AccessString: user.accessString,
    UserGroupIds: listUserGroups(scope).flatMap(({ id, users: members }) => (members.includes(user.id) ? [id] : [])),
    Authentication: {
      Type: user.authentication,
      ...(user.authentication === "password" && { PasswordCount: user.passwordCount }),
    },
    ARN: arnOf(scope, "user", user.id),
  };
}

export function userGroupShape(scope: Scope, group: UserGroup): UserGroupShape {
  return {
    UserGroupId: group.id,
    Status: group.deletedMs === undefined ? "active" : "deleting",
    Engine: group.engine,
    UserIds: group.users,
    MinimumEngineVersion: minimumVersion(group.engine),
    ReplicationGroups: [],
    ServerlessCaches: [],
    ARN: arnOf(scope, "usergroup", group.id),
  };
}
