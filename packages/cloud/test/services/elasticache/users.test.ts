/** Users and user groups, through the AWS SDK's client. */
import {
  CreateReplicationGroupCommand,
  CreateUserCommand,
  CreateUserGroupCommand,
  DeleteCacheClusterCommand,
  DeleteUserCommand,
  DeleteUserGroupCommand,
  DescribeUserGroupsCommand,
  DescribeUsersCommand,
  ElastiCacheClient,
  ListTagsForResourceCommand,
  ModifyUserCommand,
  ModifyUserGroupCommand,
} from "@aws-sdk/client-elasticache";
import { expect, test } from "vitest";
import { startSimulatedServer, startTestServer } from "../../server.ts";

const password = "long-enough-for-a-user";

test("users are made, changed, grouped and deleted", async () => {
  await using server = await startSimulatedServer();
  const client = new ElastiCacheClient(server.client);
  const access = { Engine: "redis", AccessString: "on ~app:* +@all" };
  const user = await client.send(
    new CreateUserCommand({ UserId: "App", UserName: "app", Passwords: [password], Tags: [{ Key: "k", Value: "v" }], ...access }),
  );
  expect(user).toMatchObject({
    UserId: "app",
    Status: "active",
    MinimumEngineVersion: "6.0",
    Authentication: { Type: "password", PasswordCount: 1 },
    UserGroupIds: [],
  });
  expect((await client.send(new ListTagsForResourceCommand({ ResourceName: user.ARN }))).TagList).toEqual([{ Key: "k", Value: "v" }]);
  const changed = await client.send(new ModifyUserCommand({ UserId: "app", AppendAccessString: "-@dangerous", NoPasswordRequired: true }));
  expect(changed).toMatchObject({ AccessString: "on ~app:* +@all -@dangerous", Authentication: { Type: "no-password" } });

  const group = (UserIds: string[]) => client.send(new CreateUserGroupCommand({ UserGroupId: "g", Engine: "redis", UserIds }));
  await expect(group(["app"])).rejects.toMatchObject({ name: "DefaultUserRequired" });
  await expect(group(["default", "nobody"])).rejects.toMatchObject({ name: "UserNotFoundFault", message: "User nobody not found." });
  expect(await group(["default"])).toMatchObject({ Status: "active", UserIds: ["default"], ReplicationGroups: [] });
  await client.send(new ModifyUserGroupCommand({ UserGroupId: "g", UserIdsToAdd: ["app"] }));
  expect((await client.send(new DescribeUsersCommand({ UserId: "app" }))).Users?.[0]?.UserGroupIds).toEqual(["g"]);

  await client.send(new DeleteUserCommand({ UserId: "app" }));
  expect((await client.send(new DescribeUsersCommand({ UserId: "app" }))).Users?.[0]?.Status).toBe("deleting");
  expect((await client.send(new DescribeUserGroupsCommand({}))).UserGroups?.[0]?.UserIds).toEqual(["default"]);
  await client.send(new DeleteUserGroupCommand({ UserGroupId: "g" }));
  await server.world.clock.advance(5_000);
  expect((await client.send(new DescribeUsersCommand({}))).Users?.map(({ UserId }) => UserId)).toEqual(["default"]);
  await expect(client.send(new DescribeUserGroupsCommand({ UserGroupId: "g" }))).rejects.toMatchObject({ name: "UserGroupNotFoundFault" });
});

test("what does not go together is refused, and so are user groups of replication groups", async () => {
  await using server = await startTestServer();
  const client = new ElastiCacheClient(server.client);
  const create = (more: object) =>
    client.send(new CreateUserCommand({ UserId: "u", UserName: "u", Engine: "redis", AccessString: "on ~* +@all", ...more }));
  await expect(create({})).rejects.toThrow("No password was provided.");
  await expect(create({ Passwords: ["short"] })).rejects.toThrow("Passwords length must be between 16-128 characters.");
  await expect(create({ AuthenticationMode: { Type: "password" } })).rejects.toThrow("must have at least one password");
  await expect(create({ AuthenticationMode: { Type: "iam" }, Passwords: [password] })).rejects.toThrow(
    "Password field is not allowed with authentication type: iam",
  );
  await expect(create({ UserId: "other", AuthenticationMode: { Type: "iam" } })).rejects.toMatchObject({
    name: "InvalidParameterCombinationException",
  });
  await create({ NoPasswordRequired: true });
  await expect(create({ NoPasswordRequired: true })).rejects.toMatchObject({ name: "UserAlreadyExistsFault" });
  await expect(
    client.send(
      new CreateReplicationGroupCommand({
        ReplicationGroupId: "r",
        ReplicationGroupDescription: "d",
        CacheNodeType: "cache.t4g.micro",
        UserGroupIds: ["g"],
      }),
    ),
  ).rejects.toThrow("user groups of replication groups");
  await expect(client.send(new DeleteCacheClusterCommand({ CacheClusterId: "none" }))).rejects.toMatchObject({
    name: "CacheClusterNotFoundFault",
  });
});
