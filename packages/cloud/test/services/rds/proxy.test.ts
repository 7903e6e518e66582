/** RDS Proxy: many clients over few connections, what keeps a connection, who is let in, and a failover that idle clients do not see. */
import { readFileSync } from "node:fs";
import { connect as connectTcp } from "node:net";
import { Client } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { assembleCloud } from "../../../src/assemble.ts";
import { rootPrincipal } from "../../../src/identity/principal.ts";
import { authorityFile } from "../../../src/runtime/authority.ts";
import { poolerOf } from "../../../src/services/rds/proxy/service.ts";
import { startTestCloud, type TestCloud } from "../../cloud.ts";
import { createCluster, createMember, describe, whenClusterIn } from "./clusters.ts";
import { password } from "./instances.ts";

let it: TestCloud;
let host: string;
let ca: string;
beforeAll(async () => {
  it = await startTestCloud();
  ca = readFileSync(await authorityFile(it.cloud), "utf8");
  // 225 connections, of which the proxy may have 9 %: 20.
  await createCluster(it, "c", { ServerlessV2ScalingConfiguration: { MinCapacity: 0.5, MaxCapacity: 1 } });
  await createMember(it, "c", "c-1");
  await createMember(it, "c", "c-2");
  const secret = async (Name: string, username: string, of: string) =>
    (await it.call("secretsmanager", "CreateSecret", { Name, SecretString: JSON.stringify({ username, password: of }) })).ARN!;
  const secrets = [await secret("owner", "owner", password), await secret("nobody", "nobody", "not-in-the-database")];
  const { Role } = await it.call("iam", "CreateRole", {
    RoleName: "proxy",
    AssumeRolePolicyDocument: JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { Service: "rds.amazonaws.com" }, Action: "sts:AssumeRole" }],
    }),
  });
  await it.call("iam", "PutRolePolicy", {
    RoleName: "proxy",
    PolicyName: "read",
    PolicyDocument: JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: secrets }],
    }),
  });
  const { Subnets: subnets = [] } = await it.call("ec2", "DescribeSubnets", {});
  const { DBProxy: made } = await it.call("rds", "CreateDBProxy", {
    DBProxyName: "p",
    EngineFamily: "POSTGRESQL",
    RequireTLS: true,
    RoleArn: Role!.Arn!,
    VpcSubnetIds: subnets.map(({ SubnetId }) => SubnetId!),
    Auth: secrets.map((SecretArn) => ({ AuthScheme: "SECRETS" as const, SecretArn, IAMAuth: "DISABLED" as const })),
  });
  host = made!.Endpoint!;
  await it.call("rds", "ModifyDBProxyTargetGroup", {
    DBProxyName: "p",
    TargetGroupName: "default",
    ConnectionPoolConfig: { MaxConnectionsPercent: 9, ConnectionBorrowTimeout: 60 },
  });
  await it.call("rds", "RegisterDBProxyTargets", { DBProxyName: "p", DBClusterIdentifiers: ["c"] });
}, 240_000);
afterAll(() => it[Symbol.asyncDispose]());

const soon = { timeout: 60_000 };
const long = { timeout: 240_000 };

async function connect(options: Record<string, unknown> = {}): Promise<Client> {
  const client = new Client({ host, port: 5432, user: "owner", password, database: "app", ssl: { ca }, ...options });
  client.on("error", () => {});
  await client.connect();
  return client;
}

const value = async (client: Client, sql: string, values?: unknown[]): Promise<unknown> => {
  const { rows } = await client.query<Record<string, unknown>>(sql, values as never);
  return Object.values(rows[0] ?? {})[0];
};
const backend = (client: Client) => value(client, "select pg_backend_pid()");

async function counts() {
  const { DBProxies: [proxy] = [] } = await it.call("rds", "DescribeDBProxies", { DBProxyName: "p" });
  return poolerOf(it.cloud, proxy!.DBProxyArn!.split(":").at(-1)!)!.counts();
}

