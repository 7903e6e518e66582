/** Global clusters: clusters in other regions that follow one, and take its place with and without a loss. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Client } from "pg";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { rootPrincipal } from "../../../src/identity/principal.ts";
import { reportLags } from "../../../src/services/rds/global/lag.ts";
import { startTestCloud, type TestCloud } from "../../cloud.ts";
import { connectTo, createCluster, createMember, describe, eventsOf, whenClusterIn } from "./clusters.ts";
import { whenIn } from "./instances.ts";

let it: TestCloud;
/** The same cloud in the regions of the secondaries. */
let there: TestCloud;
let elsewhere: TestCloud;
const regions = { here: "eu-central-1", there: "us-east-1", elsewhere: "eu-west-1" };
beforeAll(async () => {
  it = await startTestCloud(regions.here);
  const inRegion = (region: string) => ({ ...it, call: it.cloud.as(rootPrincipal(it.cloud.account), region) });
  there = inRegion(regions.there);
  elsewhere = inRegion(regions.elsewhere);
});
afterAll(() => it[Symbol.asyncDispose]());

const soon = { timeout: 60_000 };
const long = { timeout: 600_000 };
const arn = (region: string, name: string) => `arn:aws:rds:${region}:${it.cloud.account}:cluster:${name}`;

async function global() {
  const { GlobalClusters: [found] = [] } = await it.call("rds", "DescribeGlobalClusters", { GlobalClusterIdentifier: "g" });
  return found!;
}
const whenSettled = () => expect.poll(async () => (await global()).Status, soon).toBe("available");
const writerArn = async () => (await global()).GlobalClusterMembers!.find(({ IsWriter }) => IsWriter)?.DBClusterArn;
const rowsOf = async (client: Client) =>
  (await client.query<{ v: number }>("select v from t order by v")).rows.map(({ v }: { v: number }) => v);

/** Writes rows one after the other, with a new connection when one is lost, until told to end; those that were acknowledged. */
function writing(from: number) {
  const acknowledged: number[] = [];
  const ending = new AbortController();
  // Also when the test fails; else this would go on for ever.
  onTestFinished(() => ending.abort());
  const done = (async () => {
    let client: Client | undefined;
    for (let row = from; !ending.signal.aborted; row++) {
      try {
        client ??= await connectTo(it, (await global()).Endpoint!);
        await client.query("insert into t values ($1)", [row]);
        acknowledged.push(row);
        // Thousands of rows would prove no more.
        await new Promise((done) => setTimeout(done, 5));
      } catch {
        client = undefined;
        // A refusal may come without any waiting: then nothing else would ever have its turn.
        await new Promise((done) => setTimeout(done, 20));
      }
    }
    await client?.end();
  })();
  const end = async () => {
    ending.abort();
    await done;
    return acknowledged;
  };
  return { acknowledged, end };
}

test("a cluster of another region follows, reads and takes no writes", long, async () => {
  await createCluster(it, "p", { ServerlessV2ScalingConfiguration: { MinCapacity: 0.5, MaxCapacity: 4 } });
  await createMember(it, "p", "p-1");
  await it.call("rds", "CreateGlobalCluster", { GlobalClusterIdentifier: "g", SourceDBClusterIdentifier: arn(regions.here, "p") });
  const writer = await connectTo(it, (await global()).Endpoint!);
  await writer.query("create table t (v int); insert into t values (1)");

  const secondary = { GlobalClusterIdentifier: "g", Engine: "aurora-postgresql" } as const;
  const capacity = { MinCapacity: 0.5, MaxCapacity: 4 };
  await there.call("rds", "CreateDBCluster", { ...secondary, DBClusterIdentifier: "s", ServerlessV2ScalingConfiguration: capacity });
  await elsewhere.call("rds", "CreateDBCluster", { ...secondary, DBClusterIdentifier: "h", ServerlessV2ScalingConfiguration: capacity });
  await whenClusterIn(there, "s", "available");
  await createMember(there, "s", "s-1");
  await createMember(there, "s", "s-2");
  await whenClusterIn(elsewhere, "h", "available");

  const { Endpoint, ReaderEndpoint, DBClusterMembers, GlobalClusterIdentifier, MasterUsername } = await describe(there, "s");
  expect(DBClusterMembers).toMatchObject([{ IsClusterWriter: false }, { IsClusterWriter: false }]);
  expect({ GlobalClusterIdentifier, MasterUsername }).toEqual({ GlobalClusterIdentifier: "g", MasterUsername: "owner" });
  await expect(connectTo(it, Endpoint!)).rejects.toThrow(/terminated|ECONNRESET|hang up|closed/);
  const reader = await connectTo(it, ReaderEndpoint!);
  await writer.query("insert into t values (2)");
  await expect.poll(() => rowsOf(reader), soon).toEqual([1, 2]);
  await expect(reader.query("insert into t values (3)")).rejects.toThrow("read-only transaction");
  await writer.end();
  await reader.end();

  expect(await global()).toMatchObject({
    Status: "available",
    GlobalClusterMembers: [
      { DBClusterArn: arn(regions.here, "p"), IsWriter: true, Readers: [arn(regions.there, "s"), arn(regions.elsewhere, "h")] },
      { DBClusterArn: arn(regions.there, "s"), IsWriter: false, GlobalWriteForwardingStatus: "disabled" },
      { DBClusterArn: arn(regions.elsewhere, "h"), IsWriter: false },
    ],
  });
  await reportLags(it.cloud);
  const { Metrics: metrics } = await there.call("cloudwatch", "ListMetrics", { MetricName: "AuroraGlobalDBReplicationLag" });
  expect(metrics).toMatchObject([{ Namespace: "AWS/RDS", Dimensions: [{ Name: "DBClusterIdentifier", Value: "s" }] }]);
});

