/** The load balancer beside nginx, both before the same server: requests for a second of the proxy's CPU, and how long the slowest hundredth waits. */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EC2Client, DescribeSubnetsCommand } from "@aws-sdk/client-ec2";
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  RegisterTargetsCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { AssociateWebACLCommand, CreateWebACLCommand, WAFV2Client } from "@aws-sdk/client-wafv2";
import { type Benchmark, type Figure, median } from "../figure.ts";
import { clientSettings, cpuMs, end, firstLine, node, root, startCloud } from "../measure.ts";

const connections = 64;
const roundMs = 3_000;
const rounds = 4;

interface Round {
  perCpuSecond: number;
  p99Ms: number;
}

const loadBalancer: Benchmark = async () => {
  const backend = spawn(node, [join(root, "benchmarks/peers/fixed-server.ts")], { stdio: ["ignore", "pipe", "inherit"] });
  const folder = mkdtempSync(join(tmpdir(), "plinth-bench-"));
  try {
    const backendPort = Number(await firstLine(backend));
    await using cloud = await startCloud();
    const front = await makeFront(cloud.endpoint, backendPort);
    const nginx = await startNginx(folder, backendPort);
    const figures: Figure[] = [];
    try {
      const ours: Round[] = [];
      const theirs: Round[] = [];
      for (let round = 0; round <= rounds; round++) {
        const own = await measure(cloud.pid, front.url);
        const peer = nginx && (await measure(nginx.workerPid, nginx.url));
        // The first round warms both up.
        if (round === 0) continue;
        ours.push(own);
        if (peer) theirs.push(peer);
      }
      const of = (all: readonly Round[], key: keyof Round) => median(all.map((each) => each[key]));
      const rate = of(ours, "perCpuSecond");
      if (nginx) {
        figures.push(
          {
            name: "load balancer, requests for a CPU second",
            ours: `${Math.round(rate)}`,
            reference: `${Math.round(of(theirs, "perCpuSecond"))} nginx`,
            value: rate / of(theirs, "perCpuSecond"),
            limit: { atLeast: 0.25 },
          },
          {
            name: "load balancer, 99th percentile",
            ours: `${of(ours, "p99Ms").toFixed(1)} ms`,
            reference: `${of(theirs, "p99Ms").toFixed(1)} ms nginx`,
            value: of(ours, "p99Ms") / of(theirs, "p99Ms"),
            limit: { atMost: 3 },
          },
        );
      } else console.error("load-balancer: nginx is not here (apt-get install nginx-light), so there is nothing beside it");
      const before = rate;
      const guarded = await guard(cloud.endpoint, front.arn);
      if (guarded) {
        const guardedRounds: Round[] = [];
        for (let round = 0; round <= rounds; round++) {
          const own = await measure(cloud.pid, front.url);
          if (round > 0) guardedRounds.push(own);
        }
        figures.push({
          name: "load balancer with a firewall, requests for a CPU second",
          ours: `${Math.round(of(guardedRounds, "perCpuSecond"))}`,
          reference: `${Math.round(before)} without`,
          value: of(guardedRounds, "perCpuSecond") / before,
          limit: { atLeast: 0.7 },
        });
      }
      return figures;
    } finally {
      if (nginx) await end(nginx.process);
    }
  } finally {
    await end(backend);
    rmSync(folder, { recursive: true, force: true });
  }
};
export default loadBalancer;

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

