/** After a kill of the cloud: clusters that paused go on pausing, those that ran run, and what was being made is finished. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { assembleCloud } from "../../../src/assemble.ts";
import { rootPrincipal } from "../../../src/identity/principal.ts";
import { runningServers } from "../../../src/services/rds/servers.ts";
import { openStore } from "../../../src/store.ts";
import { realWorld } from "../../../src/world/real.ts";
import { connectTo, describe, whenClusterIn } from "./clusters.ts";
import { whenIn } from "./instances.ts";

test("after the cloud was killed, the next one brings clusters back as they were", async () => {
  const folder = mkdtempSync(join(tmpdir(), "plinth-aurora-"));
  const child = spawn(process.execPath, [join(import.meta.dirname, "cluster-cloud-to-kill.ts"), folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await new Promise((done) => child.stdout.once("data", done));
  child.kill("SIGKILL");
  await new Promise((done) => child.once("exit", done));
  const store = openStore(folder, { outlivesPowerCut: false });
  const cloud = assembleCloud({ world: realWorld(folder, { outlivesPowerCut: false }), store, endpoint: () => "http://127.0.0.1:1" });
  const next = { cloud, call: cloud.as(rootPrincipal(cloud.account), "eu-central-1") };
  try {
    expect(await cloud.world.processes.reapLeftovers()).toBeGreaterThan(0);
    await cloud.start();
    const asleep = await whenIn(next, "asleep-1", "available");
    expect(runningServers(cloud).has(asleep.DbiResourceId!)).toBe(false);
    const woken = await connectTo(next, (await describe(next, "asleep")).Endpoint!);
    expect((await woken.query("select v from t")).rows).toEqual([{ v: 7 }]);
    await woken.end();
    const { Endpoint, ReaderEndpoint } = await whenClusterIn(next, "awake", "available");
    await whenIn(next, "awake-2", "available");
    const reader = await connectTo(next, ReaderEndpoint!);
    expect((await reader.query("select pg_is_in_recovery() as reads")).rows).toEqual([{ reads: true }]);
    await expect.poll(async () => (await reader.query("select v from t order by v")).rows).toEqual([{ v: 7 }, { v: 8 }]);
    const writer = await connectTo(next, Endpoint!);
    await writer.query("insert into t values (9)");
    await expect.poll(async () => (await reader.query("select max(v) as v from t")).rows).toEqual([{ v: 9 }]);
    await writer.end();
    await reader.end();
    await whenIn(next, "half-1", "available");
    await (await connectTo(next, (await describe(next, "half")).Endpoint!)).end();
  } finally {
    await cloud.stop();
    store.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