test("what would harm the whole is refused in AWS's words", async () => {
  const refusals: [Promise<unknown>, string, RegExp][] = [
    [
      it.call("rds", "DeleteDBCluster", { DBClusterIdentifier: "p", SkipFinalSnapshot: true }),
      "InvalidDBClusterStateFault",
      /part of a global cluster, please remove it/,
    ],
    [it.call("rds", "StopDBCluster", { DBClusterIdentifier: "p" }), "InvalidDBClusterStateFault", /cannot be stopped/],
    [
      it.call("rds", "DeleteGlobalCluster", { GlobalClusterIdentifier: "g" }),
      "InvalidGlobalClusterStateFault",
      /:global-cluster:g is not empty/,
    ],
    [
      it.call("rds", "RemoveFromGlobalCluster", { GlobalClusterIdentifier: "g", DbClusterIdentifier: arn(regions.here, "p") }),
      "InvalidGlobalClusterStateFault",
      /remove its secondary/,
    ],
    [there.call("rds", "FailoverDBCluster", { DBClusterIdentifier: "s" }), "InvalidDBClusterStateFault", /has no writer/],
    [
      it.call("rds", "SwitchoverGlobalCluster", { GlobalClusterIdentifier: "g", TargetDbClusterIdentifier: arn(regions.elsewhere, "h") }),
      "InvalidDBClusterStateFault",
      /no DB instance/,
    ],
    [
      it.call("rds", "SwitchoverGlobalCluster", { GlobalClusterIdentifier: "g", TargetDbClusterIdentifier: arn(regions.here, "p") }),
      "InvalidGlobalClusterStateFault",
      /isn't a secondary/,
    ],
    [
      it.call("rds", "FailoverGlobalCluster", {
        GlobalClusterIdentifier: "g",
        TargetDbClusterIdentifier: arn(regions.there, "s"),
        AllowDataLoss: true,
        Switchover: true,
      }),
      "InvalidParameterCombination",
      /both/,
    ],
    [
      there.call("rds", "CreateDBCluster", { GlobalClusterIdentifier: "g", DBClusterIdentifier: "s2", Engine: "aurora-postgresql" }),
      "InvalidGlobalClusterStateFault",
      /in us-east-1 already/,
    ],
    [it.call("rds", "DescribeGlobalClusters", { GlobalClusterIdentifier: "none" }), "GlobalClusterNotFoundFault", /none not found/],
    [
      it.call("rds", "CreateGlobalCluster", { GlobalClusterIdentifier: "g", Engine: "aurora-postgresql" }),
      "GlobalClusterAlreadyExistsFault",
      /already exists/,
    ],
    [
      there.call("rds", "ModifyDBCluster", { DBClusterIdentifier: "s", MasterUserPassword: "another-password" }),
      "InvalidDBClusterStateFault",
      /primary/,
    ],
  ];
  for (const [refusal, code, words] of refusals) {
    await expect(refusal).rejects.toMatchObject({ code, message: expect.stringMatching(words) });
  }
});

