/** Automated backups: the log that is kept, and the times that come back from it. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { firstSegmentOf } from "../../../src/runtime/postgres/log-archive.ts";
import { snapshots } from "../../../src/services/rds/snapshot.ts";
import { startSimulatedCloud, startTestCloud, type TestCloud } from "../../cloud.ts";
import { connect, createInstance, whenIn } from "./instances.ts";

let it: TestCloud;
beforeAll(async () => {
  it = await startTestCloud();
});
afterAll(() => it[Symbol.asyncDispose](), 120_000); // a thousand files for each instance

const restore = (target: string, source: object) =>
  it.call("rds", "RestoreDBInstanceToPointInTime", { TargetDBInstanceIdentifier: target, ...source });
const valuesOf = async (identifier: string) => {
  const client = await connect(it, identifier);
  const { rows } = await client.query("select v from t order by v");
  await client.end();
  return rows.map(({ v }) => v as number);
};
/** Later than all that was written before, and earlier than all that comes. */
const aMoment = async () => {
  await new Promise((done) => setTimeout(done, 5));
  const at = new Date();
  await new Promise((done) => setTimeout(done, 5));
  return at;
};

test("an instance comes back as it was at any time since its first backup, beside the one that goes on", async () => {
  const askedMs = Date.now();
  await createInstance(it, "orders", { DBName: "shop", EngineVersion: "16", BackupRetentionPeriod: 7 });
  const { LatestRestorableTime: latest, DbiResourceId: id } = await whenIn(it, "orders", "available");
  expect(latest!.getTime()).toBeGreaterThan(askedMs);
  expect(latest!.getTime()).toBeLessThanOrEqual(Date.now());
  const client = await connect(it, "orders");
  await client.query("create table t (v int); insert into t values (1)");
  const first = await aMoment();
  await client.query("insert into t values (2)");
  const second = await aMoment();
  await client.query("delete from t");
  await client.end();

  await restore("at-first", { SourceDBInstanceIdentifier: "orders", RestoreTime: first, BackupRetentionPeriod: 0 });
  await restore("at-second", { SourceDbiResourceId: id!, RestoreTime: second, DBInstanceClass: "db.t4g.small" });
  await restore("at-last", { SourceDBInstanceIdentifier: "orders", UseLatestRestorableTime: true, BackupRetentionPeriod: 0 });
  expect(await whenIn(it, "at-second", "available")).toMatchObject({
    DBInstanceClass: "db.t4g.small",
    EngineVersion: "16.14",
    MasterUsername: "owner",
    DBName: "shop",
    BackupRetentionPeriod: 7,
  });
  await Promise.all(["at-first", "at-last"].map((name) => whenIn(it, name, "available")));
  expect(await valuesOf("at-first")).toEqual([1]);
  expect(await valuesOf("at-second")).toEqual([1, 2]);
  expect(await valuesOf("at-last")).toEqual([]);
  expect(await valuesOf("orders")).toEqual([]);

  // What was restored is backed up itself, from its own beginning on.
  const restored = await connect(it, "at-second");
  await restored.query("insert into t values (3)");
  const third = await aMoment();
  await restored.query("drop table t");
  await restored.end();
  await restore("again", { SourceDBInstanceIdentifier: "at-second", RestoreTime: third, BackupRetentionPeriod: 0 });
  await whenIn(it, "again", "available");
  expect(await valuesOf("again")).toEqual([1, 2, 3]);
  await expect(restore("never", { SourceDBInstanceIdentifier: "at-second", RestoreTime: first })).rejects.toThrow(
    "is before the earliest restorable time of the DB instance at-second",
  );
});

