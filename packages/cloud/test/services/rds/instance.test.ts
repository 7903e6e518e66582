/** DB instances: made, used, stopped, restored, and brought back after a kill. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { assembleCloud } from "../../../src/assemble.ts";
import { rootPrincipal } from "../../../src/identity/principal.ts";
import { openStore } from "../../../src/store.ts";
import { realWorld } from "../../../src/world/real.ts";
import { startTestCloud, type TestCloud } from "../../cloud.ts";
import { connect, createInstance, whenIn } from "./instances.ts";

// One cloud for all, since each makes its data folders anew; no test looks at another's instances.
let it: TestCloud;
beforeAll(async () => {
  it = await startTestCloud();
});
afterAll(() => it[Symbol.asyncDispose]());

test("an instance is a PostgreSQL server whose master user works as on RDS", async () => {
  await createInstance(it, "Orders", { DBName: "shop", EngineVersion: "16" });
  expect((await whenIn(it, "orders", "creating")).Endpoint).toBeUndefined();
  const instance = await whenIn(it, "orders", "available");
  expect(instance).toMatchObject({
    DBInstanceIdentifier: "orders",
    EngineVersion: "16.14",
    DBParameterGroups: [{ DBParameterGroupName: "default.postgres16", ParameterApplyStatus: "in-sync" }],
    OptionGroupMemberships: [{ OptionGroupName: "default:postgres-16", Status: "in-sync" }],
    TagList: [{ Key: "plinth:served-by", Value: "postgresql 16.14" }],
    Endpoint: { Port: 5432 },
  });
  const client = await connect(it, "orders");
  try {
    const { rows } = await client.query("select rolsuper, rolcreaterole, rolcreatedb from pg_roles where rolname = current_user");
    expect(rows).toEqual([{ rolsuper: false, rolcreaterole: true, rolcreatedb: true }]);
    await client.query("create role app nologin; create role app_a login in role app; alter role app_a set role = app");
    await client.query("create extension pgcrypto; create extension pg_stat_statements");
    await client.query("create database second");
    await expect(client.query("create extension file_fdw")).rejects.toThrow('permission denied to create extension "file_fdw"');
    await expect(client.query("create extension vector")).rejects.toThrow('extension "vector" is not available');
    expect((await client.query("show max_connections")).rows).toEqual([{ max_connections: "112" }]);
  } finally {
    await client.end();
  }
  await expect(connect(it, "orders", { ssl: false })).rejects.toThrow(/no pg_hba\.conf entry .* no encryption/);
  await expect(connect(it, "orders", { password: "wrong-password" })).rejects.toThrow('password authentication failed for user "owner"');
});

test("a changed password, a stop and a start keep the data; a deletion takes its final snapshot, from which another instance is made", async () => {
  await createInstance(it, "a", { DBName: "app" });
  await whenIn(it, "a", "available");
  const first = await connect(it, "a");
  await first.query("create table kept (v int); insert into kept values (42)");
  await first.end();
  const modified = await it.call("rds", "ModifyDBInstance", {
    DBInstanceIdentifier: "a",
    MasterUserPassword: "another-pass-9",
    ApplyImmediately: true,
  });
  expect(modified.DBInstance).toMatchObject({ DBInstanceStatus: "available", PendingModifiedValues: { MasterUserPassword: "****" } });
  expect((await whenIn(it, "a", "available")).PendingModifiedValues).toEqual({});
  await it.call("rds", "StopDBInstance", { DBInstanceIdentifier: "a" });
  await whenIn(it, "a", "stopped");
  await expect(it.call("rds", "RebootDBInstance", { DBInstanceIdentifier: "a" })).rejects.toMatchObject({ code: "InvalidDBInstanceState" });
  await it.call("rds", "StartDBInstance", { DBInstanceIdentifier: "a" });
  await whenIn(it, "a", "available");
  await expect(connect(it, "a")).rejects.toThrow("password authentication failed");

  await expect(it.call("rds", "DeleteDBInstance", { DBInstanceIdentifier: "a" })).rejects.toThrow(
    "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.",
  );
  await it.call("rds", "DeleteDBInstance", { DBInstanceIdentifier: "a", FinalDBSnapshotIdentifier: "last" });
  await expect(whenIn(it, "a", "gone")).rejects.toThrow("DBInstance a not found.");
  const { DBSnapshots: [snapshot] = [] } = await it.call("rds", "DescribeDBSnapshots", { DBSnapshotIdentifier: "last" });
  expect(snapshot).toMatchObject({ Status: "available", PercentProgress: 100, SnapshotType: "manual", MasterUsername: "owner" });
  await it.call("rds", "RestoreDBInstanceFromDBSnapshot", { DBInstanceIdentifier: "b", DBSnapshotIdentifier: "last" });
  await whenIn(it, "b", "available");
  const second = await connect(it, "b", { password: "another-pass-9" });
  expect((await second.query("select v from kept")).rows).toEqual([{ v: 42 }]);
  await second.end();
});

test("a snapshot of a running instance holds what was committed before it, and not what came after", async () => {
  await createInstance(it, "live");
  await whenIn(it, "live", "available");
  const client = await connect(it, "live");
  await client.query("create table t (v int); insert into t values (1)");
  await it.call("rds", "CreateDBSnapshot", { DBInstanceIdentifier: "live", DBSnapshotIdentifier: "s" });
  for (;;) {
    const { DBSnapshots: [snapshot] = [] } = await it.call("rds", "DescribeDBSnapshots", { DBSnapshotIdentifier: "s" });
    if (snapshot!.Status !== "creating") break;
    await new Promise((done) => setTimeout(done, 20));
  }
  await client.query("insert into t values (2)");
  await client.end();
  await it.call("rds", "CopyDBSnapshot", { SourceDBSnapshotIdentifier: "s", TargetDBSnapshotIdentifier: "s2" });
  await it.call("rds", "RestoreDBInstanceFromDBSnapshot", { DBInstanceIdentifier: "past", DBSnapshotIdentifier: "s2" });
  await whenIn(it, "past", "available");
  const past = await connect(it, "past");
  expect((await past.query("select v from t")).rows).toEqual([{ v: 1 }]);
  await past.end();
});

test("after the cloud was killed, the next one brings instances back with their data, and finishes what was being created", async () => {
  const folder = mkdtempSync(join(tmpdir(), "plinth-rds-"));
  const child = spawn(process.execPath, [join(import.meta.dirname, "cloud-to-kill.ts"), folder], { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise((done) => child.stdout.once("data", done));
  child.kill("SIGKILL");
  await new Promise((done) => child.once("exit", done));
  const store = openStore(folder, { outlivesPowerCut: false });
  const cloud = assembleCloud({ world: realWorld(folder, { outlivesPowerCut: false }), store, endpoint: () => "http://127.0.0.1:1" });
  const next = { cloud, call: cloud.as(rootPrincipal(cloud.account), "eu-central-1") };
  try {
    expect(await cloud.world.processes.reapLeftovers()).toBeGreaterThan(0);
    await cloud.start();
    await whenIn(next, "kept", "available");
    const again = await connect(next, "kept");
    expect((await again.query("select v from t")).rows).toEqual([{ v: 7 }]);
    await again.end();
    await whenIn(next, "half", "available");
    await (await connect(next, "half", { database: "later" })).end();
  } finally {
    await cloud.stop();
    store.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

const faults: [more: Record<string, unknown>, code: string, message: string | RegExp][] = [
  [{ DBInstanceIdentifier: "-bad" }, "InvalidParameterValue", /^The parameter DBInstanceIdentifier is not a valid identifier\./],
  [
    { MasterUserPassword: "short" },
    "InvalidParameterValue",
    "The parameter MasterUserPassword is not a valid password because it is shorter than 8 characters.",
  ],
  [{ MasterUserPassword: "with space here" }, "InvalidParameterValue", /Only printable ASCII characters besides/],
  [
    { MasterUsername: "rdsadmin" },
    "InvalidParameterValue",
    "MasterUsername rdsadmin cannot be used as it is a reserved word used by the engine",
  ],
  [{ Engine: "mysql" }, "NotImplemented", /mysql/],
  [{ Engine: "nosuch" }, "InvalidParameterValue", "Invalid DB engine"],
  [{ EngineVersion: "16.99" }, "InvalidParameterCombination", "Cannot find version 16.99 for postgres"],
  [{ DBInstanceClass: "db.none.large" }, "InvalidParameterValue", "Invalid DB Instance class: db.none.large"],
  [{ AllocatedStorage: 1 }, "InvalidParameterValue", "Invalid storage size for engine name postgres and storage type gp2: 1"],
  [{ DBSubnetGroupName: "none" }, "DBSubnetGroupNotFoundFault", "DB subnet group 'none' does not exist."],
  [{ DBParameterGroupName: "none" }, "DBParameterGroupNotFound", "DBParameterGroup not found: none"],
  [{ DBParameterGroupName: "default.postgres15" }, "InvalidParameterCombination", /can't be used for this instance/],
  [{ BackupRetentionPeriod: 36 }, "InvalidParameterValue", "Invalid backup retention period: 36. Must be between 0 and 35."],
  [{ Port: 80 }, "InvalidParameterValue", /Invalid endpoint port number 80/],
];

test("requests that do not hold are refused in AWS's words, before anything is made", async () => {
  await using it = await startTestCloud();
  for (const [more, code, message] of faults) {
    await expect(createInstance(it, "x", more)).rejects.toMatchObject({
      code,
      message: typeof message === "string" ? message : expect.stringMatching(message),
    });
  }
  expect((await it.call("rds", "DescribeDBInstances", {})).DBInstances).toEqual([]);
});

test("what does not exist is said so, and what is protected stays", async () => {
  await expect(it.call("rds", "DescribeDBInstances", { DBInstanceIdentifier: "none" })).rejects.toMatchObject({
    code: "DBInstanceNotFound",
    message: "DBInstance none not found.",
    status: 404,
  });
  await createInstance(it, "safe", { DeletionProtection: true, EngineVersion: "15" });
  await expect(createInstance(it, "SAFE")).rejects.toMatchObject({ code: "DBInstanceAlreadyExists" });
  await expect(it.call("rds", "DeleteDBInstance", { DBInstanceIdentifier: "safe", SkipFinalSnapshot: true })).rejects.toThrow(
    "Cannot delete protected DB Instance, please disable deletion protection and try again.",
  );
  expect((await whenIn(it, "safe", "available")).TagList).toEqual([{ Key: "plinth:served-by", Value: "postgresql 15.18" }]);
});
