/** The built-in Redis through an official client, over connections of its own and past a kill. */
import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { claimAddress } from "../../../src/runtime/addresses.ts";
import { type RedisServer, startRedis } from "../../../src/runtime/redis/redis.ts";
import { startTestCloud, type TestCloud } from "../../cloud.ts";

let it: TestCloud;
let server: RedisServer;
let at: { address: string; port: number };
let a: Redis;
let b: Redis;

const start = () =>
  startRedis(
    it.cloud,
    { owner: "r", folder: it.cloud.world.disk.path("r"), ...at, tls: false, passwords: ["pass-word"], maxMemoryBytes: 0, parameters: {} },
    { builtIn: true },
  );
const connect = async () => {
  const redis = new Redis({ host: at.address, port: at.port, password: "pass-word", lazyConnect: true });
  redis.on("error", () => {});
  await redis.connect();
  return redis;
};

const blocked = (count: number) => expect.poll(async () => await b.info("clients")).toContain(`blocked_clients:${count}\r\n`);

beforeAll(async () => {
  it = await startTestCloud();
  at = await claimAddress(it.cloud, "r", 6379);
  server = await start();
  [a, b] = [await connect(), await connect()];
});
afterAll(async () => {
  a.disconnect();
  b.disconnect();
  await server.stop();
  await it[Symbol.asyncDispose]();
});
beforeEach(async () => void (await a.flushall()));

test("without its password nothing but AUTH and HELLO is answered", async () => {
  const stranger = new Redis({ host: at.address, port: at.port, lazyConnect: true, enableReadyCheck: false });
  await stranger.connect();
  await expect(stranger.get("x")).rejects.toThrow("NOAUTH Authentication required.");
  await expect(stranger.auth("wrong")).rejects.toThrow("WRONGPASS invalid username-password pair or user is disabled.");
  expect(await stranger.auth("pass-word")).toBe("OK");
  expect(await stranger.get("x")).toBeNull();
  stranger.disconnect();
});

test("a blocked pop gets what another pushes, in the order of asking, and gives up at its time", async () => {
  const c = await connect();
  const first = a.blpop("q", 0);
  await blocked(1);
  const second = c.blpop("q", 0);
  await blocked(2);
  await b.rpush("q", "1", "2");
  expect(await first).toEqual(["q", "1"]);
  expect(await second).toEqual(["q", "2"]);
  expect(await a.blpop("q", 0.02)).toBeNull();
  const read = a.xread("BLOCK", 0, "STREAMS", "log", "$");
  await blocked(1);
  await b.xadd("log", "5-1", "k", "v");
  expect(await read).toEqual([["log", [["5-1", ["k", "v"]]]]]);
  c.disconnect();
});

test("a transaction is all or nothing, and a watched key that changed undoes it", async () => {
  expect(await a.multi().set("x", "1").incr("x").exec()).toEqual([
    [null, "OK"],
    [null, 2],
  ]);
  await a.watch("x");
  await b.set("x", "9");
  expect(await a.multi().set("x", "0").exec()).toBeNull();
  expect(await a.get("x")).toBe("9");
  const results = await a.multi().set("s", "text").incr("s").get("s").exec();
  expect(results!.map(([error, value]) => error?.message ?? value)).toEqual(["OK", "ERR value is not an integer or out of range", "text"]);
  await expect(a.multi().call("nosuch").exec()).rejects.toThrow("EXECABORT Transaction discarded because of previous errors.");
});

test("a key ends at its time", async () => {
  await a.set("brief", "1", "PX", 600_000);
  expect(await a.get("brief")).toBe("1");
  await a.pexpire("brief", 20);
  await expect.poll(() => a.get("brief"), { interval: 5 }).toBeNull();
  expect(await a.dbsize()).toBe(0);
});

test("patterns and shard channels hear what is published", async () => {
  const c = await connect();
  await c.psubscribe("news.*");
  const heard = new Promise((done) => c.once("pmessage", (...message) => done(message)));
  expect(await b.publish("news.today", "hello")).toBe(1);
  expect(await heard).toEqual(["news.*", "news.today", "hello"]);
  await expect(c.get("x")).rejects.toThrow("Connection in subscriber mode");
  c.disconnect();
});

test("binary values come back byte by byte", async () => {
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
  await a.set("bytes", bytes);
  expect(await a.getBuffer("bytes")).toEqual(bytes);
  expect(await a.strlen("bytes")).toBe(256);
});

test("after a kill the data is there: every type, times to live, consumer groups and what is pending in them", async () => {
  await a.mset("s", "1", "t", "2");
  await a.pexpire("t", 100_000);
  await a.hset("h", "f", "v");
  await a.rpush("l", "1", "2", "3");
  await a.sadd("set", "m");
  await a.zadd("z", 1.5, "m");
  await a.xadd("x", "1-1", "k", "v");
  await a.xgroup("CREATE", "x", "g", "0");
  await a.xreadgroup("GROUP", "g", "me", "STREAMS", "x", ">");
  await a.lpop("l");
  await a.function("LOAD", "#!lua name=lib\nredis.register_function('twice', function(_, args) return args[1] * 2 end)");
  const [process] = [server.usage()];
  expect(process!.residentBytes).toBeGreaterThan(0);
  const state = async (redis: Redis) => [
    await redis.mget("s", "t"),
    await redis.hgetall("h"),
    await redis.lrange("l", 0, -1),
    await redis.smembers("set"),
    await redis.zrange("z", 0, -1, "WITHSCORES"),
    await redis.xrange("x", "-", "+"),
    (await redis.xpending("x", "g"))[0],
    await redis.fcall("twice", 0, "21"),
  ];
  const before = await state(a);
  const id = Number(/process_id:(\d+)/.exec(await a.info("server"))![1]);
  globalThis.process.kill(id, "SIGKILL");
  await server.exited;
  server = await start();
  const again = await connect();
  expect(await state(again)).toEqual(before);
  expect(await again.pttl("t")).toBeGreaterThan(0);
  again.disconnect();
});
