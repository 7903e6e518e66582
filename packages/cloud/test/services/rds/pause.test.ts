/** Serverless instances that nobody uses stop, and wake when somebody connects. */
import { connect as connectSocket } from "node:net";
import { expect, test } from "vitest";
import { startSimulatedCloud, type TestCloud } from "../../cloud.ts";
import { nextCapacity } from "../../../src/services/rds/aurora/load.ts";
import { runningServers } from "../../../src/services/rds/servers.ts";
import { connectTo, createCluster, createMember, describe, eventsOf } from "./clusters.ts";

const minuteMs = 60_000;
/** Servers start and stop in real time, on machines that do other things too. */
const soon = { timeout: 60_000 };

/** Identifiers of the instances whose server runs. */
async function running({ cloud, call }: Pick<TestCloud, "cloud" | "call">): Promise<string[]> {
  const { DBInstances: instances = [] } = await call("rds", "DescribeDBInstances", {});
  return instances
    .filter(({ DbiResourceId }) => runningServers(cloud).has(DbiResourceId!))
    .map(({ DBInstanceIdentifier }) => DBInstanceIdentifier!);
}

test("after its idle time the server stops while the port stays open; the next connection starts it and waits", async () => {
  await using it = await startSimulatedCloud();
  await createCluster(it, "c", { ServerlessV2ScalingConfiguration: { MinCapacity: 0, MaxCapacity: 2, SecondsUntilAutoPause: 600 } });
  await createMember(it, "c", "w");
  const { Endpoint } = await describe(it, "c");
  const client = await connectTo(it, Endpoint!);
  await client.query("create table kept (v int); insert into kept values (1)");
  // A connection keeps it awake however long it is silent.
  await it.world.clock.advance(60 * minuteMs);
  expect(await running(it)).toEqual(["w"]);
  await client.end();
  await it.world.clock.advance(9 * minuteMs);
  expect(await running(it)).toEqual(["w"]);
  await it.world.clock.advance(2 * minuteMs);
  await expect.poll(() => running(it), soon).toEqual([]);
  await expect.poll(() => eventsOf(it, "w"), soon).toContain("Successfully paused the DB instance.");
  // It is still described as available, as on RDS.
  expect((await it.call("rds", "DescribeDBInstances", {})).DBInstances).toMatchObject([{ DBInstanceStatus: "available" }]);
  expect(await describe(it, "c")).toMatchObject({ Status: "available" });

  const again = await connectTo(it, Endpoint!);
  expect((await again.query("select v from kept")).rows).toEqual([{ v: 1 }]);
  expect(await running(it)).toEqual(["w"]);
  await again.end();
  expect(await eventsOf(it, "w")).toEqual([
    "DB instance created",
    "Initiated pause for the DB instance.",
    "Successfully paused the DB instance.",
    "Initiated resume for the DB instance.",
    "Successfully resumed the DB instance.",
  ]);
  // Who does not get in wakes it too.
  await it.world.clock.advance(11 * minuteMs);
  await expect.poll(() => running(it), soon).toEqual([]);
  const { Port } = await describe(it, "c");
  const socket = connectSocket({ host: Endpoint!, port: Port! });
  await expect.poll(() => running(it), soon).toEqual(["w"]);
  socket.destroy();
});

test("a change of the cluster wakes it, and then it stays awake for twenty minutes", async () => {
  await using it = await startSimulatedCloud();
  await createCluster(it, "c");
  await createMember(it, "c", "w");
  await it.world.clock.advance(25 * minuteMs);
  await expect.poll(() => running(it), soon).toEqual([]);
  await it.call("rds", "ModifyDBCluster", { DBClusterIdentifier: "c", MasterUserPassword: "another-pass-9" });
  await expect.poll(() => running(it), soon).toEqual(["w"]);
  await expect.poll(async () => (await describe(it, "c")).Status, soon).toBe("available");
  await it.world.clock.advance(19 * minuteMs);
  expect(await running(it)).toEqual(["w"]);
  await it.world.clock.advance(2 * minuteMs);
  await expect.poll(() => running(it), soon).toEqual([]);
  const client = await connectTo(it, (await describe(it, "c")).Endpoint!, { password: "another-pass-9" });
  await client.end();
  // Without a least capacity of 0 it never pauses.
  await it.call("rds", "ModifyDBCluster", { DBClusterIdentifier: "c", ServerlessV2ScalingConfiguration: { MinCapacity: 0.5 } });
  await expect.poll(async () => (await describe(it, "c")).Status, soon).toBe("available");
  expect((await describe(it, "c")).ServerlessV2ScalingConfiguration).toEqual({ MinCapacity: 0.5, MaxCapacity: 4 });
  await it.world.clock.advance(24 * 60 * minuteMs);
  expect(await running(it)).toEqual(["w"]);
});

