/** After a kill of the cloud in the midst of a switchover there is one primary, with everything, and the other region follows it. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { assembleCloud } from "../../../src/assemble.ts";
import { rootPrincipal } from "../../../src/identity/principal.ts";
import { openStore } from "../../../src/store.ts";
import { realWorld } from "../../../src/world/real.ts";
import { connectTo, describe, whenClusterIn } from "./clusters.ts";

test("a switchover that the cloud did not live to finish leaves one primary, which is followed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "plinth-global-"));
  const child = spawn(process.execPath, [join(import.meta.dirname, "global-cloud-to-kill.ts"), folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await new Promise((done) => child.stdout.once("data", done));
  child.kill("SIGKILL");
  await new Promise((done) => child.once("exit", done));
  const store = openStore(folder);
  const cloud = assembleCloud({ world: realWorld(folder), store, endpoint: () => "http://127.0.0.1:1" });
  const inRegion = (region: string) => ({ cloud, call: cloud.as(rootPrincipal(cloud.account), region) });
  const [here, there] = [inRegion("eu-central-1"), inRegion("us-east-1")];
  try {
    await cloud.world.processes.reapLeftovers();
    await cloud.start();
    const global = async () => (await here.call("rds", "DescribeGlobalClusters", {})).GlobalClusters![0]!;
    await expect.poll(async () => (await global()).Status, { timeout: 60_000 }).toBe("available");
    await whenClusterIn(here, "p", "available");
    await whenClusterIn(there, "s", "available");
    const writers = (await global()).GlobalClusterMembers!.filter(({ IsWriter }) => IsWriter);
    expect(writers).toHaveLength(1);
    const writer = await connectTo(here, (await global()).Endpoint!);
    await writer.query("insert into t values (2)");
    await writer.end();
    const follower = writers[0]!.DBClusterArn!.endsWith(":p") ? await describe(there, "s") : await describe(here, "p");
    const reader = await connectTo(here, follower.ReaderEndpoint!);
    await expect
      .poll(async () => (await reader.query("select v from t order by v")).rows, { timeout: 60_000 })
      .toEqual([{ v: 1 }, { v: 2 }]);
    expect((await reader.query("select pg_is_in_recovery() as follows")).rows).toEqual([{ follows: true }]);
    await reader.end();
  } finally {
    await cloud.stop();
    store.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
