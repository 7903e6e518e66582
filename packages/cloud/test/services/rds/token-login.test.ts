/** Logins with a token: who is let in, who is not and in which words, at instances, clusters and proxies. */
import { readFileSync } from "node:fs";
import { connect as connectTcp } from "node:net";
import { Signer } from "@aws-sdk/rds-signer";
import { Client } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { authorityFile } from "../../../src/runtime/authority.ts";
import { cancellation } from "../../../src/runtime/postgres/wire/protocol.ts";
import { startTestCloud, type TestCloud } from "../../cloud.ts";
import { createCluster, createMember, describe, whenClusterIn } from "./clusters.ts";
import { connect, createInstance, password, whenIn } from "./instances.ts";

const region = "eu-central-1";
let it: TestCloud;
let ca: string;
let at: { host: string; port: number };
/** Of a user that may log in as `dev` at the instance, and nowhere else. */
let keys: { accessKeyId: string; secretAccessKey: string };

async function userWith(name: string, resource: string) {
  await it.call("iam", "CreateUser", { UserName: name });
  const Statement = [{ Effect: "Allow", Action: "rds-db:connect", Resource: resource }];
  await it.call("iam", "PutUserPolicy", {
    UserName: name,
    PolicyName: "login",
    PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement }),
  });
  const { AccessKey } = await it.call("iam", "CreateAccessKey", { UserName: name });
  return { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! };
}

const tokenFor = (username: string, options: Partial<ConstructorParameters<typeof Signer>[0]> = {}) =>
  new Signer({ hostname: at.host, port: at.port, username, region, credentials: keys, ...options }).getAuthToken();

async function logIn(user: string, secret: string, options: Record<string, unknown> = {}): Promise<Client> {
  const client = new Client({ ...at, user, password: secret, database: "app", ssl: { ca }, ...options });
  client.on("error", () => {});
  await client.connect();
  return client;
}

const whoAmI = async (client: Client) => {
  const { rows } = await client.query("select current_user as name, ssl from pg_stat_ssl where pid = pg_backend_pid()");
  await client.end();
  return rows[0] as { name: string; ssl: boolean };
};

beforeAll(async () => {
  it = await startTestCloud();
  ca = readFileSync(await authorityFile(it.cloud), "utf8");
  await createInstance(it, "i", { DBName: "app", EngineVersion: "16", EnableIAMDatabaseAuthentication: true, BackupRetentionPeriod: 0 });
  const { Endpoint, DbiResourceId } = await whenIn(it, "i", "available");
  at = { host: Endpoint!.Address!, port: Endpoint!.Port! };
  keys = await userWith("dev", `arn:aws:rds-db:${region}:${it.cloud.account}:dbuser:${DbiResourceId}/dev`);
  const owner = await connect(it, "i");
  await owner.query("create role dev login; grant rds_iam to dev; create role other login; grant rds_iam to other");
  await owner.query("create role app login password 'app-password-1'; create role idle nologin; grant rds_iam to idle");
  await owner.end();
});
afterAll(() => it[Symbol.asyncDispose]());

test("a role granted rds_iam logs in with a token, all others with their passwords", async () => {
  expect(await whoAmI(await logIn("dev", await tokenFor("dev")))).toEqual({ name: "dev", ssl: true });
  expect(await whoAmI(await logIn("app", "app-password-1"))).toEqual({ name: "app", ssl: true });
  expect(await whoAmI(await connect(it, "i"))).toEqual({ name: "owner", ssl: true });
});

const refused: [what: string, user: string, token: () => Promise<string> | string, hint: RegExp][] = [
  ["a password", "dev", () => password, /^What was sent in the place of the password is no token/],
  ["a token for another user", "dev", () => tokenFor("other"), /^The token is for the user other, not for dev\./],
  ["a token for another place", "dev", () => tokenFor("dev", { port: 6543 }), /^The token is for 127\.\d+\.\d+\.\d+:6543; this database/],
  ["a token of another region", "dev", () => tokenFor("dev", { region: "eu-west-1" }), /signed for rds-db in eu-west-1; it has to be/],
  [
    "a user that no policy lets in",
    "other",
    () => tokenFor("other"),
    /:user\/dev is not allowed rds-db:connect on arn:aws:rds-db:.*\/other\.$/,
  ],
  ["a key's wrong secret", "dev", () => tokenFor("dev", { credentials: { ...keys, secretAccessKey: "x" } }), /signature does not match/],
];
test.each(refused)("%s is refused as on RDS, with a hint", async (_what, user, token, hint) => {
  await expect(logIn(user, await token())).rejects.toMatchObject({
    code: "28000",
    severity: "FATAL",
    message: `PAM authentication failed for user "${user}"`,
    hint: expect.stringMatching(hint) as string,
  });
});

test("a token is good for fifteen minutes, over TLS only, and for roles that may log in", async () => {
  const token = await tokenFor("dev");
  const old = new Date(Date.now() - 16 * 60_000).toISOString().replaceAll(/[-:]|\.\d+/g, "");
  await expect(logIn("dev", token.replace(/X-Amz-Date=\w+/, `X-Amz-Date=${old}`))).rejects.toMatchObject({
    hint: expect.stringMatching(/^The token was good until /) as string,
  });
  await expect(logIn("dev", token, { ssl: false })).rejects.toThrow(/no pg_hba\.conf entry for host .* no encryption/);
  // The account's root may log in as anybody.
  const root = { credentials: { accessKeyId: "test", secretAccessKey: "test" } };
  await expect(logIn("idle", await tokenFor("idle", root))).rejects.toThrow('role "idle" is not permitted to log in');
  await expect(logIn("app", await tokenFor("app", root))).rejects.toThrow('password authentication failed for user "app"');
  await expect(logIn("nobody", "x")).rejects.toThrow('password authentication failed for user "nobody"');
  await expect(logIn("app", "app-password-1", { database: "none" })).rejects.toThrow('database "none" does not exist');
});

