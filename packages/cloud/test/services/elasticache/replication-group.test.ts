/** Replication groups through AWS's client and through a Redis client. */
import { readFileSync } from "node:fs";
import { Redis } from "ioredis";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { authorityFile } from "../../../src/runtime/authority.ts";
import { realProcesses } from "../../../src/world/real-processes.ts";
import { startTestCloud, type TestCloud } from "../../cloud.ts";

const token = "a-token-of-enough-length";

async function available({ call }: TestCloud, id: string) {
  for (;;) {
    const { ReplicationGroups: [group] = [] } = await call("elasticache", "DescribeReplicationGroups", { ReplicationGroupId: id });
    if (group!.Status === "available") return group!;
    if (group!.Status === "create-failed") throw new Error("create-failed");
    await new Promise((done) => setTimeout(done, 20));
  }
}

async function connect(it: TestCloud, id: string, password: string): Promise<Redis> {
  const group = await available(it, id);
  const { Address: host, Port: port } = group.NodeGroups![0]!.PrimaryEndpoint!;
  const redis = new Redis({
    host: host!,
    port: port!,
    password,
    tls: { ca: readFileSync(await authorityFile(it.cloud)) },
    lazyConnect: true,
    retryStrategy: () => null,
  });
  redis.on("error", () => {});
  await redis.connect();
  return redis;
}

const create = ({ call }: TestCloud, id: string, more: Record<string, unknown> = {}) =>
  call("elasticache", "CreateReplicationGroup", {
    ReplicationGroupId: id,
    ReplicationGroupDescription: "a cache",
    CacheNodeType: "cache.t4g.micro",
    Engine: "valkey",
    EngineVersion: "8.0",
    TransitEncryptionEnabled: true,
    AuthToken: token,
    ...more,
  });

describe.each(["built-in", "real"])("served by the %s server", (kind) => {
  beforeEach(({ skip }) => {
    if (kind === "built-in") process.env.PLINTH_REDIS = "built-in";
    else if (!realProcesses({ path: () => "/tmp/plinth-probe" } as never).find("valkey-server", "redis-server"))
      skip("there is no valkey-server or redis-server on the PATH");
  });
  afterEach(() => {
    delete process.env.PLINTH_REDIS;
  });

  test("a group takes connections with TLS and its token; a rotation accepts both, a set only the new one", async () => {
    await using it = await startTestCloud();
    await create(it, "Cache");
    const group = await available(it, "cache");
    expect(group).toMatchObject({
      MemberClusters: ["cache-001"],
      AuthTokenEnabled: true,
      TransitEncryptionEnabled: true,
      TransitEncryptionMode: "required",
      Engine: "valkey",
      ClusterEnabled: false,
    });
    const redis = await connect(it, "cache", token);
    await redis.set("kept", "1");
    expect(await redis.get("kept")).toBe("1");
    await expect(connect(it, "cache", "not-the-right-token")).rejects.toThrow();
    await it.call("elasticache", "ModifyReplicationGroup", {
      ReplicationGroupId: "cache",
      AuthToken: "another-token-of-16",
      AuthTokenUpdateStrategy: "ROTATE",
      ApplyImmediately: true,
    });
    await available(it, "cache");
    for (const password of [token, "another-token-of-16"]) {
      const one = await connect(it, "cache", password);
      expect(await one.get("kept")).toBe("1");
      one.disconnect();
    }
    await it.call("elasticache", "ModifyReplicationGroup", {
      ReplicationGroupId: "cache",
      AuthToken: "another-token-of-16",
      AuthTokenUpdateStrategy: "SET",
      ApplyImmediately: true,
    });
    await available(it, "cache");
    await expect(connect(it, "cache", token)).rejects.toThrow();
    redis.disconnect();
    await it.call("elasticache", "DeleteReplicationGroup", { ReplicationGroupId: "cache" });
    await expect(available(it, "cache").then(() => available(it, "cache"))).rejects.toMatchObject({
      code: "ReplicationGroupNotFoundFault",
    });
  });

  test("publish reaches subscribers on other connections, and a stop and a start keep the data", async () => {
    await using it = await startTestCloud();
    await create(it, "live");
    const [a, b] = [await connect(it, "live", token), await connect(it, "live", token)];
    await a.subscribe("news");
    const heard = new Promise((done) => a.once("message", (...message) => done(message)));
    await b.publish("news", "hello");
    expect(await heard).toEqual(["news", "hello"]);
    await b.zadd("board", 2, "two", 1, "one");
    await b.xadd("log", "*", "k", "v");
    a.disconnect();
    b.disconnect();
    await it.cloud.stop();
    await it.cloud.start();
    const again = await connect(it, "live", token);
    expect(await again.zrange("board", 0, -1)).toEqual(["one", "two"]);
    expect(await again.xlen("log")).toBe(1);
    again.disconnect();
  });
});