test("a switchover hands the writes to the other region and loses none", long, async () => {
  const app = writing(100);
  await expect.poll(() => app.acknowledged.length, soon).toBeGreaterThan(5);
  const { GlobalCluster: changing } = await it.call("rds", "SwitchoverGlobalCluster", {
    GlobalClusterIdentifier: "g",
    TargetDbClusterIdentifier: arn(regions.there, "s"),
  });
  expect(changing!.FailoverState).toMatchObject({ Status: "pending", ToDbClusterArn: arn(regions.there, "s"), IsDataLossAllowed: false });
  await whenSettled();
  const before = app.acknowledged.length;
  await expect.poll(() => app.acknowledged.length, soon).toBeGreaterThan(before + 5);
  const acknowledged = await app.end();
  expect(await writerArn()).toBe(arn(regions.there, "s"));
  await whenIn(it, "p-1", "available");
  const reader = await connectTo(it, (await describe(it, "p")).ReaderEndpoint!);
  await expect.poll(() => rowsOf(reader), soon).toEqual(expect.arrayContaining(acknowledged));
  await expect(reader.query("insert into t values (3)")).rejects.toThrow("read-only transaction");
  await reader.end();
  const events = await eventsOf(there, "s", "db-cluster");
  expect(events.filter((message) => message?.includes("lobal") || message?.includes("primary"))).toEqual([
    "Global switchover to DB cluster s in Region us-east-1 started.",
    "Old primary DB cluster p in Region eu-central-1 successfully shut down.",
    "New primary DB cluster s in Region us-east-1 was successfully promoted.",
    "Global switchover to DB cluster s in Region us-east-1 finished.",
  ]);
});

test("when the region's server is gone, the other one takes over and the writes go on", long, async () => {
  const app = writing(10_000);
  await expect.poll(() => app.acknowledged.length, soon).toBeGreaterThan(5);
  const { DBClusterMembers: members = [] } = await describe(there, "s");
  for (const { DBInstanceIdentifier } of members) {
    const { DBInstances: [instance] = [] } = await there.call("rds", "DescribeDBInstances", { DBInstanceIdentifier });
    const data = join(it.folder, "rds", regions.there, instance!.DbiResourceId!.toLowerCase(), "data");
    process.kill(Number(readFileSync(join(data, "postmaster.pid"), "utf8").split("\n")[0]), "SIGKILL");
  }
  await it.call("rds", "FailoverGlobalCluster", {
    GlobalClusterIdentifier: "g",
    TargetDbClusterIdentifier: arn(regions.here, "p"),
    AllowDataLoss: true,
  });
  await whenSettled();
  expect(await writerArn()).toBe(arn(regions.here, "p"));
  const before = app.acknowledged.length;
  await expect.poll(() => app.acknowledged.length, soon).toBeGreaterThan(before + 5);
  const late = (await app.end()).slice(before + 2);
  const writer = await connectTo(it, (await describe(it, "p")).Endpoint!);
  expect(await rowsOf(writer)).toEqual(expect.arrayContaining(late));
  await writer.end();
  await whenIn(there, "s-1", "available");
  const reader = await connectTo(it, (await describe(there, "s")).ReaderEndpoint!);
  await expect.poll(() => rowsOf(reader), soon).toEqual(expect.arrayContaining(late));
  await reader.end();
  // What the former primary had, and the new one may not have, is kept.
  const { DBClusterSnapshots: snapshots = [] } = await there.call("rds", "DescribeDBClusterSnapshots", { DBClusterIdentifier: "s" });
  expect(snapshots.map(({ DBClusterSnapshotIdentifier: name }) => name)).toContainEqual(
    expect.stringMatching(/^rds:unplanned-global-failover-s-\d{8}-\d{6}$/),
  );
});

test("a cluster that is taken out goes on by itself; then all of it can be deleted", long, async () => {
  await elsewhere.call("rds", "RemoveFromGlobalCluster", {
    GlobalClusterIdentifier: "g",
    DbClusterIdentifier: arn(regions.elsewhere, "h"),
  });
  await whenClusterIn(elsewhere, "h", "available");
  await createMember(elsewhere, "h", "h-1");
  const alone = await connectTo(it, (await describe(elsewhere, "h")).Endpoint!);
  expect(await rowsOf(alone)).toEqual(expect.arrayContaining([1, 2]));
  await alone.query("insert into t values (77777)");
  await alone.end();

  await there.call("rds", "RemoveFromGlobalCluster", { GlobalClusterIdentifier: "g", DbClusterIdentifier: arn(regions.there, "s") });
  await whenClusterIn(there, "s", "available");
  const taken = await connectTo(it, (await describe(there, "s")).Endpoint!);
  await taken.query("insert into t values (88888)");
  await taken.end();
  await it.call("rds", "RemoveFromGlobalCluster", { GlobalClusterIdentifier: "g", DbClusterIdentifier: arn(regions.here, "p") });
  await it.call("rds", "ModifyGlobalCluster", { GlobalClusterIdentifier: "g", NewGlobalClusterIdentifier: "g2", DeletionProtection: true });
  await expect(it.call("rds", "DeleteGlobalCluster", { GlobalClusterIdentifier: "g2" })).rejects.toThrow(/protect/);
  await it.call("rds", "ModifyGlobalCluster", { GlobalClusterIdentifier: "g2", DeletionProtection: false });
  await it.call("rds", "DeleteGlobalCluster", { GlobalClusterIdentifier: "g2" });
  expect((await it.call("rds", "DescribeGlobalClusters", {})).GlobalClusters).toEqual([]);
});
