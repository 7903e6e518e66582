/**
 * plue as its operators have it: the dev stage in the embedded cloud, deployed by the `plinth` command, used by the real git through its load balancer, and
 * its tasks replaced meanwhile. (P…) are the rows of its list of parts that a test shows.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { CloudWatchClient, DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient, DescribeLogGroupsCommand, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
} from "@aws-sdk/client-ecs";
import { DescribeFileSystemsCommand, EFSClient } from "@aws-sdk/client-efs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { copyOf, type Deployed, eventually, type Ran } from "../../threa/test/deployed.ts";
import type { Repository } from "../src/database.ts";
import type { Commit } from "../src/git.ts";

const run = promisify(execFile);

let plue: Deployed;
let url: string;
let deployed: Ran;
let settings: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } };
const work = mkdtempSync(join(tmpdir(), "plue-work-"));

const plinth = (args: readonly string[], input?: string) => plue.plinth([...args, "--stage", "dev", "--local"], input);
const succeeded = (ran: Ran) => expect(ran, ran.stderr + ran.stdout).toMatchObject({ code: 0 });

beforeAll(async () => {
  plue = copyOf("plue");
  deployed = await plinth(["deploy", "--yes"]);
  // Nothing else can be told of a plue that is not there.
  if (deployed.code !== 0) throw new Error(deployed.stdout + deployed.stderr);
  ({ url } = (JSON.parse((await plinth(["outputs", "--json"])).stdout) as { entry: { url: string } }).entry);
  const { endpoint } = JSON.parse((await plue.plinth(["cloud", "status", "--json"])).stdout) as { endpoint: string };
  settings = { endpoint, region: "us-east-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } };
}, 300_000);
afterAll(async () => {
  await plue[Symbol.asyncDispose]();
  rmSync(work, { recursive: true, force: true });
});

const git = async (folder: string, ...args: string[]) => {
  const env = { PATH: process.env.PATH, HOME: work, GIT_CONFIG_NOSYSTEM: "1", GIT_TERMINAL_PROMPT: "0" };
  const own = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"];
  return (await run("git", [...own, ...args], { cwd: join(work, folder), env, timeout: 60_000 })).stdout.trim();
};
const get = async (path: string) => {
  const response = await fetch(`${url}${path}`, { signal: AbortSignal.timeout(60_000) });
  return { code: response.status, text: await response.text() };
};
const post = async (path: string, body: string) =>
  (await fetch(`${url}${path}`, { method: "POST", body, signal: AbortSignal.timeout(60_000) })).status;
const json = async <T>(path: string) => JSON.parse((await get(path)).text) as T;
const commit = async (folder: string, file: string, content: string, subject: string) => {
  writeFileSync(join(work, folder, file), content);
  await git(folder, "add", file);
  await git(folder, "commit", "--quiet", "-m", subject);
};

test("(P2, P7) the migration ran before the services, in a log group of its own", async () => {
  const logs = new CloudWatchLogsClient(settings);
  const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: "/ecs/dev/plue-" }));
  expect(logGroups!.map(({ logGroupName, retentionInDays }) => [logGroupName, retentionInDays])).toEqual([
    ["/ecs/dev/plue-api-server", 7],
    ["/ecs/dev/plue-db-migrate", 7],
    ["/ecs/dev/plue-web-app", 7],
  ]);
  const { events } = await logs.send(new FilterLogEventsCommand({ logGroupName: "/ecs/dev/plue-db-migrate" }));
  expect(events!.map(({ message }) => message)).toEqual([expect.stringContaining("applied 0001-repositories.sql")]);
  const again = await plinth(["run", "migrate"]);
  succeeded(again);
  expect(again.stdout).toContain("nothing to apply");
});

test("(P7) the database server's log is exported to a log group of its own", async () => {
  const logs = new CloudWatchLogsClient(settings);
  const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: "/aws/rds/" }));
  expect(logGroups!.map(({ logGroupName, retentionInDays }) => [logGroupName, retentionInDays])).toEqual([
    ["/aws/rds/instance/plue-dev-database/postgresql", 7],
  ]);
  const written = { logGroupName: logGroups![0]!.logGroupName!, filterPattern: '"ready to accept connections"' };
  await eventually(
    () => logs.send(new FilterLogEventsCommand(written)),
    ({ events = [] }) => events.length > 0,
  );
});

test("(P1) the page comes from the web app, which asks the API by its internal name", async () => {
  expect(await get("/api/health")).toMatchObject({ code: 200 });
  expect((await get("/")).text).toContain("There is no repository yet.");
  const ecs = new ECSClient(settings);
  const { taskDefinition } = await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: "plue-dev-web" }));
  expect(taskDefinition!.containerDefinitions![0]!.environment).toContainEqual({ name: "API_ENDPOINT", value: "http://api:8000" });
});

test("git clones and pushes through the load balancer; pages and JSON show it", async () => {
  expect(await post("/api/repositories", JSON.stringify({ name: "demo" }))).toBe(201);
  await git(".", "clone", "--quiet", `${url}/api/git/demo.git`, "one");
  await commit("one", "README.md", "# demo\n", "Say what <this> is");
  await commit("one", "large", Buffer.alloc(3_000_000, "0123456789abcdef").toString("base64"), "Add a large file");
  await git("one", "push", "--quiet", "origin", "HEAD:main");
  expect((await json<Repository[]>("/api/repositories")).map(({ name, pushes }) => [name, pushes])).toEqual([["demo", 1]]);
  const commits = await json<Commit[]>("/api/repositories/demo/commits");
  expect(commits.map(({ subject, author }) => [subject, author])).toEqual([
    ["Add a large file", "Ada"],
    ["Say what <this> is", "Ada"],
  ]);
  expect((await get("/")).text).toContain('<a href="/demo">demo</a>');
  expect((await get("/demo")).text).toContain("Say what &lt;this&gt; is");
  await git(".", "clone", "--quiet", `${url}/api/git/demo.git`, "two");
  expect(await git("two", "rev-parse", "HEAD")).toBe(commits[0]!.id);
  expect(readFileSync(join(work, "two", "README.md"), "utf8")).toBe("# demo\n");
});

test.each([
  ["a repository that is not there", () => get("/api/repositories/nothing/commits"), 404],
  ["a name that climbs", () => get("/api/repositories/..%2f..%2fetc/commits"), 400],
  ["git for a repository that is not there", () => get("/api/git/nothing.git/info/refs?service=git-upload-pack"), 404],
  ["git's dumb protocol", () => get("/api/git/demo.git/info/refs"), 403],
  ["a page that is not there", () => get("/nothing"), 404],
])("%s is refused", async (_, ask, code) => {
  expect((await ask()).code).toBe(code);
});

test("what cannot be a repository is refused", async () => {
  expect(await post("/api/repositories", "{")).toBe(400);
  expect(await post("/api/repositories", JSON.stringify({ name: "../x" }))).toBe(400);
  expect(await post("/api/repositories", JSON.stringify({ name: "demo" }))).toBe(200);
});

test("(P4) the files lie on EFS, and outlive the tasks and the cloud", async () => {
  const efs = new EFSClient(settings);
  const { FileSystems } = await efs.send(new DescribeFileSystemsCommand({}));
  expect(FileSystems).toMatchObject([{ Encrypted: true, NumberOfMountTargets: 2 }]);
  expect(FileSystems![0]!.SizeInBytes!.Value).toBeGreaterThan(10_000);
  const ecs = new ECSClient(settings);
  const tasks = async () =>
    (await ecs.send(new ListTasksCommand({ cluster: "plue-dev", serviceName: "plue-dev-api", desiredStatus: "RUNNING" }))).taskArns!;
  const before = await tasks();
  succeeded(await plinth(["restart", "api"]));
  expect((await tasks()).filter((task) => before.includes(task))).toEqual([]);
  expect(await git("two", "ls-remote", "origin", "main")).toContain(await git("two", "rev-parse", "HEAD"));
  succeeded(await plue.plinth(["cloud", "stop"]));
  succeeded(await plue.plinth(["cloud", "start"]));
  await commit("two", "more", "more\n", "Add more");
  const pushed = () => git("two", "push", "--quiet", "origin", "HEAD:main").then(() => true);
  await eventually(pushed, (done) => done, 60_000);
  expect((await json<Commit[]>("/api/repositories/demo/commits?limit=1"))[0]!.subject).toBe("Add more");
});

test("(P8, P9, P10) alarms watch, tasks run on spare capacity, execution and task roles are two", async () => {
  const { MetricAlarms } = await new CloudWatchClient(settings).send(new DescribeAlarmsCommand({}));
  const rules = MetricAlarms!.map(({ Namespace, MetricName, ComparisonOperator, Threshold }) =>
    [Namespace, MetricName, ComparisonOperator === "LessThanThreshold" ? "<" : ">", Threshold].join(" "),
  );
  for (const rule of [
    "AWS/RDS CPUUtilization > 80",
    "AWS/RDS FreeStorageSpace < 5368709120",
    "AWS/ECS CPUUtilization > 90",
    "AWS/ApplicationELB UnHealthyHostCount > 0",
  ])
    expect(rules).toContain(rule);
  const ecs = new ECSClient(settings);
  const services = ["plue-dev-api", "plue-dev-web"];
  const described = await ecs.send(new DescribeServicesCommand({ cluster: "plue-dev", services }));
  expect(described.services!.map(({ capacityProviderStrategy }) => capacityProviderStrategy![0]!.capacityProvider)).toEqual([
    "FARGATE_SPOT",
    "FARGATE_SPOT",
  ]);
  const { taskArns } = await ecs.send(new ListTasksCommand({ cluster: "plue-dev" }));
  const { tasks } = await ecs.send(new DescribeTasksCommand({ cluster: "plue-dev", tasks: taskArns! }));
  expect(new Set(tasks!.map(({ capacityProviderName }) => capacityProviderName))).toEqual(new Set(["FARGATE_SPOT"]));
  for (const { taskDefinition } of described.services!) {
    const { taskDefinition: found } = await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: taskDefinition! }));
    expect(found!.executionRoleArn).toBeDefined();
    expect(found!.taskRoleArn).not.toBe(found!.executionRoleArn);
    for (const { name, value } of found!.containerDefinitions![0]!.environment ?? [])
      expect(`${name}=${value}`).not.toMatch(/password|postgresql:/i);
  }
});

test("a deploy without a change changes nothing", async () => {
  const again = await plinth(["deploy", "--yes"]);
  succeeded(again);
  expect(again.stdout + again.stderr).toMatch(/Nothing had to change/);
});

test("(P1, P3, P9) production: two copies each over two zones, HTTPS by a certificate that was given, a redirect from HTTP", async () => {
  const production = (args: readonly string[]) => plue.plinth([...args, "--stage", "production", "--local"]);
  const missing = await production(["deploy", "--yes"]);
  // The certificate of the config is one of an account on AWS: what to do here is said before anything is made.
  expect(missing.code).not.toBe(0);
  const [, arn] = /plinth cloud certificate NAME --arn (\S+)/.exec(missing.stdout + missing.stderr)!;
  succeeded(await plue.plinth(["cloud", "certificate", "plue.example.com", "--arn", arn!]));
  succeeded(await production(["deploy", "--yes"]));
  const { entry } = JSON.parse((await production(["outputs", "--json"])).stdout) as { entry: { name: string } };
  const redirected = await fetch(`http://${entry.name}/demo`, { redirect: "manual" });
  expect([redirected.status, redirected.headers.get("location")]).toEqual([301, `https://${entry.name}:443/demo`]);
  const authority = (await plue.plinth(["cloud", "certificate"])).stdout.trim();
  const { stdout } = await run("curl", [
    "-sS",
    "--cacert",
    authority,
    "--resolve",
    `plue.example.com:443:${entry.name}`,
    "https://plue.example.com/",
  ]);
  expect(stdout).toContain("There is no repository yet.");
  const ecs = new ECSClient(settings);
  const services = ["plue-production-api", "plue-production-web"];
  const described = await ecs.send(new DescribeServicesCommand({ cluster: "plue-production", services }));
  expect(described.services!.map(({ runningCount }) => runningCount)).toEqual([2, 2]);
  expect(described.services!.map(({ capacityProviderStrategy }) => capacityProviderStrategy![0]!.capacityProvider)).toEqual([
    "FARGATE",
    "FARGATE",
  ]);
}, 300_000);