async function makeFront(endpoint: string, backendPort: number): Promise<{ arn: string; url: string }> {
  const ec2 = new EC2Client(clientSettings(endpoint));
  const { Subnets } = await ec2.send(new DescribeSubnetsCommand({}));
  ec2.destroy();
  const elb = new ElasticLoadBalancingV2Client(clientSettings(endpoint));
  const { LoadBalancers } = await elb.send(
    new CreateLoadBalancerCommand({ Name: "bench", Subnets: Subnets!.slice(0, 2).map(({ SubnetId }) => SubnetId!) }),
  );
  const { LoadBalancerArn: arn, DNSName: host, VpcId } = LoadBalancers![0]!;
  const { TargetGroups } = await elb.send(
    new CreateTargetGroupCommand({ Name: "bench", Protocol: "HTTP", Port: 80, VpcId: VpcId!, TargetType: "ip" }),
  );
  const TargetGroupArn = TargetGroups![0]!.TargetGroupArn!;
  const port = await freePort();
  await elb.send(
    new CreateListenerCommand({
      LoadBalancerArn: arn!,
      Port: port,
      Protocol: "HTTP",
      DefaultActions: [{ Type: "forward", TargetGroupArn }],
    }),
  );
  await elb.send(new RegisterTargetsCommand({ TargetGroupArn, Targets: [{ Id: "127.0.0.1", Port: backendPort }] }));
  for (;;) {
    const { TargetHealthDescriptions } = await elb.send(new DescribeTargetHealthCommand({ TargetGroupArn }));
    if (TargetHealthDescriptions![0]!.TargetHealth!.State === "healthy") break;
    await new Promise((done) => setTimeout(done, 50));
  }
  elb.destroy();
  return { arn: arn!, url: `http://${host!.replace(/:\d+$/, "")}:${port}` };
}

/** A web ACL with a rate limit and the check for SQL injection; whether the cloud serves it. */
async function guard(endpoint: string, resourceArn: string): Promise<boolean> {
  const waf = new WAFV2Client(clientSettings(endpoint));
  const visible = (MetricName: string) => ({ SampledRequestsEnabled: true, CloudWatchMetricsEnabled: true, MetricName });
  try {
    const { Summary } = await waf.send(
      new CreateWebACLCommand({
        Name: "bench",
        Scope: "REGIONAL",
        DefaultAction: { Allow: {} },
        VisibilityConfig: visible("bench"),
        Rules: [
          {
            Name: "rate",
            Priority: 1,
            Action: { Block: {} },
            Statement: { RateBasedStatement: { Limit: 2_000_000_000, AggregateKeyType: "IP" } },
            VisibilityConfig: visible("rate"),
          },
          {
            Name: "injection",
            Priority: 2,
            Action: { Block: {} },
            Statement: {
              SqliMatchStatement: { FieldToMatch: { QueryString: {} }, TextTransformations: [{ Priority: 0, Type: "URL_DECODE" }] },
            },
            VisibilityConfig: visible("injection"),
          },
        ],
      }),
    );
    await waf.send(new AssociateWebACLCommand({ WebACLArn: Summary!.ARN!, ResourceArn: resourceArn }));
    return true;
  } catch (error) {
    console.error("load-balancer: no firewall was put before it:", error instanceof Error ? error.message : error);
    return false;
  } finally {
    waf.destroy();
  }
}

async function startNginx(folder: string, backendPort: number) {
  if (spawnSync("nginx", ["-v"]).error) return undefined;
  const port = await freePort();
  const file = join(folder, "nginx.conf");
  writeFileSync(
    file,
    `worker_processes 1; daemon off; pid ${folder}/nginx.pid; error_log ${folder}/error.log;
     events { worker_connections 1024; }
     http {
       access_log off; client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder}; uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
       keepalive_requests 100000000;
       upstream backend { server 127.0.0.1:${backendPort}; keepalive ${connections}; keepalive_requests 100000000; }
       server { listen 127.0.0.1:${port}; location / { proxy_pass http://backend; proxy_http_version 1.1; proxy_set_header Connection ""; } }
     }`,
  );
  const nginx = spawn("nginx", ["-c", file, "-e", join(folder, "error.log")], { stdio: ["ignore", "ignore", "inherit"] });
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; ; tries++) {
    try {
      await fetch(url);
      break;
    } catch (error) {
      if (tries > 100) throw error;
      await new Promise((done) => setTimeout(done, 20));
    }
  }
  const workerPid = Number(readFileSync(`/proc/${nginx.pid}/task/${nginx.pid}/children`, "utf8").trim().split(" ")[0]);
  return { process: nginx, workerPid, url };
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