test("a stopped instance, and the backup that a deleted one leaves, come back as well", async () => {
  await createInstance(it, "left", { BackupRetentionPeriod: 1 });
  const { DbiResourceId: id } = await whenIn(it, "left", "available");
  const client = await connect(it, "left");
  await client.query("create table t (v int); insert into t values (1)");
  await client.end();
  await it.call("rds", "StopDBInstance", { DBInstanceIdentifier: "left" });
  await whenIn(it, "left", "stopped");
  await restore("of-stopped", { SourceDBInstanceIdentifier: "left", RestoreTime: await aMoment(), BackupRetentionPeriod: 0 });
  await whenIn(it, "of-stopped", "available");
  expect(await valuesOf("of-stopped")).toEqual([1]);

  const { DBInstanceAutomatedBackups: [live] = [] } = await it.call("rds", "DescribeDBInstanceAutomatedBackups", {
    DBInstanceIdentifier: "left",
  });
  expect(live).toMatchObject({ Status: "active", BackupRetentionPeriod: 1, Engine: "postgres" });
  await expect(it.call("rds", "DeleteDBInstanceAutomatedBackup", { DbiResourceId: id! })).rejects.toMatchObject({
    code: "InvalidDBInstanceAutomatedBackupState",
  });
  await it.call("rds", "DeleteDBInstance", { DBInstanceIdentifier: "left", SkipFinalSnapshot: true, DeleteAutomatedBackups: false });
  await expect(whenIn(it, "left", "gone")).rejects.toThrow("not found");
  const { DBInstanceAutomatedBackups: [retained] = [] } = await it.call("rds", "DescribeDBInstanceAutomatedBackups", {
    DbiResourceId: id!,
  });
  expect(retained).toMatchObject({ Status: "retained", DBInstanceAutomatedBackupsArn: live!.DBInstanceAutomatedBackupsArn });
  await restore("of-deleted", {
    SourceDBInstanceAutomatedBackupsArn: retained!.DBInstanceAutomatedBackupsArn!,
    UseLatestRestorableTime: true,
    BackupRetentionPeriod: 0,
  });
  await whenIn(it, "of-deleted", "available");
  expect(await valuesOf("of-deleted")).toEqual([1]);
  await it.call("rds", "DeleteDBInstanceAutomatedBackup", { DbiResourceId: id! });
  await expect(it.call("rds", "DescribeDBInstanceAutomatedBackups", { DbiResourceId: id! })).rejects.toMatchObject({
    code: "DBInstanceAutomatedBackupNotFound",
  });
  expect(readdirSync(join(it.folder, "rds", "eu-central-1", "archive"))).not.toContain(id!.toLowerCase());
});

test("backups begin and end with their retention", async () => {
  await createInstance(it, "none", { BackupRetentionPeriod: 0 });
  const { LatestRestorableTime: latest, DbiResourceId: id } = await whenIn(it, "none", "available");
  expect(latest).toBeUndefined();
  const automated = async () =>
    (await it.call("rds", "DescribeDBSnapshots", { DbiResourceId: id!, SnapshotType: "automated" })).DBSnapshots!;
  expect(await automated()).toEqual([]);
  await expect(restore("x", { SourceDBInstanceIdentifier: "none", UseLatestRestorableTime: true })).rejects.toMatchObject({
    code: "PointInTimeRestoreNotEnabled",
  });
  const modify = (days: number) =>
    it.call("rds", "ModifyDBInstance", { DBInstanceIdentifier: "none", BackupRetentionPeriod: days, ApplyImmediately: true });
  await modify(3);
  await whenIn(it, "none", "available");
  expect(await automated()).toMatchObject([
    { DBSnapshotIdentifier: expect.stringMatching(/^rds:none-\d{4}-\d\d-\d\d-\d\d-\d\d$/), Status: "available" },
  ]);
  await expect(
    it.call("rds", "DeleteDBSnapshot", { DBSnapshotIdentifier: (await automated())[0]!.DBSnapshotIdentifier! }),
  ).rejects.toMatchObject({ code: "InvalidDBSnapshotState" });
  const client = await connect(it, "none");
  await client.query("create table t as select 7 as v");
  await client.end();
  await restore("some", { SourceDBInstanceIdentifier: "none", UseLatestRestorableTime: true, BackupRetentionPeriod: 0 });
  await whenIn(it, "some", "available");
  expect(await valuesOf("some")).toEqual([7]);
  await modify(0);
  await whenIn(it, "none", "available");
  expect(await automated()).toEqual([]);
});

