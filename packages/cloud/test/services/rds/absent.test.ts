/** What RDS has and this cloud never makes, through the AWS SDK's client; option groups, and the windows of an instance. */
import {
  CreateBlueGreenDeploymentCommand,
  CreateDBInstanceCommand,
  CreateOptionGroupCommand,
  DeleteDBClusterCommand,
  DeleteOptionGroupCommand,
  DescribeDBClusterParameterGroupsCommand,
  DescribeDBClustersCommand,
  DescribeDBProxiesCommand,
  DescribeEventSubscriptionsCommand,
  DescribeOptionGroupsCommand,
  ListTagsForResourceCommand,
  ModifyOptionGroupCommand,
  RDSClient,
} from "@aws-sdk/client-rds";
import { expect, test } from "vitest";
import { chosenWindows } from "../../../src/services/rds/windows.ts";
import { simulatedWorld } from "../../../src/world/simulated.ts";
import { startTestServer } from "../../server.ts";

test("describes find none, and whoever names one is told so", async () => {
  await using server = await startTestServer();
  const client = new RDSClient(server.client);
  expect((await client.send(new DescribeDBClustersCommand({}))).DBClusters).toEqual([]);
  expect((await client.send(new DescribeDBProxiesCommand({}))).DBProxies).toEqual([]);
  expect((await client.send(new DescribeEventSubscriptionsCommand({}))).EventSubscriptionsList).toEqual([]);
  await expect(client.send(new DescribeDBClustersCommand({ DBClusterIdentifier: "c" }))).rejects.toMatchObject({
    name: "DBClusterNotFoundFault",
    message: "DBCluster c not found.",
  });
  await expect(client.send(new DeleteDBClusterCommand({ DBClusterIdentifier: "c" }))).rejects.toMatchObject({
    name: "DBClusterNotFoundFault",
  });
  await expect(client.send(new DescribeDBClusterParameterGroupsCommand({ DBClusterParameterGroupName: "p" }))).rejects.toMatchObject({
    name: "DBParameterGroupNotFoundFault",
  });
  await expect(client.send(new DescribeEventSubscriptionsCommand({ SubscriptionName: "s" }))).rejects.toMatchObject({
    name: "SubscriptionNotFoundFault",
  });
  await expect(client.send(new CreateBlueGreenDeploymentCommand({ BlueGreenDeploymentName: "b", Source: "arn" }))).rejects.toMatchObject({
    name: "NotImplemented",
  });
});

test.each([
  ["mon:16:00-tue:17:00", undefined, "Maintenance window must be less than 24 hours."],
  ["mon:16:00-mon:16:05", undefined, "The maintenance window must be at least 30 minutes."],
  ["sim:16:00-mon:16:30", undefined, "Invalid day:hour:minute value: sim:16:00-mon:16:30"],
  ["mon:16tue:17:00", undefined, "Should be specified as a range ddd:hh24:mi-ddd:hh24:mi (24H Clock UTC)."],
  ["wed:18:00-thu:01:00", "00:00-00:30", "The backup window and maintenance window must not overlap."],
  ["thu:00:00-thu:14:00", "23:50-00:20", "The backup window and maintenance window must not overlap."],
])("windows %s and %s are refused", async (PreferredMaintenanceWindow, PreferredBackupWindow, message) => {
  await using server = await startTestServer();
  const client = new RDSClient(server.client);
  const input = { DBInstanceIdentifier: "p", Engine: "postgres", DBInstanceClass: "db.t4g.micro", PreferredMaintenanceWindow };
  await expect(
    client.send(new CreateDBInstanceCommand({ ...input, ...(PreferredBackupWindow !== undefined && { PreferredBackupWindow }) })),
  ).rejects.toMatchObject({ name: "InvalidParameterValue", message: expect.stringContaining(message) });
});

test("option groups are made, tagged, found and deleted; PostgreSQL has no options to put into them", async () => {
  await using server = await startTestServer();
  const client = new RDSClient(server.client);
  const OptionGroupName = "og";
  const create = (more: object) =>
    client.send(
      new CreateOptionGroupCommand({
        OptionGroupName,
        EngineName: "postgres",
        MajorEngineVersion: "17",
        OptionGroupDescription: "d",
        ...more,
      }),
    );
  await expect(create({ EngineName: "db2000" })).rejects.toMatchObject({
    name: "InvalidParameterValue",
    message: "Invalid DB engine: db2000",
  });
  await expect(create({ MajorEngineVersion: "6.6.6" })).rejects.toThrow("Cannot find major version 6.6.6 for postgres");
  await expect(create({ OptionGroupDescription: "" })).rejects.toMatchObject({ name: "InvalidParameterValue" });
  const { OptionGroup: made } = await create({ Tags: [{ Key: "k", Value: "v" }] });
  expect(made).toMatchObject({ OptionGroupName, Options: [], OptionGroupArn: `arn:aws:rds:${server.region}:123456789012:og:og` });
  await expect(create({})).rejects.toMatchObject({ name: "OptionGroupAlreadyExistsFault" });
  expect((await client.send(new ListTagsForResourceCommand({ ResourceName: made!.OptionGroupArn }))).TagList).toEqual([
    { Key: "k", Value: "v" },
  ]);
  const modify = (more: object) => client.send(new ModifyOptionGroupCommand({ OptionGroupName, ...more }));
  await expect(modify({})).rejects.toThrow("At least one option must be added, modified, or removed.");
  await expect(modify({ OptionsToInclude: [{ OptionName: "MEMCACHED" }] })).rejects.toMatchObject({ name: "NotImplemented" });
  expect((await modify({ OptionsToRemove: ["MEMCACHED"] })).OptionGroup?.Options).toEqual([]);
  const instance = { DBInstanceIdentifier: "p", Engine: "postgres", DBInstanceClass: "db.t4g.micro", AllocatedStorage: 20 };
  const master = { MasterUsername: "master", MasterUserPassword: "long-enough", EngineVersion: "16", OptionGroupName };
  await expect(client.send(new CreateDBInstanceCommand({ ...instance, ...master }))).rejects.toMatchObject({
    name: "InvalidParameterCombination",
    message: "The option group og is associated with postgres 17, not with postgres 16.",
  });
  await client.send(new DeleteOptionGroupCommand({ OptionGroupName }));
  await expect(client.send(new DescribeOptionGroupsCommand({ OptionGroupName }))).rejects.toThrow(
    "Specified OptionGroupName: og not found.",
  );
  expect((await client.send(new DescribeOptionGroupsCommand({}))).OptionGroupsList?.map(({ OptionGroupName: name }) => name)).toContain(
    "default:postgres-17",
  );
});

test("windows that RDS chooses overlap with none that is named", () => {
  const { random } = simulatedWorld({ seed: 7, folder: "/nowhere" });
  for (let round = 0; round < 200; round++) {
    for (const named of [{}, { backup: "02:00-05:00" }, { backup: "23:45-00:30" }, { maintenance: "sun:23:00-mon:12:00" }]) {
      const { backupWindow, maintenanceWindow } = chosenWindows(random, named);
      expect(() => chosenWindows(random, { backup: backupWindow, maintenance: maintenanceWindow })).not.toThrow();
    }
  }
});
