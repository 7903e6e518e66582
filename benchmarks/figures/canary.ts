/** A canary deployment of a service: how far what the new version is sent lies from its share, beside nginx with the same weights. */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DescribeSubnetsCommand, EC2Client } from "@aws-sdk/client-ec2";
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeServiceDeploymentsCommand,
  ECSClient,
  ListServiceDeploymentsCommand,
  RegisterTaskDefinitionCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateRuleCommand,
  CreateTargetGroupCommand,
  ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { AttachRolePolicyCommand, CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import type { Benchmark } from "../figure.ts";
import { clientSettings, end, firstLine, node, root, startCloud } from "../measure.ts";

const percent = 25;
const requests = 100_000;

const canary: Benchmark = async () => {
  await using cloud = await startCloud();
  const ours = offBy(await shares(await canaryOf(cloud.endpoint)));
  const theirs = await nginxShare();
  return [
    {
      name: `canary of ${percent} %, off its share over ${requests / 1000} k requests`,
      ours: `${ours.toFixed(2)} %`,
      reference: theirs === undefined ? "nginx is not here" : `${theirs.toFixed(2)} % nginx`,
      value: ours,
      limit: { atMost: 1 },
      unit: "%",
    },
  ];
};
export default canary;

const offBy = ({ old = 0, new: fresh = 0 }: Record<string, number>) => Math.abs((fresh / (old + fresh)) * 100 - percent) / (percent / 100);

async function shares(url: string): Promise<Record<string, number>> {
  const load = spawn(node, [join(root, "benchmarks/peers/share-load.ts"), url, String(requests)], { stdio: ["ignore", "pipe", "inherit"] });
  return JSON.parse(await firstLine(load)) as Record<string, number>;
}

/** A service in the middle of a canary deployment; where it answers. */
async function canaryOf(endpoint: string): Promise<string> {
  const settings = clientSettings(endpoint);
  const [ec2, ecs, elb, iam] = [
    new EC2Client(settings),
    new ECSClient(settings),
    new ElasticLoadBalancingV2Client(settings),
    new IAMClient(settings),
  ] as const;
  try {
    const { Subnets } = await ec2.send(new DescribeSubnetsCommand({}));
    const subnets = Subnets!.slice(0, 2).map(({ SubnetId }) => SubnetId!);
    const { LoadBalancers } = await elb.send(new CreateLoadBalancerCommand({ Name: "bench", Subnets: subnets }));
    const { LoadBalancerArn, DNSName: host, VpcId } = LoadBalancers![0]!;
    const group = async (Name: string) => {
      const { TargetGroups } = await elb.send(
        new CreateTargetGroupCommand({
          Name,
          Protocol: "HTTP",
          Port: 80,
          VpcId: VpcId!,
          TargetType: "ip",
          HealthCheckIntervalSeconds: 5,
          HealthCheckTimeoutSeconds: 2,
          HealthyThresholdCount: 2,
        }),
      );
      return TargetGroups![0]!.TargetGroupArn!;
    };
    const [first, other] = [await group("first"), await group("other")];
    const port = await freePort();
    const { Listeners } = await elb.send(
      new CreateListenerCommand({
        LoadBalancerArn: LoadBalancerArn!,
        Port: port,
        Protocol: "HTTP",
        DefaultActions: [{ Type: "fixed-response", FixedResponseConfig: { StatusCode: "404" } }],
      }),
    );
    const { Rules } = await elb.send(
      new CreateRuleCommand({
        ListenerArn: Listeners![0]!.ListenerArn!,
        Priority: 10,
        Conditions: [{ Field: "path-pattern", PathPatternConfig: { Values: ["/*"] } }],
        Actions: [
          {
            Type: "forward",
            ForwardConfig: {
              TargetGroups: [
                { TargetGroupArn: first, Weight: 100 },
                { TargetGroupArn: other, Weight: 0 },
              ],
            },
          },
        ],
      }),
    );
    const { Role } = await iam.send(
      new CreateRoleCommand({
        RoleName: "moves",
        AssumeRolePolicyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: [{ Effect: "Allow", Principal: { Service: "ecs.amazonaws.com" }, Action: "sts:AssumeRole" }],
        }),
      }),
    );
    await iam.send(
      new AttachRolePolicyCommand({
        RoleName: "moves",
        PolicyArn: "arn:aws:iam::aws:policy/AmazonECSInfrastructureRolePolicyForLoadBalancers",
      }),
    );
    await ecs.send(new CreateClusterCommand({ clusterName: "bench" }));
    const define = async (text: string) => {
      const { taskDefinition } = await ecs.send(
        new RegisterTaskDefinitionCommand({
          family: "bench",
          requiresCompatibilities: ["FARGATE"],
          networkMode: "awsvpc",
          cpu: "256",
          memory: "512",
          containerDefinitions: [
            {
              name: "app",
              image: "public.ecr.aws/docker/library/postgres:17-alpine",
              entryPoint: ["sh", "-c"],
              command: [`exec node -e 'require("node:http").createServer((_, answer) => answer.end("${text}")).listen(3000)'`],
              portMappings: [{ containerPort: 3000 }],
              stopTimeout: 2,
            },
          ],
        }),
      );
      return taskDefinition!.taskDefinitionArn!;
    };
    const at = { cluster: "bench", service: "bench" };
    await ecs.send(
      new CreateServiceCommand({
        cluster: "bench",
        serviceName: "bench",
        taskDefinition: await define("old"),
        desiredCount: 1,
        launchType: "FARGATE",
        networkConfiguration: { awsvpcConfiguration: { subnets } },
        deploymentConfiguration: {
          strategy: "CANARY",
          canaryConfiguration: { canaryPercent: percent, canaryBakeTimeInMinutes: 60 },
        },
        loadBalancers: [
          {
            targetGroupArn: first,
            containerName: "app",
            containerPort: 3000,
            advancedConfiguration: {
              alternateTargetGroupArn: other,
              productionListenerRule: Rules![0]!.RuleArn!,
              roleArn: Role!.Arn!,
            },
          },
        ],
      }),
    );
    const reaches = async (wanted: number) => {
      for (;;) {
        const { serviceDeployments } = await ecs.send(new ListServiceDeploymentsCommand(at));
        const serviceDeploymentArns = [serviceDeployments![0]!.serviceDeploymentArn!];
        const { serviceDeployments: found } = await ecs.send(new DescribeServiceDeploymentsCommand({ serviceDeploymentArns }));
        if (found![0]!.targetServiceRevision!.requestedProductionTrafficWeight === wanted) return;
        await new Promise((done) => setTimeout(done, 50));
      }
    };
    await reaches(100);
    await ecs.send(new UpdateServiceCommand({ ...at, taskDefinition: await define("new") }));
    await reaches(percent);
    return `http://${host!.replace(/:\d+$/, "")}:${port}`;
  } finally {
    for (const client of [ec2, ecs, elb, iam]) client.destroy();
  }
}

