/** Lua in the built-in Redis: what scripts see, what they answer and what they cannot do. What is expected is what redis-server 7.0.15 answers. */
import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { claimAddress } from "../../../src/runtime/addresses.ts";
import { type RedisServer, startRedis } from "../../../src/runtime/redis/redis.ts";
import { startTestCloud, type TestCloud } from "../../cloud.ts";

let it: TestCloud;
let server: RedisServer;
let at: { address: string; port: number };
let redis: Redis;

const connect = async () => {
  const one = new Redis({ host: at.address, port: at.port, lazyConnect: true });
  await one.connect();
  return one;
};
const evaluate = (script: string, ...words: string[]) => redis.eval(script, 1, "k", ...words);
const fault = async (script: string) => ((await evaluate(script, "a").catch((error: Error) => error)) as Error).message;

beforeAll(async () => {
  it = await startTestCloud();
  at = await claimAddress(it.cloud, "r", 6379);
  server = await startRedis(
    it.cloud,
    {
      owner: "r",
      folder: it.cloud.world.disk.path("r"),
      ...at,
      tls: false,
      passwords: [],
      maxMemoryBytes: 0,
      parameters: { "busy-reply-threshold": "50" },
    },
    { builtIn: true },
  );
  redis = await connect();
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
  await it[Symbol.asyncDispose]();
});
beforeEach(async () => void (await redis.flushall()));

test.each<[script: string, answer: unknown]>([
  ["return {KEYS[1], ARGV[1], ARGV[1] .. 1, #ARGV}", ["k", "5", "51", 1]],
  ["return {1, 2.9, 'x', true, {ok = 'fine'}, {1, {2}}, nil, 4}", [1, 2, "x", 1, "fine", [1, [2]]]],
  ["return {false, {}}", [null, []]],
  ["return redis.call('GET', 'none') == false", 1],
  ["return redis.call('SET', KEYS[1], ARGV[1]).ok", "OK"],
  ["redis.call('SET', KEYS[1], 10 / 3) return redis.call('GET', KEYS[1])", "3.3333333333333335"],
  ["redis.call('ZADD', KEYS[1], 1.5, 'm') return redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')", ["m", "1.5"]],
  ["redis.setresp(3) redis.call('HSET', KEYS[1], 'f', 'v') return redis.call('HGETALL', KEYS[1]).map.f", "v"],
  ["redis.call('SELECT', 3) redis.call('SET', 'far', 1) return redis.call('EXISTS', 'far')", 1],
  ["return redis.pcall('INCR', KEYS[1], 'x').err", "ERR Wrong number of args calling Redis command from script"],
  ["return unpack({1, 2})", 1],
  ["return tostring(1e15) .. ' ' .. tostring(2 ^ 40) .. ' ' .. 7 / 2", "1e+15 1099511627776 3.5"],
  ["return table.getn({1, 2}) .. loadstring('return KEYS[1]')() .. string.format('%05.1f|%q', 3.14159, 'a')", '2k003.1|"a"'],
  ["return cjson.encode({1, 'a/b', {x = cjson.null}, 1e15, 0.1})", String.raw`[1,"a\/b",{"x":null},1e+15,0.1]`],
  ['return cjson.encode(cjson.decode(\'{"a":[],"b":"\\\\u00e9\\\\ud83d\\\\ude00"}\'))', '{"a":{},"b":"é😀"}'],
  ["return {cmsgpack.unpack(cmsgpack.pack(1, 'a', {1, {b = 2}}, true, -200, 5e9))}", [1, "a", [1, []], 1, -200, 5_000_000_000]],
  ["return {struct.unpack('>IhBc3', struct.pack('>IhBc3', 7, -2, 255, 'xyz'))}", [7, -2, 255, "xyz", 11]],
  ["return {bit.band(0xff, 0x0f), bit.bnot(0), bit.rshift(-1, 1), bit.tohex(255)}", [15, -1, 2_147_483_647, "000000ff"]],
  ["return redis.sha1hex('')", "da39a3ee5e6b4b0d3255bfef95601890afd80709"],
  ["local co = coroutine.wrap(function(a) local b = coroutine.yield(a + 1) return b * 2 end) return {co(1), co(10)}", [2, 20]],
  ["#!lua flags=no-writes\nreturn redis.call('GET', KEYS[1])", null],
])("%s", async (script, answer) => {
  expect(await evaluate(script, "5")).toEqual(answer);
});