test("500 clients share 20 connections", long, async () => {
  const clients: Client[] = [];
  for (let i = 0; i < 10; i++) clients.push(...(await Promise.all(Array.from({ length: 50 }, () => connect()))));
  await clients[0]!.query("create table t (v int)");
  await Promise.all(
    clients.map(async (client, i) => {
      await client.query("begin");
      await client.query("insert into t values ($1)", [i]);
      await client.query("commit");
    }),
  );
  expect(await value(clients[7]!, "select count(distinct v)::int from t")).toBe(500);
  const direct = await connect({ host: (await describe(it, "c")).Endpoint! });
  const open = await value(direct, "select count(*)::int from pg_stat_activity where usename = 'owner' and pid <> pg_backend_pid()");
  await direct.end();
  expect(open).toBeLessThanOrEqual(20);
  expect(await counts()).toMatchObject({ clients: 500, pinned: 0, inTransaction: 0, lent: 0 });
  await Promise.all(clients.map((client) => client.end()));
  await expect.poll(async () => (await counts()).clients, soon).toBe(0);
});

test.each([
  ["a SET", "set statement_timeout to 5000", "show statement_timeout", "5s"],
  [
    "an advisory lock",
    "select pg_advisory_lock(7)",
    "select count(*)::int from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()",
    1,
  ],
  ["a temporary table", "create temp table mine (v int)", "select count(*)::int from mine", 0],
  ["a prepared statement", "prepare one as select 1", "execute one", 1],
  ["LISTEN", "listen news", "select count(*)::int from pg_listening_channels()", 1],
])("%s keeps the connection, and is gone from it for the next client", async (_, statement, question, answer) => {
  const client = await connect();
  await client.query(statement);
  const others = await Promise.all([connect(), connect()]);
  const own = await backend(client);
  for (const other of others) expect(await backend(other)).not.toBe(own);
  expect(await value(client, question)).toBe(answer);
  expect((await counts()).pinned).toBe(1);
  await client.end();
  await expect.poll(async () => counts(), soon).toMatchObject({ pinned: 0, lent: 0 });
  for (const other of others) await other.end();
  const next = await connect();
  expect(await value(next, "select count(*)::int from pg_locks where locktype = 'advisory'")).toBe(0);
  expect(await value(next, "show statement_timeout")).toBe("0");
  await next.end();
});

test("what a client asks for as it connects is its own, on whatever connection", async () => {
  const one = await connect({ application_name: "one" });
  const other = await connect({ application_name: "other" });
  for (let round = 0; round < 3; round++) {
    expect(await value(one, "show application_name")).toBe("one");
    expect(await value(other, "show application_name")).toBe("other");
  }
  await one.query({ name: "named", text: "select $1::int", values: [4] });
  expect((await counts()).pinned).toBe(1);
  await Promise.all([one.end(), other.end()]);
});

test("who may not come in is told why, in RDS Proxy's words", async () => {
  const refusals: [Record<string, unknown>, RegExp][] = [
    [{ user: "stranger" }, /^This RDS proxy has no credentials for the role stranger\./],
    [{ password: "wrong" }, /^The password that was provided for the role owner is wrong\.$/],
    [{ ssl: false }, /^This RDS Proxy requires TLS connections\.$/],
    [{ options: "-c statement_timeout=1" }, /command-line options/],
    [{ user: "nobody", password: "not-in-the-database" }, /password authentication failed for user "nobody"/],
    [{ database: "elsewhere" }, /database "elsewhere" does not exist/],
  ];
  for (const [options, words] of refusals) await expect(connect(options)).rejects.toThrow(words);
});

test("what runs can be cancelled, and an error fails the transaction alone", async () => {
  const client = await connect();
  const running = client.query("select pg_sleep(600)");
  const refused = expect(running).rejects.toThrow("canceling statement due to user request");
  await expect.poll(async () => (await counts()).lent, soon).toBe(1);
  // The key that node-postgres keeps for this.
  const { processID, secretKey } = client as unknown as { processID: number; secretKey: number };
  const request = Buffer.alloc(16);
  for (const [i, part] of [16, 80877102, processID, secretKey].entries()) request.writeInt32BE(part, i * 4);
  connectTcp({ host, port: 5432 }).end(request);
  await refused;
  await client.query("begin");
  await expect(client.query("select 1/0")).rejects.toThrow("division by zero");
  await expect(client.query("select 1")).rejects.toThrow("current transaction is aborted");
  await client.query("rollback");
  expect(await value(client, "select 1")).toBe(1);
  await client.end();
});

