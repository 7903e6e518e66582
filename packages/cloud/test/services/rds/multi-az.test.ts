/** A Multi-AZ instance: its standby takes over when asked and when the first server ends, at the same endpoint. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runningServer } from "../../../src/services/rds/servers.ts";
import { standbyOf } from "../../../src/services/rds/standby.ts";
import { startTestCloud, type TestCloud } from "../../cloud.ts";
import { eventsOf } from "./clusters.ts";
import { connect, createInstance, whenIn } from "./instances.ts";

const soon = { timeout: 60_000 };
const long = { timeout: 600_000 };

const folderOf = (it: TestCloud, resourceId: string) => join(it.folder, "rds", "eu-central-1", resourceId.toLowerCase());

const killServer = (it: TestCloud, resourceId: string) =>
  process.kill(Number(readFileSync(join(folderOf(it, resourceId), "data", "postmaster.pid"), "utf8").split("\n")[0]), "SIGKILL");

test("the standby takes over at a forced failover and at a crash, with everything that was acknowledged", long, async () => {
  await using it = await startTestCloud();
  await createInstance(it, "m", { MultiAZ: true });
  const made = await whenIn(it, "m", "available");
  expect(made).toMatchObject({ MultiAZ: true, AvailabilityZone: "eu-central-1a", SecondaryAvailabilityZone: "eu-central-1b" });
  expect(standbyOf(it.cloud, { resourceId: made.DbiResourceId! })).toBeDefined();
  const client = await connect(it, "m");
  await client.query("create table t (v int); insert into t values (1)");
  await it.call("rds", "RebootDBInstance", { DBInstanceIdentifier: "m", ForceFailover: true });
  await expect.poll(() => eventsOf(it, "m"), soon).toContain("DB instance restarted");
  const after = await whenIn(it, "m", "available");
  expect(after).toMatchObject({ AvailabilityZone: "eu-central-1b", SecondaryAvailabilityZone: "eu-central-1a", Endpoint: made.Endpoint });
  const second = await connect(it, "m");
  expect((await second.query("select v from t")).rows).toEqual([{ v: 1 }]);
  await expect.poll(() => standbyOf(it.cloud, { resourceId: made.DbiResourceId! }), soon).toBeDefined();

  // A crash: what was acknowledged a moment ago is there.
  await second.query("insert into t values (2)");
  killServer(it, made.DbiResourceId!);
  await expect.poll(() => eventsOf(it, "m"), soon).toContain("Recovery of the DB instance is complete.");
  const third = await connect(it, "m");
  expect((await third.query("select v from t order by v")).rows).toEqual([{ v: 1 }, { v: 2 }]);
  expect((await whenIn(it, "m", "available")).AvailabilityZone).toBe("eu-central-1a");
  await third.end();
  const failovers = (await eventsOf(it, "m")).filter((message) => message!.includes("failover"));
  expect(failovers).toEqual([
    "Multi-AZ instance failover started.",
    "Multi-AZ instance failover completed",
    "Multi-AZ instance failover started.",
    "Multi-AZ instance failover completed",
  ]);
});

test("an instance becomes Multi-AZ while it serves, and gives its standby up again", long, async () => {
  await using it = await startTestCloud();
  await createInstance(it, "s");
  const { DbiResourceId: resourceId } = await whenIn(it, "s", "available");
  await expect(it.call("rds", "RebootDBInstance", { DBInstanceIdentifier: "s", ForceFailover: true })).rejects.toMatchObject({
    code: "InvalidParameterCombination",
  });
  const client = await connect(it, "s");
  await client.query("create table t (v int)");
  await it.call("rds", "ModifyDBInstance", { DBInstanceIdentifier: "s", MultiAZ: true, ApplyImmediately: true });
  await expect.poll(() => eventsOf(it, "s"), soon).toContain("Finished applying modification to convert to a Multi-AZ DB instance");
  expect((await whenIn(it, "s", "available")).MultiAZ).toBe(true);
  // The connection has stayed, and the standby hears of what it writes.
  await client.query("insert into t values (1)");
  const standby = standbyOf(it.cloud, { resourceId: resourceId! })!;
  await expect.poll(() => standby.query("select v from t"), soon).toEqual([{ v: 1 }]);
  await client.end();
  await it.call("rds", "ModifyDBInstance", { DBInstanceIdentifier: "s", MultiAZ: false, ApplyImmediately: true });
  await expect
    .poll(() => eventsOf(it, "s"), soon)
    .toContain("Finished applying modification to convert to a standard (Single-AZ) DB instance");
  expect(standbyOf(it.cloud, { resourceId: resourceId! })).toBeUndefined();
  expect(existsSync(join(folderOf(it, resourceId!), "standby"))).toBe(false);

  // Its server ends while it is copied: the recovery of the one makes the other.
  const server = runningServer(it.cloud, { resourceId: resourceId! })!;
  const { backup } = server;
  server.backup = async (target) => {
    killServer(it, resourceId!);
    await server.exited;
    await backup(target);
  };
  await it.call("rds", "ModifyDBInstance", { DBInstanceIdentifier: "s", MultiAZ: true, ApplyImmediately: true });
  await expect.poll(() => standbyOf(it.cloud, { resourceId: resourceId! }), soon).toBeDefined();
  expect(await eventsOf(it, "s")).toContain("Recovery of the DB instance is complete.");
  expect((await whenIn(it, "s", "available")).MultiAZ).toBe(true);
  const after = await connect(it, "s");
  expect((await after.query("select v from t")).rows).toEqual([{ v: 1 }]);
  await after.end();
});
