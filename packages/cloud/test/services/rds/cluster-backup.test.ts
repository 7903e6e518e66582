/** Backups of Aurora clusters through the AWS SDK's words: snapshots, and any second of the retention, paused and failed over too. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestCloud, type TestCloud } from "../../cloud.ts";
import { connectTo, createCluster, createMember, describe, whenClusterIn } from "./clusters.ts";

let it: TestCloud;
beforeAll(async () => {
  it = await startTestCloud();
});
afterAll(() => it[Symbol.asyncDispose](), 120_000);

const query = async (cluster: string, text: string) => {
  const { Endpoint } = await describe(it, cluster);
  const client = await connectTo(it, Endpoint!);
  try {
    return (await client.query(text)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
};
const aMoment = async () => {
  await new Promise((done) => setTimeout(done, 5));
  const at = new Date();
  await new Promise((done) => setTimeout(done, 5));
  return at;
};
const snapshotIn = (name: string, status: string) =>
  expect
    .poll(
      async () =>
        (await it.call("rds", "DescribeDBClusterSnapshots", { DBClusterSnapshotIdentifier: name })).DBClusterSnapshots![0]!.Status,
    )
    .toBe(status);

test("a cluster comes back at a second and from a snapshot, also when it was failed over in between", async () => {
  await createCluster(it, "first");
  const made = await whenClusterIn(it, "first", "available");
  expect(made).toMatchObject({ EarliestRestorableTime: expect.any(Date), LatestRestorableTime: expect.any(Date) });
  await createMember(it, "first", "first-one");
  await createMember(it, "first", "first-two");
  await query("first", "create table t (v int); insert into t values (1)");
  const one = await aMoment();
  await query("first", "insert into t values (2)");
  await it.call("rds", "CreateDBClusterSnapshot", { DBClusterIdentifier: "first", DBClusterSnapshotIdentifier: "with-two" });
  await snapshotIn("with-two", "available");
  await it.call("rds", "FailoverDBCluster", { DBClusterIdentifier: "first" });
  await whenClusterIn(it, "first", "available");
  await query("first", "insert into t values (3)");
  const three = await aMoment();
  await query("first", "drop table t");

  const restore = (name: string, more: object) =>
    it.call("rds", "RestoreDBClusterToPointInTime", { DBClusterIdentifier: name, SourceDBClusterIdentifier: "first", ...more });
  await restore("at-one", { RestoreToTime: one });
  await restore("at-three", { RestoreToTime: three });
  await it.call("rds", "RestoreDBClusterFromSnapshot", {
    DBClusterIdentifier: "of-snapshot",
    Engine: "aurora-postgresql",
    SnapshotIdentifier: "with-two",
  });
  for (const [name, values] of [
    ["at-one", [1]],
    ["at-three", [1, 2, 3]],
    ["of-snapshot", [1, 2]],
  ] as const) {
    expect(await whenClusterIn(it, name, "available")).toMatchObject({
      DBClusterMembers: [],
      MasterUsername: "owner",
      DatabaseName: "app",
    });
    await createMember(it, name, `${name}-writer`);
    expect((await query(name, "select v from t order by v")).map(({ v }) => v)).toEqual(values);
  }
});

test("a final snapshot holds a cluster that has no instance, and faults say what would be right", async () => {
  await createCluster(it, "empty");
  await whenClusterIn(it, "empty", "available");
  await it.call("rds", "DeleteDBCluster", { DBClusterIdentifier: "empty", FinalDBSnapshotIdentifier: "last" });
  await expect(whenClusterIn(it, "empty", "gone")).rejects.toThrow("DBCluster empty not found.");
  const { DBClusterSnapshots: [last] = [] } = await it.call("rds", "DescribeDBClusterSnapshots", { DBClusterIdentifier: "empty" });
  expect(last).toMatchObject({ DBClusterSnapshotIdentifier: "last", Status: "available", SnapshotType: "manual" });
  await it.call("rds", "CopyDBClusterSnapshot", { SourceDBClusterSnapshotIdentifier: "last", TargetDBClusterSnapshotIdentifier: "copy" });
  const fromSnapshot = (more: object) =>
    it.call("rds", "RestoreDBClusterFromSnapshot", {
      DBClusterIdentifier: "again",
      Engine: "aurora-postgresql",
      SnapshotIdentifier: "copy",
      ...more,
    });
  await expect(fromSnapshot({ EngineVersion: "15" })).rejects.toMatchObject({
    code: "InvalidParameterCombination",
    message: expect.stringMatching(/cannot be restored as 15\.\d+: name 17\.\d+ or a later minor version of 17\.$/),
  });
  await expect(fromSnapshot({ SnapshotIdentifier: "nowhere" })).rejects.toMatchObject({ code: "DBClusterSnapshotNotFoundFault" });
  await expect(
    it.call("rds", "CreateDBClusterSnapshot", { DBClusterIdentifier: "nowhere", DBClusterSnapshotIdentifier: "x" }),
  ).rejects.toMatchObject({ code: "DBClusterNotFoundFault" });
  // Its master user was never made: the next writer gets it.
  await fromSnapshot({});
  await whenClusterIn(it, "again", "available");
  await createMember(it, "again", "again-writer");
  expect(await query("again", "select current_user as me")).toEqual([{ me: "owner" }]);
  await expect(
    it.call("rds", "RestoreDBClusterToPointInTime", {
      DBClusterIdentifier: "x",
      SourceDBClusterIdentifier: "again",
      RestoreToTime: new Date("2020-01-01"),
    }),
  ).rejects.toThrow(/before the earliest restorable time of the DB cluster again: it can be restored to a time from/);
  await it.call("rds", "DeleteDBClusterSnapshot", { DBClusterSnapshotIdentifier: "copy" });
});