test("who waits too long for a connection is told so, and may try again", long, async () => {
  await it.call("rds", "ModifyDBProxyTargetGroup", {
    DBProxyName: "p",
    TargetGroupName: "default",
    ConnectionPoolConfig: { MaxConnectionsPercent: 1, MaxIdleConnectionsPercent: 0, ConnectionBorrowTimeout: 1 },
  });
  const holders = await Promise.all([connect(), connect()]);
  for (const holder of holders) await holder.query("begin; select 1");
  const late = await connect();
  await expect(value(late, "select 1")).rejects.toThrow("Timed-out waiting to acquire database connection");
  for (const holder of holders) await holder.query("commit");
  expect(await value(late, "select 1")).toBe(1);
  for (const client of [...holders, late]) await client.end();
  await it.call("rds", "ModifyDBProxyTargetGroup", {
    DBProxyName: "p",
    TargetGroupName: "default",
    ConnectionPoolConfig: { MaxConnectionsPercent: 9, ConnectionBorrowTimeout: 60 },
  });
});

test("its targets tell how they are, and a read-only endpoint leads to the readers", async () => {
  const { Targets: targets } = await it.call("rds", "DescribeDBProxyTargets", { DBProxyName: "p" });
  expect(targets).toMatchObject([
    { Type: "TRACKED_CLUSTER", RdsResourceId: "c" },
    { Type: "RDS_INSTANCE", RdsResourceId: "c-1", Role: "READ_WRITE", TrackedClusterId: "c", TargetHealth: { State: "AVAILABLE" } },
    { Type: "RDS_INSTANCE", RdsResourceId: "c-2", Role: "READ_ONLY", TrackedClusterId: "c", TargetHealth: { State: "AVAILABLE" } },
  ]);
  const { DBProxies: [proxy] = [] } = await it.call("rds", "DescribeDBProxies", {});
  const { DBProxyEndpoint: endpoint } = await it.call("rds", "CreateDBProxyEndpoint", {
    DBProxyName: "p",
    DBProxyEndpointName: "reads",
    VpcSubnetIds: proxy!.VpcSubnetIds!,
    TargetRole: "READ_ONLY",
  });
  const reader = await connect({ host: endpoint!.Endpoint! });
  expect(await value(reader, "select pg_is_in_recovery()")).toBe(true);
  await reader.end();
});

test("idle clients do not see a failover", long, async () => {
  const clients = await Promise.all(Array.from({ length: 10 }, () => connect()));
  for (const client of clients) await value(client, "select 1");
  const halfway = await connect();
  await halfway.query("begin; insert into t values (-1)");
  await it.call("rds", "FailoverDBCluster", { DBClusterIdentifier: "c", TargetDBInstanceIdentifier: "c-2" });
  await whenClusterIn(it, "c", "available");
  await Promise.all(clients.map((client, i) => client.query("insert into t values ($1)", [1000 + i])));
  expect(await value(clients[0]!, "select count(*)::int from t where v >= 1000")).toBe(10);
  expect(await value(clients[0]!, "select count(*)::int from t where v = -1")).toBe(0);
  await expect(halfway.query("commit")).rejects.toThrow();
  for (const client of clients) await client.end();
});

test("after a stop and a start of the cloud it listens where it did, and takes the new password of its secret", long, async () => {
  const { world, store, account } = it.cloud;
  await it.cloud.stop();
  const cloud = assembleCloud({ world, store, endpoint: () => "http://127.0.0.1:1" });
  await cloud.start();
  const call = cloud.as(rootPrincipal(account), "eu-central-1");
  await using _ = { [Symbol.asyncDispose]: () => cloud.stop() };
  const { DBProxies: [proxy] = [] } = await call("rds", "DescribeDBProxies", {});
  expect(proxy).toMatchObject({ Status: "available", Endpoint: host });
  const changed = `${password}-new`;
  await call("rds", "ModifyDBCluster", { DBClusterIdentifier: "c", MasterUserPassword: changed, ApplyImmediately: true });
  await call("secretsmanager", "PutSecretValue", {
    SecretId: "owner",
    SecretString: JSON.stringify({ username: "owner", password: changed }),
  });
  await whenClusterIn({ call }, "c", "available");
  await expect(connect()).rejects.toThrow("The password that was provided");
  const client = await connect({ password: changed });
  expect(await value(client, "select 1")).toBe(1);
  await client.end();
  await call("rds", "DeleteDBProxy", { DBProxyName: "p" });
  await expect(connect({ password: changed })).rejects.toThrow(/ECONNREFUSED/);
});
