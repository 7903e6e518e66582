/** Aurora in the embedded cloud: waking from zero beside `pg_ctl start` of the same data, and how long writes fail in a failover. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { assembleCloud } from "../../packages/cloud/src/assemble.ts";
import type { Cloud } from "../../packages/cloud/src/cloud.ts";
import { rootPrincipal } from "../../packages/cloud/src/identity/principal.ts";
import { serverUser } from "../../packages/cloud/src/runtime/postgres/server-user.ts";
import { runningServers } from "../../packages/cloud/src/services/rds/servers.ts";
import { openStore } from "../../packages/cloud/src/store.ts";
import type { World } from "../../packages/cloud/src/world.ts";
import { realWorld } from "../../packages/cloud/src/world/real.ts";
import { simulatedWorld } from "../../packages/cloud/src/world/simulated.ts";
import { type Benchmark, type Figure, median, ms } from "../figure.ts";
import { root } from "../measure.ts";

const rounds = 7;
const failovers = 3;
const password = "correct-horse-7";

const aurora: Benchmark = async () => [await wakeFigure(), await failoverFigure()];
export default aurora;

/** The clock is the benchmark's own, so that five minutes without a connection take none. */
async function wakeFigure(): Promise<Figure> {
  const folder = mkdtempSync(join(tmpdir(), "plinth-bench-"));
  const world = simulatedWorld({ seed: 1, folder });
  await using it = await startCloud(folder, world);
  const { endpoint, dataFolder, resourceId } = await makeCluster(it, 1);
  const ours: number[] = [];
  const bare: number[] = [];
  await world.clock.advance(20 * 60_000);
  for (let round = 0; round <= rounds; round++) {
    await until(() => !runningServers(it.cloud).has(resourceId) && !existsSync(`${dataFolder}/postmaster.pid`));
    const bareMs = await pgCtlStart(it.cloud, dataFolder);
    const startMs = performance.now();
    const client = await connect(endpoint);
    const oursMs = performance.now() - startMs;
    await client.end();
    // The first round warms both up.
    if (round > 0) {
      ours.push(oursMs);
      bare.push(bareMs);
    }
    await until(async () => (await openConnections(it, resourceId)) === 0);
    await new Promise((done) => setTimeout(done, 50));
    await world.clock.advance(300_000);
  }
  const [a, b] = [median(ours), median(bare)];
  return {
    name: "a paused cluster's first connection",
    ours: ms(a),
    reference: `${ms(b)} pg_ctl start of the same data`,
    value: a / b,
    limit: { atMost: 5 },
  };
}

async function failoverFigure(): Promise<Figure> {
  const folder = mkdtempSync(join(tmpdir(), "plinth-bench-"));
  await using it = await startCloud(folder, realWorld(folder));
  const { endpoint } = await makeCluster(it, 2);
  const first = await connect(endpoint);
  await first.query("create table t (v int)");
  await first.end();
  const gaps: number[] = [];
  for (let round = 0; round < failovers; round++) {
    await until(async () =>
      (await it.call("rds", "DescribeDBInstances", {})).DBInstances!.every((each) => each.DBInstanceStatus === "available"),
    );
    let client: Client | undefined = await connect(endpoint);
    await client.query("insert into t values (0)");
    let lastMs = performance.now();
    // The writer's process ends without a word.
    const { DBClusters: [cluster] = [] } = await it.call("rds", "DescribeDBClusters", {});
    const writer = cluster!.DBClusterMembers!.find(({ IsClusterWriter }) => IsClusterWriter)!.DBInstanceIdentifier!;
    process.kill(Number(readFileSync(join(await folderOf(it, writer), "data", "postmaster.pid"), "utf8").split("\n")[0]), "SIGKILL");
    for (let lost = false; ;) {
      try {
        client ??= await connect(endpoint);
        await client.query("insert into t values (1)");
        if (lost) break;
        lastMs = performance.now();
      } catch {
        lost = true;
        client = undefined;
      }
    }
    gaps.push(performance.now() - lastMs);
    await client!.end();
  }
  const seconds = median(gaps) / 1000;
  return {
    name: "failed writes after the writer's end",
    ours: `${seconds.toFixed(2)} s`,
    reference: "promised",
    value: seconds,
    limit: { atMost: 3 },
    unit: "s",
  };
}