test("a query is cancelled through the gate", async () => {
  const client = await logIn("app", "app-password-1");
  const { rows } = await client.query("select pg_backend_pid() as pid");
  expect(rows[0]).toEqual({ pid: (client as unknown as { processID: number }).processID });
  const running = client.query("select pg_sleep(600)");
  // What psql sends for Ctrl-C: on a connection of its own.
  const { processID, secretKey } = client as unknown as { processID: number; secretKey: number };
  connectTcp(at).end(cancellation({ processId: processID, secret: secretKey }));
  await expect(running).rejects.toThrow("canceling statement due to user request");
  await client.end();
});

test("taken away, passwords count again", async () => {
  await it.call("rds", "ModifyDBInstance", { DBInstanceIdentifier: "i", EnableIAMDatabaseAuthentication: false, ApplyImmediately: true });
  await expect.poll(async () => (await whenIn(it, "i", "available")).IAMDatabaseAuthenticationEnabled).toBe(false);
  expect(await whoAmI(await logIn("app", "app-password-1"))).toEqual({ name: "app", ssl: true });
  await expect(logIn("dev", await tokenFor("dev"))).rejects.toThrow('password authentication failed for user "dev"');
});

test("a cluster takes tokens from when it is told so, at each of its endpoints, and a proxy before it by IAMAuth", async () => {
  await createCluster(it, "c", { EngineVersion: "15" });
  await createMember(it, "c", "w");
  const { Endpoint, ReaderEndpoint, DbClusterResourceId } = await describe(it, "c");
  const [cluster, reader] = [Endpoint!, ReaderEndpoint!].map((host) => ({ host, port: 5432 })) as [typeof at, typeof at];
  const owner = await logIn("owner", password, cluster);
  await owner.query("create role dev login password 'dev-password-1'; grant rds_iam to dev");
  expect(await whoAmI(await logIn("dev", "dev-password-1", cluster))).toMatchObject({ name: "dev" });
  await it.call("rds", "ModifyDBCluster", { DBClusterIdentifier: "c", EnableIAMDatabaseAuthentication: true, ApplyImmediately: true });
  expect(await whenClusterIn(it, "c", "available")).toMatchObject({ IAMDatabaseAuthenticationEnabled: true });
  // Who was in stays in.
  expect((await owner.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
  await owner.end();
  const credentials = await userWith("cluster-dev", `arn:aws:rds-db:${region}:${it.cloud.account}:dbuser:${DbClusterResourceId}/dev`);
  for (const { host, port } of [cluster, reader]) {
    const token = await tokenFor("dev", { hostname: host, port, credentials });
    await expect.poll(async () => whoAmI(await logIn("dev", token, { host }))).toEqual({ name: "dev", ssl: true });
  }
  await expect(logIn("dev", "dev-password-1", cluster)).rejects.toThrow('PAM authentication failed for user "dev"');

  // The proxy knows the password of the role in the database, the client none.
  const Secret = JSON.stringify({ username: "owner", password });
  const { ARN: SecretArn } = await it.call("secretsmanager", "CreateSecret", { Name: "owner", SecretString: Secret });
  const trust = { Effect: "Allow", Principal: { Service: "rds.amazonaws.com" }, Action: "sts:AssumeRole" };
  const { Role } = await it.call("iam", "CreateRole", {
    RoleName: "proxy",
    AssumeRolePolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [trust] }),
  });
  const reads = { Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: "*" };
  await it.call("iam", "PutRolePolicy", {
    RoleName: "proxy",
    PolicyName: "r",
    PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [reads] }),
  });
  const { Subnets: subnets = [] } = await it.call("ec2", "DescribeSubnets", {});
  const { DBProxy } = await it.call("rds", "CreateDBProxy", {
    DBProxyName: "p",
    EngineFamily: "POSTGRESQL",
    RoleArn: Role!.Arn!,
    VpcSubnetIds: subnets.map(({ SubnetId }) => SubnetId!),
    Auth: [{ AuthScheme: "SECRETS", SecretArn: SecretArn!, IAMAuth: "REQUIRED" }],
  });
  expect(DBProxy!.Auth).toMatchObject([{ IAMAuth: "REQUIRED" }]);
  await it.call("rds", "RegisterDBProxyTargets", { DBProxyName: "p", DBClusterIdentifiers: ["c"] });
  const host = DBProxy!.Endpoint!;
  const signer = await userWith(
    "proxy-owner",
    `arn:aws:rds-db:${region}:${it.cloud.account}:dbuser:${DBProxy!.DBProxyArn!.split(":").at(-1)}/owner`,
  );
  const token = await tokenFor("owner", { hostname: host, port: 5432, credentials: signer });
  expect(await whoAmI(await logIn("owner", token, { host }))).toMatchObject({ name: "owner" });
  const refusal = "The IAM authentication failed for the role owner. Check the IAM token for this role and try again.";
  await expect(logIn("owner", password, { host })).rejects.toThrow(refusal);
  await expect(logIn("owner", token, { host, ssl: false })).rejects.toThrow("IAM is allowed only with SSL connections.");
});