test("the metrics tell its capacity: the least that a running instance has, and none while it pauses", async () => {
  await using it = await startSimulatedCloud();
  await createCluster(it, "c");
  await createMember(it, "c", "w");
  const startMs = it.world.clock.nowMs();
  await it.world.clock.advance(2 * minuteMs);
  const last = async (MetricName: string, Dimensions: { Name: string; Value: string }[]) => {
    const { Datapoints: points = [] } = await it.call("cloudwatch", "GetMetricStatistics", {
      Namespace: "AWS/RDS",
      MetricName,
      Dimensions,
      StartTime: new Date(startMs),
      EndTime: new Date(it.world.clock.nowMs() + minuteMs),
      Period: 60,
      Statistics: ["Average"],
    });
    return points.toSorted((a, b) => Number(a.Timestamp) - Number(b.Timestamp)).at(-1)?.Average;
  };
  const instance = [{ Name: "DBInstanceIdentifier", Value: "w" }];
  const cluster = [{ Name: "DBClusterIdentifier", Value: "c" }];
  await expect.poll(() => last("ServerlessDatabaseCapacity", instance), soon).toBe(0.5);
  expect(await last("ACUUtilization", cluster)).toBe(12.5);
  await it.world.clock.advance(25 * minuteMs);
  await expect.poll(() => running(it), soon).toEqual([]);
  const writer = [...cluster, { Name: "Role", Value: "WRITER" }];
  const afterAMinute = async () => {
    await it.world.clock.advance(minuteMs);
    return last("ServerlessDatabaseCapacity", writer);
  };
  await expect.poll(afterAMinute, soon).toBe(0);
  expect(await last("ACUUtilization", cluster)).toBe(0);
  expect(await last("CPUUtilization", instance)).toBe(0);
});

test.each([
  // used, before, after: at once up, slowly down, within the bounds
  [0, 0, 0.5],
  [1, 0.5, 1.5],
  [3.9, 0.5, 4],
  [100, 0.5, 4],
  [0, 4, 2],
  [0, 0.5, 0.5],
])("of %d ACUs in use after a capacity of %d there are %d", (used, before, after) => {
  expect(nextCapacity({ min: 0, max: 4 }, used, before)).toBe(after);
});

test("logical replication keeps the writer awake", async () => {
  await using it = await startSimulatedCloud();
  await it.call("rds", "CreateDBClusterParameterGroup", {
    DBClusterParameterGroupName: "decoding",
    DBParameterGroupFamily: "aurora-postgresql17",
    Description: "d",
  });
  await it.call("rds", "ModifyDBClusterParameterGroup", {
    DBClusterParameterGroupName: "decoding",
    Parameters: [{ ParameterName: "rds.logical_replication", ParameterValue: "1", ApplyMethod: "pending-reboot" }],
  });
  await createCluster(it, "c", { DBClusterParameterGroupName: "decoding" });
  await createMember(it, "c", "w");
  await it.world.clock.advance(60 * minuteMs);
  expect(await running(it)).toEqual(["w"]);
});

test("readers of tiers 2 to 15 pause by themselves, those of 0 and 1 with the writer; whoever wakes a reader wakes the writer", async () => {
  await using it = await startSimulatedCloud();
  await createCluster(it, "c");
  await createMember(it, "c", "w", { PromotionTier: 0 });
  await createMember(it, "c", "tied", { PromotionTier: 1 });
  const alone = await createMember(it, "c", "alone", { PromotionTier: 2 });
  const client = await connectTo(it, (await describe(it, "c")).Endpoint!);
  await it.world.clock.advance(25 * minuteMs);
  await expect.poll(() => running(it), soon).toEqual(["tied", "w"]);
  await client.end();
  await it.world.clock.advance(6 * minuteMs);
  await expect.poll(() => running(it), soon).toEqual([]);
  const reading = await connectTo(it, alone.Endpoint!.Address!);
  expect(await running(it)).toEqual(["alone", "tied", "w"]);
  await it.world.clock.advance(60 * minuteMs);
  expect(await running(it)).toEqual(["alone", "tied", "w"]);
  await reading.end();
});

test("beside a provisioned instance the writer does not pause", async () => {
  await using it = await startSimulatedCloud();
  await createCluster(it, "c");
  await createMember(it, "c", "w");
  await createMember(it, "c", "fixed", { DBInstanceClass: "db.r6g.large" });
  await it.world.clock.advance(60 * minuteMs);
  expect(await running(it)).toEqual(["fixed", "w"]);
});
