/** RDS Proxy of the embedded cloud beside the direct connection, in the same run: single statements, and new clients. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { assembleCloud } from "../../packages/cloud/src/assemble.ts";
import { rootPrincipal } from "../../packages/cloud/src/identity/principal.ts";
import { openStore } from "../../packages/cloud/src/store.ts";
import { realWorld } from "../../packages/cloud/src/world/real.ts";
import { type Benchmark, median } from "../figure.ts";

const password = "correct-horse-7";
const rounds = 5;
const clients = 16;
const statements = 150;
const newcomers = 20;

const proxy: Benchmark = async () => {
  const folder = mkdtempSync(join(tmpdir(), "plinth-bench-"));
  const store = openStore(folder);
  const cloud = assembleCloud({ world: realWorld(folder), store, endpoint: () => "http://127.0.0.1:1" });
  await cloud.start();
  try {
    const { direct, proxied } = await makeDatabase(cloud.as(rootPrincipal(cloud.account), "eu-central-1"));
    const asked: Record<string, number[]> = { [direct]: [], [proxied]: [] };
    const came: Record<string, number[]> = { [direct]: [], [proxied]: [] };
    for (let round = 0; round <= rounds; round++) {
      for (const host of [direct, proxied]) {
        const perSecond = await statementsPerSecond(host);
        const connectMs = await connectionMs(host);
        // The first round warms both up.
        if (round === 0) continue;
        asked[host]!.push(perSecond);
        came[host]!.push(connectMs);
      }
    }
    const [own, bare] = [median(asked[proxied]!), median(asked[direct]!)];
    const [ownMs, bareMs] = [median(came[proxied]!), median(came[direct]!)];
    return [
      {
        name: `statements through a proxy, ${clients} clients`,
        ours: `${own.toFixed(0)}/s`,
        reference: `${bare.toFixed(0)}/s direct`,
        value: own / bare,
        limit: { atLeast: 0.2 },
      },
      {
        name: "a new client of a proxy",
        ours: `${ownMs.toFixed(1)} ms`,
        reference: `${bareMs.toFixed(1)} ms direct`,
        value: ownMs / bareMs,
        limit: { atMost: 3 },
      },
    ];
  } finally {
    await cloud.stop();
    store.close();
    rmSync(folder, { recursive: true, force: true });
  }
};
export default proxy;

async function makeDatabase(call: ReturnType<ReturnType<typeof assembleCloud>["as"]>): Promise<{ direct: string; proxied: string }> {
  await call("rds", "CreateDBInstance", {
    DBInstanceIdentifier: "d",
    Engine: "postgres",
    DBInstanceClass: "db.t4g.medium",
    AllocatedStorage: 20,
    MasterUsername: "owner",
    MasterUserPassword: password,
  });
  const SecretString = JSON.stringify({ username: "owner", password });
  const { ARN: secret } = await call("secretsmanager", "CreateSecret", { Name: "owner", SecretString });
  const statement = (more: object) => JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...more }] });
  const trust = statement({ Principal: { Service: "rds.amazonaws.com" }, Action: "sts:AssumeRole" });
  const { Role: role } = await call("iam", "CreateRole", { RoleName: "proxy", AssumeRolePolicyDocument: trust });
  const PolicyDocument = statement({ Action: "secretsmanager:GetSecretValue", Resource: secret });
  await call("iam", "PutRolePolicy", { RoleName: "proxy", PolicyName: "read", PolicyDocument });
  const { Subnets: subnets = [] } = await call("ec2", "DescribeSubnets", {});
  const { DBProxy: made } = await call("rds", "CreateDBProxy", {
    DBProxyName: "p",
    EngineFamily: "POSTGRESQL",
    RequireTLS: true,
    RoleArn: role!.Arn!,
    VpcSubnetIds: subnets.map(({ SubnetId }) => SubnetId!),
    Auth: [{ AuthScheme: "SECRETS", SecretArn: secret!, IAMAuth: "DISABLED" }],
  });
  await call("rds", "RegisterDBProxyTargets", { DBProxyName: "p", DBInstanceIdentifiers: ["d"] });
  for (;;) {
    const { DBInstances: [instance] = [] } = await call("rds", "DescribeDBInstances", { DBInstanceIdentifier: "d" });
    if (instance?.DBInstanceStatus === "available") return { direct: instance.Endpoint!.Address!, proxied: made!.Endpoint! };
    await new Promise((done) => setTimeout(done, 20));
  }
}

async function connect(host: string): Promise<Client> {
  const client = new Client({ host, port: 5432, user: "owner", password, database: "postgres", ssl: { rejectUnauthorized: false } });
  await client.connect();
  return client;
}

async function statementsPerSecond(host: string): Promise<number> {
  const all = await Promise.all(Array.from({ length: clients }, () => connect(host)));
  const startMs = performance.now();
  await Promise.all(
    all.map(async (client) => {
      for (let i = 0; i < statements; i++) await client.query("select $1::int", [i]);
    }),
  );
  const seconds = (performance.now() - startMs) / 1000;
  await Promise.all(all.map((client) => client.end()));
  return (clients * statements) / seconds;
}

async function connectionMs(host: string): Promise<number> {
  const each: number[] = [];
  for (let i = 0; i < newcomers; i++) {
    const startMs = performance.now();
    const client = await connect(host);
    each.push(performance.now() - startMs);
    await client.end();
  }
  return median(each);
}