test("a snapshot keeps the data: another group begins with it, and a parameter group's change reaches a cache that runs", async () => {
  process.env.PLINTH_REDIS = "built-in";
  try {
    await using it = await startTestCloud();
    await it.call("elasticache", "CreateCacheParameterGroup", {
      CacheParameterGroupName: "own",
      CacheParameterGroupFamily: "valkey8",
      Description: "events",
    });
    await create(it, "first", { CacheParameterGroupName: "own" });
    const first = await connect(it, "first", token);
    await first.set("kept", "1");
    await first.zadd("board", 2, "two");

    const heard = await connect(it, "first", token);
    await heard.subscribe("__keyevent@0__:set");
    const event = new Promise((done) => heard.once("message", (...message) => done(message)));
    await it.call("elasticache", "ModifyCacheParameterGroup", {
      CacheParameterGroupName: "own",
      ParameterNameValues: [{ ParameterName: "notify-keyspace-events", ParameterValue: "E$" }],
    });
    await expect.poll(() => first.config("GET", "notify-keyspace-events").then((all) => (all as string[])[1])).toBe("E$");
    await first.set("told", "1");
    expect(await event).toEqual(["__keyevent@0__:set", "told"]);
    heard.disconnect();

    const { Snapshot: made } = await it.call("elasticache", "CreateSnapshot", { SnapshotName: "before", ReplicationGroupId: "first" });
    expect(made).toMatchObject({
      SnapshotName: "before",
      SnapshotStatus: "creating",
      SnapshotSource: "manual",
      ReplicationGroupId: "first",
    });
    await available(it, "first");
    await first.set("kept", "2");
    first.disconnect();
    await create(it, "second", { SnapshotName: "before" });
    const second = await connect(it, "second", token);
    expect([await second.get("kept"), await second.zscore("board", "two")]).toEqual(["1", "2"]);
    second.disconnect();

    await it.call("elasticache", "DeleteReplicationGroup", { ReplicationGroupId: "first", FinalSnapshotIdentifier: "last" });
    await expect
      .poll(async () =>
        (await it.call("elasticache", "DescribeSnapshots", {})).Snapshots!.map((each) => `${each.SnapshotName} ${each.SnapshotStatus}`),
      )
      .toEqual(["before available", "last available"]);
    await it.cloud.stop();
    await it.cloud.start();
    await create(it, "third", { SnapshotName: "last" });
    const third = await connect(it, "third", token);
    expect(await third.get("kept")).toBe("2");
    third.disconnect();
    await it.call("elasticache", "CopySnapshot", { SourceSnapshotName: "last", TargetSnapshotName: "copy" });
    await it.call("elasticache", "DeleteSnapshot", { SnapshotName: "last" });
    await expect(async () => it.call("elasticache", "DeleteSnapshot", { SnapshotName: "last" })).rejects.toMatchObject({
      code: "SnapshotNotFoundFault",
    });
    await expect(async () =>
      it.call("elasticache", "CreateSnapshot", { SnapshotName: "copy", ReplicationGroupId: "third" }),
    ).rejects.toMatchObject({
      code: "SnapshotAlreadyExistsFault",
    });
  } finally {
    delete process.env.PLINTH_REDIS;
  }
});

test("requests that do not hold are refused in AWS's words", async () => {
  await using it = await startTestCloud();
  const faults: [more: Record<string, unknown>, code: string][] = [
    [{ ReplicationGroupId: "1bad" }, "InvalidParameterValue"],
    [{ AuthToken: "short" }, "InvalidParameterValue"],
    [{ TransitEncryptionEnabled: false }, "InvalidParameterCombination"],
    [{ AutomaticFailoverEnabled: true }, "InvalidParameterCombination"],
    [{ CacheNodeType: "cache.none" }, "InvalidParameterValue"],
    [{ EngineVersion: "9.9" }, "InvalidParameterCombination"],
    [{ CacheSubnetGroupName: "none" }, "CacheSubnetGroupNotFoundFault"],
    [{ CacheParameterGroupName: "none" }, "CacheParameterGroupNotFound"],
    [{ NumNodeGroups: 2 }, "NotImplemented"],
  ];
  for (const [more, code] of faults) await expect(async () => create(it, "x", more)).rejects.toMatchObject({ code });
  expect((await it.call("elasticache", "DescribeReplicationGroups", {})).ReplicationGroups).toEqual([]);
});
