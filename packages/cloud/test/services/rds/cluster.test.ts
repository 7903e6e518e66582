/** Aurora clusters: made, used, changed and deleted. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestCloud, type TestCloud } from "../../cloud.ts";
import { connectTo, createCluster, createMember, describe, eventsOf, whenClusterIn } from "./clusters.ts";
import { whenIn } from "./instances.ts";

let it: TestCloud;
beforeAll(async () => {
  it = await startTestCloud();
});
afterAll(() => it[Symbol.asyncDispose]());

test("a cluster has no server until it has an instance, which its endpoint reaches", async () => {
  await createCluster(it, "Shop", { EngineVersion: "16.13" });
  const made = await whenClusterIn(it, "shop", "available");
  expect(made).toMatchObject({
    DBClusterIdentifier: "shop",
    Engine: "aurora-postgresql",
    EngineVersion: "16.13",
    EngineMode: "provisioned",
    DBClusterMembers: [],
    DBClusterParameterGroup: "default.aurora-postgresql16",
    ServerlessV2ScalingConfiguration: { MinCapacity: 0, MaxCapacity: 4, SecondsUntilAutoPause: 300 },
    Port: 5432,
  });
  await expect(connectTo(it, made.Endpoint!)).rejects.toThrow();
  const writer = await createMember(it, "shop", "shop-1");
  expect(writer).toMatchObject({
    Engine: "aurora-postgresql",
    DBClusterIdentifier: "shop",
    PromotionTier: 1,
    StorageType: "aurora",
    MasterUsername: "owner",
    OptionGroupMemberships: [{ OptionGroupName: "default:aurora-postgresql-16", Status: "in-sync" }],
    TagList: [{ Key: "plinth:served-by", Value: "postgresql 16.14" }],
  });
  expect((await describe(it, "shop")).DBClusterMembers).toMatchObject([{ DBInstanceIdentifier: "shop-1", IsClusterWriter: true }]);
  const client = await connectTo(it, made.Endpoint!);
  await client.query("create table kept (v int); insert into kept values (1); create extension pgcrypto");
  // 4 ACUs are about 8 GiB, and from a least capacity of 0 or 0.5 there are at most 2000.
  expect((await client.query("show max_connections")).rows).toEqual([{ max_connections: "901" }]);
  await client.end();
  // Without a reader the readers' endpoint reaches the writer, and an instance has an endpoint too.
  for (const address of [made.ReaderEndpoint!, writer.Endpoint!.Address!]) {
    const other = await connectTo(it, address);
    expect((await other.query("select pg_is_in_recovery() as reads")).rows).toEqual([{ reads: false }]);
    await other.end();
  }

  await it.call("rds", "ModifyDBCluster", { DBClusterIdentifier: "shop", MasterUserPassword: "another-pass-9" });
  await whenClusterIn(it, "shop", "available");
  await expect(connectTo(it, made.Endpoint!)).rejects.toThrow("password authentication failed");
  // The data is the cluster's: it outlives its last instance.
  await it.call("rds", "DeleteDBInstance", { DBInstanceIdentifier: "shop-1" });
  await expect(whenIn(it, "shop-1", "gone")).rejects.toThrow("DBInstance shop-1 not found.");
  await createMember(it, "shop", "shop-2", { DBInstanceClass: "db.r6g.large" });
  const again = await connectTo(it, made.Endpoint!, { password: "another-pass-9" });
  expect((await again.query("select v from kept")).rows).toEqual([{ v: 1 }]);
  await again.end();

  await it.call("rds", "StopDBCluster", { DBClusterIdentifier: "shop" });
  await whenClusterIn(it, "shop", "stopped");
  await expect(connectTo(it, made.Endpoint!)).rejects.toThrow("ECONNREFUSED");
  await it.call("rds", "StartDBCluster", { DBClusterIdentifier: "shop" });
  await whenClusterIn(it, "shop", "available");
  await (await connectTo(it, made.Endpoint!, { password: "another-pass-9" })).end();

  await expect(it.call("rds", "DeleteDBCluster", { DBClusterIdentifier: "shop", SkipFinalSnapshot: true })).rejects.toMatchObject({
    code: "InvalidDBClusterStateFault",
    message: "Cluster cannot be deleted, it still contains DB instances in non-deleting state.",
  });
  await it.call("rds", "DeleteDBInstance", { DBInstanceIdentifier: "shop-2", SkipFinalSnapshot: true });
  await it.call("rds", "DeleteDBCluster", { DBClusterIdentifier: "shop", SkipFinalSnapshot: true });
  await expect(whenClusterIn(it, "shop", "gone")).rejects.toMatchObject({
    code: "DBClusterNotFoundFault",
    message: "DBCluster shop not found.",
  });
  // Beside those of its automated backups.
  const events = (await eventsOf(it, "shop", "db-cluster")).filter((message) => !message!.includes("snapshot"));
  expect(events).toEqual([
    "DB cluster created",
    "Reset master credentials",
    "DB cluster stopped",
    "DB cluster started",
    "DB cluster deleted",
  ]);
});

test("a cluster's parameters reach its instances, and an instance's own group goes before them", async () => {
  const family = { DBParameterGroupFamily: "aurora-postgresql17", Description: "d" };
  await it.call("rds", "CreateDBClusterParameterGroup", { DBClusterParameterGroupName: "all", ...family });
  await it.call("rds", "CreateDBParameterGroup", { DBParameterGroupName: "one", ...family });
  await it.call("rds", "ModifyDBParameterGroup", {
    DBParameterGroupName: "one",
    Parameters: [{ ParameterName: "statement_timeout", ParameterValue: "7000", ApplyMethod: "immediate" }],
  });
  await createCluster(it, "tuned", { DBClusterParameterGroupName: "all" });
  await createMember(it, "tuned", "tuned-1", { DBParameterGroupName: "one" });
  await it.call("rds", "ModifyDBClusterParameterGroup", {
    DBClusterParameterGroupName: "all",
    Parameters: [
      { ParameterName: "work_mem", ParameterValue: "8192", ApplyMethod: "immediate" },
      { ParameterName: "statement_timeout", ParameterValue: "5000", ApplyMethod: "immediate" },
    ],
  });
  const client = await connectTo(it, (await describe(it, "tuned")).Endpoint!);
  await expect.poll(async () => (await client.query("show work_mem")).rows[0]).toEqual({ work_mem: "8MB" });
  expect((await client.query("show statement_timeout")).rows).toEqual([{ statement_timeout: "7s" }]);
  await client.end();
  await expect(it.call("rds", "DeleteDBClusterParameterGroup", { DBClusterParameterGroupName: "all" })).rejects.toMatchObject({
    code: "InvalidDBParameterGroupState",
  });
});

const capacity = (min: number, max: number, SecondsUntilAutoPause?: number) => ({
  ServerlessV2ScalingConfiguration: { MinCapacity: min, MaxCapacity: max, ...(SecondsUntilAutoPause && { SecondsUntilAutoPause }) },
});

const faults: [more: Record<string, unknown>, code: string, message: string | RegExp][] = [
  [{ EngineVersion: "15.4" }, "InvalidParameterCombination", "Cannot find version 15.4 for aurora-postgresql"],
  [
    { EngineVersion: "16.2", ...capacity(0, 4) },
    "InvalidParameterCombination",
    /^Serverless v2 minimum capacity 0 isn't supported for engine version 16\.2\./,
  ],
  [capacity(0, 4, 299), "InvalidParameterValue", "SecondsUntilAutoPause 299 isn't valid. It must be between 300 and 86400."],
  [capacity(0, 4, 86_401), "InvalidParameterValue", "SecondsUntilAutoPause 86401 isn't valid. It must be between 300 and 86400."],
  [capacity(1, 4, 300), "InvalidParameterCombination", "SecondsUntilAutoPause can only be specified when the minimum capacity is 0."],
  [capacity(0.3, 4), "InvalidParameterValue", /^Serverless v2 minimum capacity 0\.3 isn't valid\./],
  [capacity(0, 0.5), "InvalidParameterValue", /^Serverless v2 maximum capacity 0\.5 isn't valid\./],
  [capacity(8, 4), "InvalidParameterValue", "Serverless v2 minimum capacity 8 can't be greater than the maximum capacity 4."],
  [{ BackupRetentionPeriod: 0 }, "InvalidParameterValue", "Invalid backup retention period: 0. Must be between 1 and 35."],
  [{ MasterUserPassword: "short" }, "InvalidParameterValue", /shorter than 8 characters/],
  [{ MasterUsername: "rdsadmin" }, "InvalidParameterValue", /reserved word/],
  [{ Engine: "aurora-mysql" }, "NotImplemented", /^The embedded cloud does not serve the database engine aurora-mysql/],
  [{ Engine: "nosuch" }, "InvalidParameterValue", "Invalid DB engine"],
  [{ DBClusterParameterGroupName: "nosuch" }, "DBParameterGroupNotFound", "DBClusterParameterGroup not found: nosuch"],
  [{ DBSubnetGroupName: "nosuch" }, "DBSubnetGroupNotFoundFault", "DB subnet group 'nosuch' does not exist."],
];

test.each(faults)("a cluster with %o is refused: %s", async (more, code, message) => {
  await expect(createCluster(it, "bad", more)).rejects.toMatchObject({
    code,
    message: typeof message === "string" ? message : expect.stringMatching(message),
  });
});

test("what is the cluster's is not said to its instances, and what it lacks they cannot have", async () => {
  await createCluster(it, "fixed", { ServerlessV2ScalingConfiguration: undefined });
  await whenClusterIn(it, "fixed", "available");
  const member = (more: Record<string, unknown>) => createMember(it, "fixed", "fixed-1", more);
  await expect(member({})).rejects.toMatchObject({
    code: "InvalidDBClusterStateFault",
    message: "Set the Serverless v2 scaling configuration on the parent DB cluster before creating a Serverless v2 DB instance.",
  });
  await expect(member({ DBInstanceClass: "db.r6g.large", MasterUsername: "x" })).rejects.toThrow(
    "The requested DB Instance will be a member of a DB Cluster. Set master user name for the DB Cluster.",
  );
  await expect(member({ DBInstanceClass: "db.r6g.large", EngineVersion: "16.13" })).rejects.toThrow(
    "The engine version that you requested for your DB instance doesn't match the engine version of your DB cluster.",
  );
  await expect(member({ DBInstanceClass: "db.r6g.large", Engine: "postgres" })).rejects.toThrow("doesn't match the engine name");
  await expect(member({ DBInstanceClass: "db.r6g.large", PromotionTier: 16 })).rejects.toThrow("Invalid promotion tier: 16.");
  await expect(it.call("rds", "FailoverDBCluster", { DBClusterIdentifier: "fixed" })).rejects.toMatchObject({
    code: "InvalidDBClusterStateFault",
  });
  await it.call("rds", "ModifyDBCluster", { DBClusterIdentifier: "fixed", DeletionProtection: true });
  await whenClusterIn(it, "fixed", "available");
  await expect(it.call("rds", "DeleteDBCluster", { DBClusterIdentifier: "fixed", SkipFinalSnapshot: true })).rejects.toThrow(
    "Cannot delete protected Cluster, please disable deletion protection and try again.",
  );
  await expect(
    it.call("rds", "CreateDBCluster", {
      DBClusterIdentifier: "fixed",
      Engine: "aurora-postgresql",
      MasterUsername: "owner",
      MasterUserPassword: "correct-horse-7",
    }),
  ).rejects.toMatchObject({ code: "DBClusterAlreadyExistsFault" });
});
