/** An instance served by PGlite: what differs from a native server, and what must not. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, afterAll, expect, test } from "vitest";
import { hasSystemVector } from "../../../src/runtime/postgres/installation.ts";
import { instanceFolder } from "../../../src/services/rds/instance.ts";
import { startTestCloud, type TestCloud } from "../../cloud.ts";
import { connect, createInstance, whenIn } from "./instances.ts";

const native = hasSystemVector(17);
let it: TestCloud;

beforeAll(async () => {
  if (native) return;
  it = await startTestCloud();
  await createInstance(it, "vectors", { DBName: "shop", EngineVersion: "17", Tags: [{ Key: "plinth:extensions", Value: "vector" }] });
  await whenIn(it, "vectors", "available");
});
afterAll(async () => it?.[Symbol.asyncDispose]());

const pglite = test.skipIf(native); // with the system's pgvector the native server serves instead

pglite("an instance that asks for vector, where there is no pgvector, is served by PGlite and says so", async () => {
  const instance = await whenIn(it, "vectors", "available");
  expect(instance.EngineVersion).toBe("17.10");
  expect(instance.TagList).toContainEqual({
    Key: "plinth:served-by",
    Value: expect.stringMatching(/^pglite 0\.5\.14 \(PostgreSQL 18\.\d+\)$/),
  });
  const client = await connect(it, "vectors");
  await client.query("create extension vector");
  await client.query("create table items (id int primary key, at vector(2))");
  await client.query("insert into items values (1, $1), (2, $2)", ["[0,0]", "[3,4]"]);
  const { rows } = await client.query("select id, at <-> '[0,0]' as distance from items order by at <-> '[3,3]' limit 1");
  expect(rows).toEqual([{ id: 2, distance: 5 }]);
  await client.end();
  await expect(connect(it, "vectors", { password: "wrong-password" })).rejects.toThrow('password authentication failed for user "owner"');
  await expect(connect(it, "vectors", { ssl: false })).rejects.toThrow("no encryption");
});

pglite("its data began as a copy of what the clouds of this user share, in which nothing of this one is", async () => {
  const { DbiResourceId } = await whenIn(it, "vectors", "available");
  const control = (data: string) => readFileSync(join(data, "global", "pg_control")).readBigUInt64LE(0); // the system identifier
  const shared = join(it.cloud.world.disk.sharedCache()!, "postgres", "pglite-0.5.14");
  const own = join(instanceFolder(it.cloud, "eu-central-1", DbiResourceId!), "data");
  expect(control(own)).toBe(control(shared));
  expect(readFileSync(join(shared, "global", "1260"), "latin1")).not.toContain("SCRAM-SHA-256$"); // pg_authid
});

pglite("connections keep their own settings, prepared statements and transactions", async () => {
  const [a, b] = [await connect(it, "vectors"), await connect(it, "vectors")];
  await a.query("create schema if not exists mine");
  await a.query("set search_path = mine, public");
  expect((await b.query("show search_path")).rows).toEqual([{ search_path: '"$user", public' }]);
  expect((await a.query("show search_path")).rows).toEqual([{ search_path: "mine, public" }]);
  await a.query({ name: "same", text: "select 1 as v" });
  expect((await b.query({ name: "same", text: "select 2 as v" })).rows).toEqual([{ v: 2 }]);
  expect((await a.query({ name: "same", text: "select 1 as v" })).rows).toEqual([{ v: 1 }]);

  await a.query("create table counts (v int)");
  await a.query("begin");
  await a.query("insert into counts values (1)");
  let seen = false;
  const waiting = b.query("select count(*)::int as n from mine.counts").then(({ rows }) => {
    seen = true;
    return rows;
  });
  await a.query("insert into counts values (2)");
  expect(seen).toBe(false);
  await a.query("commit");
  expect(await waiting).toEqual([{ n: 2 }]);
  await expect(a.query("select 1/0")).rejects.toThrow("division by zero");
  await a.query("drop table counts");
  await a.end();
  await b.end();
});

pglite("a connection that is lost in the middle of a transaction undoes it and lets the others go on", async () => {
  const [a, b] = [await connect(it, "vectors"), await connect(it, "vectors")];
  await b.query("create table left_behind (v int)");
  await a.query("begin");
  await a.query("insert into left_behind values (1)");
  const waiting = b.query("select count(*)::int as n from left_behind");
  (a as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
  expect((await waiting).rows).toEqual([{ n: 0 }]);
  await b.end();
});

pglite("roles with SCRAM verifiers log in, and their default role is theirs", async () => {
  const owner = await connect(it, "vectors");
  await owner.query("create role app nologin");
  await owner.query("create role app_a login password 'app-password-1' in role app");
  await owner.query("alter role app_a set role = app");
  await owner.query("grant create on schema public to app");
  const app = await connect(it, "vectors", { user: "app_a", password: "app-password-1" });
  expect((await app.query("select current_user as a, session_user as b")).rows).toEqual([{ a: "app", b: "app_a" }]);
  await expect(app.query("set session authorization postgres")).rejects.toThrow("permission denied to set session authorization");
  expect((await owner.query("select current_user as a")).rows).toEqual([{ a: "owner" }]);
  await app.end();
  await owner.end();
});

pglite("what one connection notifies reaches those that listen", async () => {
  const [a, b] = [await connect(it, "vectors"), await connect(it, "vectors")];
  await a.query("listen news");
  const heard = new Promise((done) => a.once("notification", ({ channel, payload }) => done([channel, payload])));
  await b.query("notify news, 'hello'");
  expect(await heard).toEqual(["news", "hello"]);
  await a.end();
  await b.end();
});

pglite("a stop and a start keep the data, and a snapshot holds it", async () => {
  const client = await connect(it, "vectors");
  await client.query("create table kept as select 42 as v");
  await client.end();
  await it.call("rds", "CreateDBSnapshot", { DBInstanceIdentifier: "vectors", DBSnapshotIdentifier: "s" });
  await it.call("rds", "StopDBInstance", { DBInstanceIdentifier: "vectors" });
  await whenIn(it, "vectors", "stopped");
  await it.call("rds", "StartDBInstance", { DBInstanceIdentifier: "vectors" });
  await whenIn(it, "vectors", "available");
  const again = await connect(it, "vectors");
  expect((await again.query("select v from kept")).rows).toEqual([{ v: 42 }]);
  await again.end();
  const { DBSnapshots: [snapshot] = [] } = await it.call("rds", "DescribeDBSnapshots", { DBSnapshotIdentifier: "s" });
  expect(snapshot!.Status).toBe("available");
  expect((await whenIn(it, "vectors", "available")).LatestRestorableTime).toBeUndefined();
  await expect(
    it.call("rds", "RestoreDBInstanceToPointInTime", {
      SourceDBInstanceIdentifier: "vectors",
      TargetDBInstanceIdentifier: "earlier",
      UseLatestRestorableTime: true,
    }),
  ).rejects.toMatchObject({ code: "NotImplemented", message: expect.stringContaining("restore one of its snapshots") });
});