test("times that cannot be had are refused with those that can", async () => {
  await createInstance(it, "faults", { BackupRetentionPeriod: 1 });
  await expect(restore("x", { SourceDBInstanceIdentifier: "faults", UseLatestRestorableTime: true })).rejects.toMatchObject({
    code: "InvalidDBInstanceState",
  });
  await whenIn(it, "faults", "available");
  const of = { SourceDBInstanceIdentifier: "faults" };
  const cases: [object, string, RegExp][] = [
    [
      { ...of, RestoreTime: new Date("2020-01-01") },
      "InvalidParameterValue",
      /before the earliest restorable time .* from 2\S+Z to 2\S+Z\.$/,
    ],
    [{ ...of, RestoreTime: new Date("2100-01-01") }, "InvalidParameterValue", /after the latest restorable time/],
    [of, "InvalidParameterCombination", /either RestoreTime or UseLatestRestorableTime/],
    [{ ...of, RestoreTime: new Date(), UseLatestRestorableTime: true }, "InvalidParameterCombination", /both/],
    [{ UseLatestRestorableTime: true }, "InvalidParameterCombination", /exactly one of/],
    [{ SourceDBInstanceIdentifier: "nowhere", UseLatestRestorableTime: true }, "DBInstanceNotFound", /nowhere/],
    [{ SourceDbiResourceId: "db-NONE", UseLatestRestorableTime: true }, "DBInstanceAutomatedBackupNotFound", /db-NONE/],
  ];
  for (const [source, code, message] of cases) {
    await expect(restore("x", source)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  }
  await expect(restore("faults", { ...of, UseLatestRestorableTime: true })).rejects.toMatchObject({ code: "DBInstanceAlreadyExists" });
});

test("a backup is taken once a day in its window, made up for when it was missed, and kept as long as the retention needs it", async () => {
  await using daily = await startSimulatedCloud(); // from 2026-01-01T00:00:00Z
  await createInstance(daily, "daily", { BackupRetentionPeriod: 1, PreferredBackupWindow: "03:00-03:30" });
  await whenIn(daily, "daily", "available");
  const days = async () => {
    const { DBSnapshots: found = [] } = await daily.call("rds", "DescribeDBSnapshots", { SnapshotType: "automated" });
    return found
      .filter(({ Status }) => Status === "available")
      .map(({ DBSnapshotIdentifier: name }) => name!.slice("rds:daily-2026-".length, -6));
  };
  const afterHours = async (hours: number, expected: string[], status = "available") => {
    await daily.world.clock.advance(hours * 60 * 60_000);
    await expect.poll(days, { interval: 50 }).toEqual(expected);
    await whenIn(daily, "daily", status);
  };
  await afterHours(2, ["01-01"]);
  await afterHours(2, ["01-01", "01-01"]);
  await afterHours(1, ["01-01", "01-01"]);
  // The first is no longer needed: the second is older than the retention.
  await afterHours(24, ["01-01", "01-02"]);
  // None is taken of an instance that stands still; the one that was missed follows when it runs.
  await daily.call("rds", "StopDBInstance", { DBInstanceIdentifier: "daily" });
  await whenIn(daily, "daily", "stopped");
  await afterHours(4 * 24, ["01-02"], "stopped");
  await daily.call("rds", "StartDBInstance", { DBInstanceIdentifier: "daily" });
  await whenIn(daily, "daily", "available");
  await afterHours(0.1, ["01-02", "01-06"]);
  const { DBInstanceAutomatedBackups: [backup] = [] } = await daily.call("rds", "DescribeDBInstanceAutomatedBackups", {});
  const { EarliestTime: earliest, LatestTime: latest } = backup!.RestoreWindow!;
  expect(latest!.getTime() - earliest!.getTime()).toBe(24 * 60 * 60 * 1000);

  const [oldest] = snapshots(daily.cloud).list("eu-central-1", "rds:");
  const first = await firstSegmentOf(daily.cloud, join(daily.folder, "rds", "eu-central-1", "snapshots", oldest!.folder, "data"));
  const kept = readdirSync(join(daily.folder, "rds", "eu-central-1", "archive", oldest!.resourceId.toLowerCase())).sort();
  expect(kept[0]!.slice(0, 24)).toBe(first);
});