/** `undefined` where there is no nginx. */
async function nginxShare(): Promise<number | undefined> {
  if (spawnSync("nginx", ["-v"]).error) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "plinth-bench-"));
  const server = async (text: string) => {
    const child = spawn(
      node,
      [
        "-e",
        `const s = require("node:http").createServer((_, a) => a.end("${text}")).listen(0, "127.0.0.1", () => console.log(s.address().port))`,
      ],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    return { child, port: await firstLine(child) };
  };
  const [old, fresh] = [await server("old"), await server("new")];
  const port = await freePort();
  const file = join(folder, "nginx.conf");
  writeFileSync(
    file,
    `worker_processes 1; daemon off; pid ${folder}/nginx.pid; error_log ${folder}/error.log;
     events { worker_connections 1024; }
     http {
       access_log off; client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder}; uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
       keepalive_requests 100000000;
       upstream backend { server 127.0.0.1:${old.port} weight=${100 - percent}; server 127.0.0.1:${fresh.port} weight=${percent}; keepalive 64; keepalive_requests 100000000; }
       server { listen 127.0.0.1:${port}; location / { proxy_pass http://backend; proxy_http_version 1.1; proxy_set_header Connection ""; } }
     }`,
  );
  const nginx = spawn("nginx", ["-c", file, "-e", join(folder, "error.log")], { stdio: ["ignore", "ignore", "inherit"] });
  const url = `http://127.0.0.1:${port}`;
  try {
    for (let tries = 0; ; tries++) {
      try {
        await fetch(url);
        break;
      } catch (error) {
        if (tries > 100) throw error;
        await new Promise((done) => setTimeout(done, 20));
      }
    }
    return offBy(await shares(url));
  } finally {
    await end(nginx);
    await end(old.child);
    await end(fresh.child);
    rmSync(folder, { recursive: true, force: true });
  }
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
