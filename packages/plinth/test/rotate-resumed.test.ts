/** A rotation that is killed after any of its changes is gone on with: nobody is locked out, nothing is left over. */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Assembly } from "@plinth/compiler";
import { connectAws, realTime, type Aws, type DeployEvent } from "@plinth/deployer";
import { rotate } from "@plinth/deployer/secrets/rotation/rotate";
import { Client } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadApp } from "../src/app/load-app.ts";
import { appFolder, plinth, type AppFolder } from "./app-folder.ts";

const config = `import { app, aurora, image, postgres, redis, task } from "plinth";
export default app("steps", { region: "eu-central-1" }, () => {
  const source = image();
  const database = postgres({ version: "16" });
  const cache = redis();
  const cluster = aurora({ version: "16", capacity: { min: 0.5, max: 1 } });
  const report = task({ image: source, command: ["node", "--version"], env: { DATABASE_URL: database, REDIS_URL: cache } });
  const count = task({ image: source, command: ["node", "--version"], env: { CLUSTER_URL: cluster } });
  return { database, cache, cluster, report, count };
});
`;

let app: AppFolder;
let aws: Aws;
let assembly: Assembly;
const run = (...words: string[]) => plinth(app.folder, words);

beforeAll(async () => {
  app = await appFolder({ "plinth.config.ts": config, Dockerfile: "FROM node:24-alpine\nWORKDIR /app\n" });
  const deployed = await run("deploy");
  if (deployed.exit !== 0) throw new Error(deployed.failure?.message ?? deployed.err.join("\n"));
  aws = connectAws("eu-central-1", (JSON.parse((await run("cloud", "status", "--json")).out.join("\n")) as { endpoint: string }).endpoint);
  assembly = await loadApp({ folder: app.folder, stage: "local", local: true });
});
afterAll(async () => {
  aws?.close();
  await run("cloud", "stop");
  await app[Symbol.asyncDispose]();
});

/** What programs get: the text of the connection's secret. */
async function connection(name: string): Promise<Record<string, string>> {
  const { stack, output } = assembly.rotations.find((one) => one.name === name)!.connections[0]!;
  const { Stacks } = await aws.call("cloudformation", "DescribeStacks", { StackName: stack });
  const SecretId = Stacks![0]!.Outputs!.find(({ OutputKey }) => OutputKey === output)!.OutputValue!;
  return JSON.parse((await aws.call("secretsmanager", "GetSecretValue", { SecretId })).SecretString!) as Record<string, string>;
}

/** The rotation in this process, which "dies" right after its n-th change: none of its later calls comes through. */
async function killedAfter(changes: number, name: string, master = false): Promise<{ killed: boolean; at: string }> {
  let count = 0;
  let at = "";
  const dying: Aws = {
    ...aws,
    in: () => dying,
    async call(service, operation, input) {
      const ofLease = JSON.stringify(input).includes("/lease");
      if (at !== "" && !ofLease) throw new Error("killed");
      const answer = await aws.call(service, operation, input);
      if (/^(?:Put|Update|Modify|Run|Register|Deregister|Create|Execute|Delete)/.test(operation) && !ofLease && ++count === changes) {
        at = `${service} ${operation}`;
        throw new Error("killed");
      }
      return answer;
    },
  };
  const deployment = {
    assembly,
    aws: dying,
    emit: (_event: DeployEvent) => undefined,
    signal: new AbortController().signal,
    folder: app.folder,
    time: realTime,
  };
  try {
    await rotate(deployment, name, { master });
    return { killed: false, at };
  } catch (error) {
    if (at === "") throw error;
    return { killed: true, at };
  }
}

test.each([
  ["database", false],
  ["database", true],
  ["cache", false],
] as const)(
  "killed after each of its changes, the rotation of %s (master: %s) is gone on with",
  async (name, master) => {
    const words = ["secrets", "rotate", name, ...(master ? ["--master"] : []), "--json"];
    const steps: string[] = [];
    for (let changes = 1; ; changes++) {
      const before = await connection(name);
      const { killed, at } = await killedAfter(changes, name, master);
      if (!killed) break;
      steps.push(at);
      if (changes === 1) expect((await run("deploy")).err).toContainEqual(expect.stringContaining(`The rotation of ${name}`));
      const again = await run(...words);
      expect([at, changes, again.failure?.message]).toEqual([at, changes, undefined]);
      const result = JSON.parse(again.out.join("\n")) as { resumed: boolean; from?: string; to?: string };
      // Only what was killed after its very last change has nothing left to go on with.
      expect([at, result.resumed]).toEqual([at, at !== "ssm DeleteParameter"]);
      const after = await connection(name);
      if (name === "cache") expect(after["token"]).not.toBe(before["token"]);
      else if (!master) {
        expect(after["username"]).toBe(`app_${result.to}`);
        if (result.resumed) {
          expect(before["username"]).toBe(`app_${result.from}`);
          expect(await canLogIn(before["url"]!)).toBe(true);
        }
      }
    }
    expect(steps.length).toBeGreaterThan(master ? 6 : 8);
    const { taskDefinitionArns } = await aws.call("ecs", "ListTaskDefinitions", { status: "ACTIVE" });
    expect(taskDefinitionArns!.filter((arn) => arn.includes("-login"))).toEqual([]);
  },
  300_000,
);