interface BenchCloud extends AsyncDisposable {
  cloud: Cloud;
  folder: string;
  call: ReturnType<Cloud["as"]>;
}

async function startCloud(folder: string, world: World): Promise<BenchCloud> {
  const store = openStore(folder);
  const cloud = assembleCloud({ world, store, endpoint: () => "http://127.0.0.1:1" });
  await cloud.start();
  return {
    cloud,
    folder,
    call: cloud.as(rootPrincipal(cloud.account), "eu-central-1"),
    async [Symbol.asyncDispose]() {
      await cloud.stop();
      store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function makeCluster(it: BenchCloud, instances: number): Promise<{ endpoint: string; dataFolder: string; resourceId: string }> {
  await it.call("rds", "CreateDBCluster", {
    DBClusterIdentifier: "c",
    Engine: "aurora-postgresql",
    MasterUsername: "owner",
    MasterUserPassword: password,
    ServerlessV2ScalingConfiguration: { MinCapacity: 0, MaxCapacity: 4 },
  });
  for (let number = 1; number <= instances; number++) {
    await it.call("rds", "CreateDBInstance", {
      DBInstanceIdentifier: `c-${number}`,
      DBClusterIdentifier: "c",
      Engine: "aurora-postgresql",
      DBInstanceClass: "db.serverless",
    });
  }
  await until(async () =>
    (await it.call("rds", "DescribeDBInstances", {})).DBInstances!.every((each) => each.DBInstanceStatus === "available"),
  );
  const { DBClusters: [cluster] = [] } = await it.call("rds", "DescribeDBClusters", {});
  const { DBInstances: [instance] = [] } = await it.call("rds", "DescribeDBInstances", { DBInstanceIdentifier: "c-1" });
  return { endpoint: cluster!.Endpoint!, dataFolder: join(await folderOf(it, "c-1"), "data"), resourceId: instance!.DbiResourceId! };
}

async function folderOf(it: BenchCloud, identifier: string): Promise<string> {
  const { DBInstances: [instance] = [] } = await it.call("rds", "DescribeDBInstances", { DBInstanceIdentifier: identifier });
  return join(it.folder, "rds", "eu-central-1", instance!.DbiResourceId!.toLowerCase());
}

async function connect(host: string): Promise<Client> {
  const client = new Client({ host, port: 5432, user: "owner", password, database: "postgres", ssl: { rejectUnauthorized: false } });
  client.on("error", () => {});
  await client.connect();
  return client;
}

async function openConnections(it: BenchCloud, resourceId: string): Promise<number> {
  const [row] = await runningServers(it.cloud)
    .get(resourceId)!
    .query("select count(*)::int as n from pg_stat_activity where usename = 'owner'");
  return (row as { n: number }).n;
}

/** Milliseconds of `pg_ctl start -w`; then it is stopped again. */
async function pgCtlStart(cloud: Cloud, dataFolder: string): Promise<number> {
  const program = join(root, `node_modules/postgres-17-${process.platform}-${process.arch}/native/bin/pg_ctl`);
  const user = await serverUser(cloud);
  const run = async (...words: string[]) => {
    const { command, args } = user.run(program, ["-D", dataFolder, "-w", ...words]);
    const child = spawn(command, args, { stdio: "ignore", env: { PATH: "/usr/bin:/bin", LC_ALL: "C" } });
    const code = await new Promise((done) => child.once("exit", done));
    if (code !== 0) throw new Error(`pg_ctl ${words.join(" ")} ended with ${String(code)}`);
  };
  const startMs = performance.now();
  await run("start", "-l", join(dataFolder, "..", "bare.log"));
  const bareMs = performance.now() - startMs;
  await run("stop", "-m", "fast");
  return bareMs;
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((done) => setTimeout(done, 20));
}