test.each<[script: string, words: string]>([
  ["error('boom')", "ERR user_script:1: boom script: 82903a0434f1503e152f89c03c9acd881a0e8150, on @user_script:1."],
  ["x = 1", "ERR user_script:1: Attempt to modify a readonly table script: "],
  ["string.sub = 1", "ERR user_script:1: Attempt to modify a readonly table script: "],
  ["rawset(_G, 'a', 1)", "ERR Attempt to modify a readonly table script: "],
  ["return nothing", "ERR user_script:1: Script attempted to access nonexistent global variable 'nothing' script: "],
  ["return os.time()", "ERR user_script:1: Script attempted to access nonexistent global variable 'os' script: "],
  ["return io.open('/etc/passwd')", "ERR user_script:1: Script attempted to access nonexistent global variable 'io' script: "],
  ["return =", "ERR Error compiling script (new function): user_script:1: unexpected symbol near '='"],
  ["redis.call('LPUSH', 'l', 1) redis.call('INCR', 'l')", "WRONGTYPE Operation against a key holding the wrong kind of value script: "],
  ["return redis.error_reply('MY own')", "MY own"],
  ["return redis.call('BLPOP', 'l', 0)", "ERR This Redis command is not allowed from script script: "],
  ["#!lua flags=no-writes\nreturn redis.call('SET', 'a', 1)", "ERR Write commands are not allowed from read-only scripts. script: "],
  ["local function f() return 1 + f() end f()", "ERR user_script:1: stack overflow script: "],
])("%s is refused", async (script, words) => {
  expect(await fault(script)).toContain(words);
});

test("a script is kept by its SHA-1 until the cache is flushed", async () => {
  const sha = (await redis.script("LOAD", "return ARGV[1]")) as string;
  expect(await redis.evalsha(sha, 0, "x")).toBe("x");
  expect(await redis.script("EXISTS", sha, "0".repeat(40))).toEqual([1, 0]);
  await redis.script("FLUSH");
  await expect(redis.evalsha(sha, 0)).rejects.toThrow("NOSCRIPT No matching script. Please use EVAL.");
});

test("what a script did wakes who waits, once it has ended, and is bytes for bytes", async () => {
  const other = await connect();
  const popped = other.blpopBuffer("q", 0);
  await expect.poll(() => redis.info("clients")).toContain("blocked_clients:1\r\n");
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
  await redis.eval(
    "redis.call('RPUSH', KEYS[1], 'gone') redis.call('DEL', KEYS[1]) return redis.call('RPUSH', KEYS[1], ARGV[1])",
    1,
    "q",
    bytes,
  );
  expect(await popped).toEqual([Buffer.from("q"), bytes]);
  other.disconnect();
});

describe("a script that goes on and on", () => {
  test("others are told BUSY until SCRIPT KILL ends it", async () => {
    const other = await connect();
    const endless = redis.eval("while true do end", 0).catch((error: Error) => error.message);
    await expect.poll(() => other.get("x").catch((error: Error) => error.message)).toContain("BUSY Redis is busy running a script.");
    expect(await other.script("KILL")).toBe("OK");
    expect(await endless).toContain("ERR Script killed by user with SCRIPT KILL");
    expect(await other.get("x")).toBeNull();
    await expect(other.script("KILL")).rejects.toThrow("NOTBUSY No scripts in execution right now.");
    other.disconnect();
  });

  test("one that has written cannot be killed, and is all or nothing to others", async () => {
    const other = await connect();
    const writing = redis.eval(
      "redis.call('SET', 'w', 1) while redis.call('GET', 'w') do if redis.call('INCR', 'w') > 40000 then return 'done' end end",
      0,
    );
    await expect.poll(() => other.script("KILL").catch((error: Error) => error.message), { interval: 5 }).toMatch(/^UNKILLABLE/);
    expect(await writing).toBe("done");
    expect(await other.get("w")).toBe("40001");
    other.disconnect();
  });
});

test("functions are loaded as a library, called, listed and deleted", async () => {
  const code = `#!lua name=counters
local function step(keys, args) return redis.call('INCRBY', keys[1], args[1]) end
redis.register_function('step', step)
redis.register_function{ function_name = 'peek', callback = function(keys) return redis.call('GET', keys[1]) end, flags = { 'no-writes' } }`;
  expect(await redis.function("LOAD", code)).toBe("counters");
  await expect(redis.function("LOAD", code)).rejects.toThrow("ERR Library 'counters' already exists");
  expect(await redis.fcall("step", 1, "n", "5")).toBe(5);
  expect(await redis.fcall_ro("peek", 1, "n")).toBe("5");
  await expect(redis.fcall_ro("step", 1, "n", "5")).rejects.toThrow("ERR Can not execute a script with write flag using *_ro command.");
  expect(await redis.function("LIST")).toHaveLength(1);
  expect(await redis.function("DELETE", "counters")).toBe("OK");
  await expect(redis.fcall("step", 1, "n", "5")).rejects.toThrow("ERR Function not found");
});