test("a cluster's logins take turns like an instance's, and its administrator gets a new password", async () => {
  const before = await connection("cluster");
  expect(JSON.parse((await run("secrets", "rotate", "cluster", "--json")).out.join("\n"))).toMatchObject({ to: "b", programs: ["count"] });
  const after = await connection("cluster");
  expect([after["username"], await canLogIn(before["url"]!), await canLogIn(after["url"]!)]).toEqual(["app_b", true, true]);
  const master = await run("secrets", "rotate", "cluster", "--master");
  expect([master.exit, master.err.at(-1)]).toEqual([0, "The administrator of cluster has a new password."]);
});

test("what PostgreSQL refuses midway is named and locks nobody out; a login that was dropped by hand is made again", async () => {
  const before = await connection("database");
  const used = before["username"]!;
  const unused = used === "app_a" ? "app_b" : "app_a";
  const administer = await administration(before["host"]!, Number(before["port"]));
  // Nobody may create roles any more, and the login whose turn it is is gone.
  const [{ owner }] = (await administer(
    `select rolname as owner from pg_roles where pg_has_role(rolname, 'rds_superuser', 'member') and rolcanlogin and not rolsuper`,
  )) as [{ owner: string }];
  await administer(`alter role ${owner} nocreaterole; drop role ${unused}`);
  const refused = await run("secrets", "rotate", "database");
  expect([refused.exit, refused.failure]).toMatchObject([
    1,
    {
      message: "The task that changes a password of database ended with exit code 1.",
      evidence: expect.arrayContaining([expect.stringContaining("permission denied to create role")]) as string[],
      remedy: "Programs go on with the login that they have. Correct the cause and rotate again.",
    },
  ]);
  expect([await connection("database"), await canLogIn(before["url"]!)]).toEqual([before, true]);
  await administer(`alter role ${owner} createrole`);
  const again = await run("secrets", "rotate", "database", "--json");
  expect(again.failure?.message).toBeUndefined();
  expect(JSON.parse(again.out.join("\n"))).toMatchObject({ resumed: true, from: used.slice(-1), to: unused.slice(-1) });
  const after = await connection("database");
  expect([after["username"], await canLogIn(after["url"]!), await canLogIn(before["url"]!)]).toEqual([unused, true, true]);
});

test("what the clock has switched without the stack is what a rotation starts from", async () => {
  // As the schedule's function leaves it: the connection has the one login, and the stack's CurrentLogin says the other one.
  const { stack, output } = assembly.rotations.find(({ name }) => name === "cluster")!.connections[0]!;
  const { Stacks } = await aws.call("cloudformation", "DescribeStacks", { StackName: stack });
  const SecretId = Stacks![0]!.Outputs!.find(({ OutputKey }) => OutputKey === output)!.OutputValue!;
  const parameterNow = () => currentLogin(stack);
  const said = await parameterNow();
  const now = await connection("cluster");
  expect(now["username"]).toBe(`app_${said}`);
  const other = await loginOf(said === "a" ? "b" : "a");
  const url = now["url"]!.replace(`${now["username"]}:${now["password"]}@`, `${other.username}:${other.password}@`);
  await aws.call("secretsmanager", "PutSecretValue", { SecretId, SecretString: JSON.stringify({ ...now, ...other, url }) });

  const ran = await run("secrets", "rotate", "cluster", "--json");
  expect(ran.failure?.message).toBeUndefined();
  expect(JSON.parse(ran.out.join("\n"))).toMatchObject({ from: other.username.slice(-1), to: said, programs: ["count"] });
  const after = await connection("cluster");
  expect([after["username"], after["password"] === now["password"], await parameterNow()]).toEqual([now["username"], false, said]);
  // Who runs with the login that the clock had switched to goes on; the one before it has a new password.
  expect([await canLogIn(after["url"]!), await canLogIn(url), await canLogIn(now["url"]!)]).toEqual([true, true, false]);
});

async function currentLogin(stack: string): Promise<string> {
  const { Stacks } = await aws.call("cloudformation", "DescribeStacks", { StackName: stack });
  return Stacks![0]!.Parameters!.find(({ ParameterKey }) => ParameterKey === "ClusterCurrentLogin")!.ParameterValue!;
}

async function loginOf(which: "a" | "b"): Promise<{ username: string; password: string }> {
  const { logins } = assembly.beforeServices.find(({ name }) => name === "cluster")!.administration!;
  const { Stacks } = await aws.call("cloudformation", "DescribeStacks", { StackName: logins[which].stack });
  const SecretId = Stacks![0]!.Outputs!.find(({ OutputKey }) => OutputKey === logins[which].output)!.OutputValue!;
  return JSON.parse((await aws.call("secretsmanager", "GetSecretValue", { SecretId })).SecretString!) as {
    username: string;
    password: string;
  };
}

async function canLogIn(connectionString: string): Promise<boolean> {
  const client = new Client({ connectionString: connectionString.replace("sslmode=require", "sslmode=no-verify") });
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end();
  }
}

/** Statements as the superuser that RDS keeps for itself, as nobody but the cloud can run them: for what else goes wrong only by chance. */
async function administration(host: string, port: number) {
  const state = new DatabaseSync(join(app.folder, ".plinth/cloud/state.sqlite"), { readOnly: true });
  const { value } = state.prepare("select value from document where collection = 'postgres.administrator'").get() as { value: string };
  state.close();
  const password = JSON.parse(value) as string;
  return async (sql: string) => {
    const client = new Client({ host, port, user: "rdsadmin", password, database: "postgres" });
    await client.connect();
    const { rows } = await client.query(sql);
    await client.end();
    return rows as Record<string, unknown>[];
  };
}
