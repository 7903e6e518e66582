/** A cloud for one test, without HTTP: operations are called as the account's root. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assembleCloud } from "../src/assemble.ts";
import type { Cloud } from "../src/cloud.ts";
import { rootPrincipal } from "../src/identity/principal.ts";
import type { Call } from "../src/service.ts";
import { openStore } from "../src/store.ts";
import { realWorld } from "../src/world/real.ts";
import { simulatedWorld, type SimulatedWorld } from "../src/world/simulated.ts";

export interface TestCloud extends AsyncDisposable {
  cloud: Cloud;
  call: Call;
  folder: string;
}

/** With the real clock and processes. */
export async function startTestCloud(region = "eu-central-1"): Promise<TestCloud> {
  const folder = mkdtempSync(join(tmpdir(), "plinth-cloud-"));
  return start(folder, realWorld(folder, { outlivesPowerCut: false }), region);
}

/** With a clock that the test moves, and randomness from a seed. */
export async function startSimulatedCloud(seed = 1, region = "eu-central-1"): Promise<TestCloud & { world: SimulatedWorld }> {
  const folder = mkdtempSync(join(tmpdir(), "plinth-cloud-"));
  const world = simulatedWorld({ seed, folder, outlivesPowerCut: false });
  return { ...(await start(folder, world, region)), world };
}

async function start(folder: string, world: Cloud["world"], region: string): Promise<TestCloud> {
  const store = openStore(folder, world.disk);
  const cloud = assembleCloud({ world, store, endpoint: () => "http://127.0.0.1:1" });
  await cloud.start();
  return {
    cloud,
    folder,
    call: cloud.as(rootPrincipal(cloud.account), region),
    async [Symbol.asyncDispose]() {
      await cloud.stop();
      store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
