/** Readers follow the writer, and one of them takes its place: when asked, when its process ends, and when it is deleted. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Client } from "pg";
import { startTestCloud, type TestCloud } from "../../cloud.ts";
import { connectTo, createCluster, createMember, describe, eventsOf, whenClusterIn } from "./clusters.ts";
import { whenIn } from "./instances.ts";

let it: TestCloud;
beforeAll(async () => {
  it = await startTestCloud();
});
afterAll(() => it[Symbol.asyncDispose]());

const soon = { timeout: 60_000 };
/** Five servers are started, and copies of data made, on a machine that may do other things too. */
const long = { timeout: 600_000 };

async function writerOf(cluster: string): Promise<string | undefined> {
  const { DBClusterMembers: members = [] } = await describe(it, cluster);
  return members.find(({ IsClusterWriter }) => IsClusterWriter)?.DBInstanceIdentifier;
}

/** Ends the instance's server as a crash does: it gets no word. */
async function crash(identifier: string): Promise<void> {
  const { DBInstances: [instance] = [] } = await it.call("rds", "DescribeDBInstances", { DBInstanceIdentifier: identifier });
  const data = join(it.folder, "rds", "eu-central-1", instance!.DbiResourceId!.toLowerCase(), "data");
  process.kill(Number(readFileSync(join(data, "postmaster.pid"), "utf8").split("\n")[0]), "SIGKILL");
}

/** Which server answers: each has a process and an address of its own. */
async function serverOf(client: Client): Promise<string> {
  const { rows } = await client.query("select host(inet_server_addr()) as address");
  return (rows as { address: string }[])[0]!.address;
}

/** Writes rows one after the other through the endpoint until it has lost its connection and written ten more; those that were acknowledged. */
async function write(address: string, from: number, begun: () => void): Promise<number[]> {
  const acknowledged: number[] = [];
  let client: Client | undefined;
  let left = Infinity;
  for (let row = from; left > 0; row++) {
    try {
      client ??= await connectTo(it, address);
      await client.query("insert into t values ($1)", [row]);
      acknowledged.push(row);
      if (acknowledged.length === 5) begun();
      left--;
    } catch {
      client = undefined;
      left = 10;
    }
    // One upon the other would take the processor time that the failover wants.
    await new Promise((done) => setTimeout(done, 5));
  }
  await client?.end();
  return acknowledged;
}

test("readers answer reads in turn, and become the writer with everything that was acknowledged", long, async () => {
  await createCluster(it, "a", { EngineVersion: "15" });
  await createMember(it, "a", "a-1", { PromotionTier: 0 });
  await createMember(it, "a", "a-2", { PromotionTier: 2 });
  const third = await createMember(it, "a", "a-3", { PromotionTier: 1, DBInstanceClass: "db.r6g.large" });
  const { Endpoint, ReaderEndpoint, MultiAZ } = await describe(it, "a");
  expect(MultiAZ).toBe(true);
  const writer = await connectTo(it, Endpoint!);
  await writer.query("create table t (v int)");
  const readers = [await connectTo(it, ReaderEndpoint!), await connectTo(it, ReaderEndpoint!), await connectTo(it, ReaderEndpoint!)];
  const servers = await Promise.all(readers.map(serverOf));
  expect(new Set(servers).size).toBe(2);
  expect(servers).not.toContain(await serverOf(writer));
  await expect(readers[0]!.query("create table u (v int)")).rejects.toThrow("read-only transaction");
  await writer.query("insert into t values (1)");
  for (const reader of readers) {
    await expect.poll(async () => (await reader.query("select v from t")).rows, soon).toEqual([{ v: 1 }]);
    await reader.end();
  }
  await writer.end();

  const begun = Promise.withResolvers<void>();
  const writing = write(Endpoint!, 2, begun.resolve);
  await begun.promise;
  const failing = await it.call("rds", "FailoverDBCluster", { DBClusterIdentifier: "a" });
  expect(failing.DBCluster).toMatchObject({ Status: "failing-over" });
  const acknowledged = await writing;
  // The lowest tier goes first.
  expect(await writerOf("a")).toBe("a-3");
  const after = await connectTo(it, Endpoint!);
  const { rows } = await after.query("select array_agg(v order by v) as written from t where v > 1");
  expect((rows as { written: number[] }[])[0]!.written).toEqual(expect.arrayContaining(acknowledged));
  // Its own endpoint has stayed, and the others follow it now.
  const direct = await connectTo(it, third.Endpoint!.Address!);
  expect(await serverOf(direct)).toBe(await serverOf(after));
  await direct.end();
  await whenIn(it, "a-1", "available");
  for (const name of ["a-1", "a-2"]) {
    const { Endpoint: own } = await whenIn(it, name, "available");
    const reader = await connectTo(it, own!.Address!);
    await after.query("insert into t values (-1)");
    await expect.poll(async () => (await reader.query("select count(*)::int as n from t where v = -1")).rows, soon).not.toEqual([{ n: 0 }]);
    expect((await reader.query("select pg_is_in_recovery() as reads")).rows).toEqual([{ reads: true }]);
    await reader.end();
  }
  await after.end();
  expect((await eventsOf(it, "a", "db-cluster")).filter((message) => message!.includes("failover"))).toEqual([
    expect.stringMatching(/^Started (same|cross) AZ failover to DB instance: a-3$/),
    "Completed failover to DB instance: a-3",
  ]);
  await it.call("rds", "FailoverDBCluster", { DBClusterIdentifier: "a", TargetDBInstanceIdentifier: "a-2" });
  await expect.poll(() => writerOf("a"), soon).toBe("a-2");
  await whenClusterIn(it, "a", "available");
});

test("when the writer's process ends, a reader takes over, and what was acknowledged is there", long, async () => {
  await createCluster(it, "b");
  await createMember(it, "b", "b-1");
  await createMember(it, "b", "b-2");
  const { Endpoint } = await describe(it, "b");
  const client = await connectTo(it, Endpoint!);
  await client.query("create table t (v int)");
  await client.end();
  const begun = Promise.withResolvers<void>();
  const writing = write(Endpoint!, 1, begun.resolve);
  await begun.promise;
  await crash("b-1");
  const acknowledged = await writing;
  expect(await writerOf("b")).toBe("b-2");
  const after = await connectTo(it, Endpoint!);
  const { rows } = await after.query("select array_agg(v order by v) as written from t");
  expect((rows as { written: number[] }[])[0]!.written).toEqual(expect.arrayContaining(acknowledged));
  await after.end();
  await whenIn(it, "b-1", "available");
  expect((await eventsOf(it, "b-1")).filter((message) => message!.startsWith("Recovery"))).toHaveLength(2);

  // A writer that is deleted hands over; the last instance's end is nobody's loss.
  await it.call("rds", "DeleteDBInstance", { DBInstanceIdentifier: "b-2" });
  await expect(whenIn(it, "b-2", "gone")).rejects.toThrow("not found");
  expect(await writerOf("b")).toBe("b-1");
  const last = await connectTo(it, Endpoint!);
  expect((await last.query("select max(v) as v from t")).rows).toEqual([{ v: Math.max(...acknowledged) }]);
  await last.end();
  // Alone it is started again where it was; a connection that came in the moment of its end is lost with it.
  await crash("b-1");
  const again = await connectTo(it, Endpoint!).catch(() => connectTo(it, Endpoint!));
  expect((await again.query("select max(v) as v from t")).rows).toEqual([{ v: Math.max(...acknowledged) }]);
  await again.end();
  expect(await writerOf("b")).toBe("b-1");
});
