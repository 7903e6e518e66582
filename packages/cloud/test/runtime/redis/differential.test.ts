/** The built-in Redis against a real one: the same random commands, the same answers. */
import { Redis } from "ioredis";
import { array, assert, asyncProperty } from "fast-check";
import { expect, test } from "vitest";
import { claimAddress } from "../../../src/runtime/addresses.ts";
import { startRedis } from "../../../src/runtime/redis/redis.ts";
import { realProcesses } from "../../../src/world/real-processes.ts";
import { realDisk } from "../../../src/world/real.ts";
import { startTestCloud, type TestCloud } from "../../cloud.ts";
import { tmpdir } from "node:os";
import { mkdtempSync } from "node:fs";
import { commandArbitrary } from "./commands.ts";

const probe = realProcesses(realDisk(mkdtempSync(`${tmpdir()}/plinth-probe-`), { hex: () => "0" } as never));
const real = probe.find("valkey-server", "redis-server");

async function client({ cloud }: TestCloud, name: string, builtIn: boolean) {
  const at = await claimAddress(cloud, name, 6379);
  const server = await startRedis(
    cloud,
    { owner: name, folder: cloud.world.disk.path(name), ...at, tls: false, passwords: [], maxMemoryBytes: 0, parameters: {} },
    { builtIn },
  );
  const redis = new Redis({ host: at.address, port: at.port, lazyConnect: true, enableReadyCheck: false });
  await redis.connect();
  return { redis, server };
}

/** An answer as plain data: errors by their words, and what has no order in an order. */
async function answer(redis: Redis, [name, ...args]: string[]): Promise<unknown> {
  try {
    const reply: unknown = await redis.call(name!, ...args);
    const unordered = /^(smembers|sunion|sinter|sdiff|hgetall|hkeys|hvals|keys)$/i.test(name!);
    if (!unordered || !Array.isArray(reply)) return reply;
    if (name!.toLowerCase() === "hgetall")
      return Object.fromEntries(Array.from({ length: reply.length / 2 }, (_, at) => [reply[at * 2], reply[at * 2 + 1]]));
    return (reply as string[]).toSorted();
  } catch (error) {
    return { error: (error as Error).message };
  }
}

test.skipIf(!real)(
  "the built-in server answers random commands as a real one does (skipped where there is no valkey-server or redis-server)",
  { timeout: 60_000 },
  async () => {
    await using it = await startTestCloud();
    const one = await client(it, "built-in", true);
    const two = await client(it, "real", false);
    try {
      await assert(
        asyncProperty(array(commandArbitrary, { minLength: 1, maxLength: 40 }), async (commands) => {
          await Promise.all([one.redis.flushall(), two.redis.flushall()]);
          for (const command of commands) {
            const [mine, theirs] = await Promise.all([answer(one.redis, command), answer(two.redis, command)]);
            expect({ command, answer: mine }).toEqual({ command, answer: theirs });
          }
        }),
        { seed: Number(process.env.FC_SEED ?? 7), numRuns: Number(process.env.FC_RUNS ?? 400) },
      );
    } finally {
      one.redis.disconnect();
      two.redis.disconnect();
      await one.server.stop();
      await two.server.stop();
    }
  },
);
