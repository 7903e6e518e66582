/** A cloud for one test, with HTTP: for official clients, on a port of the system's choice. */
import { assembleCloud } from "../src/assemble.ts";
import { rootPrincipal } from "../src/identity/principal.ts";
import { cloudServer } from "../src/server/server.ts";
import type { Call } from "../src/service.ts";
import { openStore } from "../src/store.ts";
import type { Cloud } from "../src/cloud.ts";
import { realWorld } from "../src/world/real.ts";
import { simulatedWorld, type SimulatedWorld } from "../src/world/simulated.ts";
import { type HurriedClock, hurriedClock } from "./hurried-clock.ts";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface TestServer extends AsyncDisposable {
  cloud: Cloud;
  /** As `http://127.0.0.1:54321`. */
  endpoint: string;
  port: number;
  region: string;
  folder: string;
  /** Operations as the account's root, without HTTP. */
  call: Call;
  /** What an AWS client's constructor takes to talk to this cloud as the root: `new SSMClient(server.client)`. */
  client: ClientConfiguration;
  /** Errors that were the cloud's own fault, in order; a test that expects none looks here. */
  reported: unknown[];
}

export interface ClientConfiguration {
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  maxAttempts: number;
  /** S3: `http://127.0.0.1:PORT/bucket/key`. */
  forcePathStyle: true;
}

export interface TestServerOptions {
  region?: string;
  /** With `POST /moto-api/reset`. */
  accountReset?: boolean;
  /** Where a simulated clock begins. Default: 2026-01-01T00:00:00Z. */
  startMs?: number;
}

/** With the real clock. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), "plinth-server-"));
  return start(folder, realWorld(folder, { outlivesPowerCut: false }), options);
}

/** With a clock that the test moves. Clients sign with the real time, which only matters for credentials that the cloud issued. */
export async function startSimulatedServer(seed = 1, options: TestServerOptions = {}): Promise<TestServer & { world: SimulatedWorld }> {
  const folder = mkdtempSync(join(tmpdir(), "plinth-server-"));
  const world = simulatedWorld({
    seed,
    folder,
    outlivesPowerCut: false,
    ...(options.startMs !== undefined && { startMs: options.startMs }),
  });
  return { ...(await start(folder, world, options)), world };
}

/** With a clock that runs by itself and that the test can set forward: for real processes and long waits. */
export async function startHurriedServer(options: TestServerOptions = {}): Promise<TestServer & { clock: HurriedClock }> {
  const folder = mkdtempSync(join(tmpdir(), "plinth-server-"));
  const clock = hurriedClock();
  return { ...(await start(folder, { ...realWorld(folder, { outlivesPowerCut: false }), clock }, options)), clock };
}

async function start(
  folder: string,
  world: Cloud["world"],
  { region = "eu-central-1", accountReset = false }: TestServerOptions,
): Promise<TestServer> {
  const store = openStore(folder, world.disk);
  let endpoint = "http://127.0.0.1:1";
  const cloud = assembleCloud({ world, store, endpoint: () => endpoint });
  const reported: unknown[] = [];
  const server = cloudServer({ cloud, accountReset, report: (error) => reported.push(error) });
  const port = await server.listen(0);
  endpoint = `http://127.0.0.1:${port}`;
  await cloud.start();
  server.open();
  return {
    cloud,
    endpoint,
    port,
    region,
    folder,
    reported,
    call: cloud.as(rootPrincipal(cloud.account), region),
    client: { endpoint, region, credentials: { accessKeyId: "test", secretAccessKey: "test" }, maxAttempts: 1, forcePathStyle: true },
    async [Symbol.asyncDispose]() {
      await server.close();
      await cloud.stop();
      store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
