/** A distribution beside nginx with proxy_cache: cached answers for a second of each one's CPU, and how long the slowest hundredth waits. */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CloudFrontClient, CreateDistributionCommand } from "@aws-sdk/client-cloudfront";
import { type Benchmark, type Figure, median } from "../figure.ts";
import { clientSettings, cpuMs, end, firstLine, node, root, startCloud } from "../measure.ts";

const connections = 64;
const roundMs = 3_000;
const rounds = 4;
/** AWS's managed policy that keeps for a day what says nothing else. */
const cachingOptimized = "658327ea-f89d-4fab-a63d-7e88639e58f6";

interface Round {
  perCpuSecond: number;
  p99Ms: number;
}

const edge: Benchmark = async () => {
  if (spawnSync("nginx", ["-v"]).error) {
    console.error("edge: nginx is not here (apt-get install nginx-light), so there is nothing beside it");
    return [];
  }
  const origin = spawn(node, [join(root, "benchmarks/peers/fixed-server.ts")], { stdio: ["ignore", "pipe", "inherit"] });
  const folder = mkdtempSync(join(tmpdir(), "plinth-bench-"));
  try {
    const port = Number(await firstLine(origin));
    await using cloud = await startCloud();
    const url = await distribute(cloud.endpoint, port);
    const nginx = await startNginx(folder, port);
    try {
      const [ours, theirs]: [Round[], Round[]] = [[], []];
      for (let round = 0; round <= rounds; round++) {
        const own = await measure(cloud.pid, url);
        const peer = await measure(nginx.workerPid, nginx.url);
        // The first round warms both up, and fills both caches.
        if (round === 0) continue;
        ours.push(own);
        theirs.push(peer);
      }
      const of = (all: readonly Round[], key: keyof Round) => median(all.map((each) => each[key]));
      const [rate, reference] = [of(ours, "perCpuSecond"), of(theirs, "perCpuSecond")];
      return [
        {
          name: "distribution, cached requests for a CPU second",
          ours: `${Math.round(rate)}`,
          reference: `${Math.round(reference)} nginx, proxy_cache`,
          value: rate / reference,
          limit: { atLeast: 0.1 },
        },
        {
          name: "distribution, cached, 99th percentile",
          ours: `${of(ours, "p99Ms").toFixed(1)} ms`,
          reference: `${of(theirs, "p99Ms").toFixed(1)} ms nginx, proxy_cache`,
          value: of(ours, "p99Ms") / of(theirs, "p99Ms"),
          limit: { atMost: 12 },
        },
      ] satisfies Figure[];
    } finally {
      await end(nginx.process);
    }
  } finally {
    await end(origin);
    rmSync(folder, { recursive: true, force: true });
  }
};
export default edge;

async function measure(pid: number, url: string): Promise<Round> {
  const before = cpuMs(pid);
  const load = spawn(node, [join(root, "benchmarks/peers/http-load.ts"), url, String(connections), String(roundMs)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const { requests, failed, p99Ms } = JSON.parse(await firstLine(load)) as { requests: number; failed: number; p99Ms: number };
  const spentMs = cpuMs(pid) - before;
  if (failed > 0) throw new Error(`${failed} of ${requests} requests to ${url} failed`);
  return { perCpuSecond: (requests * 1000) / spentMs, p99Ms };
}

async function distribute(endpoint: string, port: number): Promise<string> {
  const client = new CloudFrontClient(clientSettings(endpoint));
  const { Distribution } = await client.send(
    new CreateDistributionCommand({
      DistributionConfig: {
        CallerReference: "bench",
        Comment: "",
        Enabled: true,
        Origins: {
          Quantity: 1,
          Items: [
            {
              Id: "fixed",
              DomainName: "localhost",
              CustomOriginConfig: { HTTPPort: port, HTTPSPort: 443, OriginProtocolPolicy: "http-only" },
            },
          ],
        },
        DefaultCacheBehavior: { TargetOriginId: "fixed", ViewerProtocolPolicy: "allow-all", CachePolicyId: cachingOptimized },
      },
    }),
  );
  client.destroy();
  const url = `http://${Distribution!.DomainName}`;
  await fetch(url);
  const cached = (await fetch(url)).headers.get("x-cache");
  if (cached !== "Hit from cloudfront") throw new Error(`nothing was kept: ${cached}`);
  return url;
}

async function startNginx(folder: string, originPort: number) {
  const port = await freePort();
  const file = join(folder, "nginx.conf");
  writeFileSync(
    file,
    `worker_processes 1; daemon off; pid ${folder}/nginx.pid; error_log ${folder}/error.log;
     events { worker_connections 1024; }
     http {
       access_log off; client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder}; uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
       keepalive_requests 100000000;
       proxy_cache_path ${folder}/cache keys_zone=kept:10m;
       server { listen 127.0.0.1:${port}; location / { proxy_pass http://127.0.0.1:${originPort}; proxy_cache kept; proxy_cache_valid 200 1d; add_header X-Cache $upstream_cache_status; } }
     }`,
  );
  const nginx = spawn("nginx", ["-c", file, "-e", join(folder, "error.log")], { stdio: ["ignore", "ignore", "inherit"] });
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; ; tries++) {
    try {
      const cached = (await fetch(url)).headers.get("x-cache");
      if (cached === "HIT") break;
    } catch (error) {
      if (tries > 100) throw error;
    }
    if (tries > 200) throw new Error("nginx keeps nothing");
    await new Promise((done) => setTimeout(done, 20));
  }
  // The master's children also hold those that load and tend the cache: the worker is the one that listens.
  const children = readFileSync(`/proc/${nginx.pid}/task/${nginx.pid}/children`, "utf8").trim().split(" ");
  const worker = children.find((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("worker process"))!;
  return { process: nginx, workerPid: Number(worker), url };
}

function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => done(port));
    });
  });
}
