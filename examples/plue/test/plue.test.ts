/**
 * plue as its operators have it: the dev stage in the embedded cloud, deployed by the `plinth` command, used by the real git through its load balancer, and
 * its tasks replaced meanwhile. (P…) are the rows of its list of parts that a test shows. Minutes of waiting are skipped, and nothing else is made up.
 */
import { execFile } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
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
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import { DescribeFileSystemsCommand, EFSClient } from "@aws-sdk/client-efs";
import {
  DescribeTargetGroupsCommand,
  ElasticLoadBalancingV2Client,
  ModifyTargetGroupCommand,
  type ModifyTargetGroupCommandInput,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { CreateQueueCommand, DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { Pool } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { copyOf, type Deployed, eventually, type Ran } from "../../threa/test/deployed.ts";
import { type HurriedCloud, makePatient, patience, startHurriedCloud } from "../../threa/test/hurried.ts";
import { operatorsCommands } from "./operators-commands.ts";
import type { Repository } from "../src/database.ts";
import type { Commit } from "../src/git.ts";

const run = promisify(execFile);

let plue: Deployed;
let cloud: HurriedCloud;
let url: string;
let deployed: Ran;
let settings: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } };
const work = mkdtempSync(join(tmpdir(), "plue-work-"));

const plinth = (args: readonly string[], input?: string) => plue.plinth([...args, "--stage", "dev", "--local"], input);
const succeeded = (ran: Ran) => expect(ran, ran.stderr + ran.stdout).toMatchObject({ code: 0 });

beforeAll(async () => {
  plue = copyOf("plue");
  cloud = await startHurriedCloud(plue);
  deployed = await plinth(["deploy", "--yes"]);
  // Nothing else can be told of a plue that is not there.
  if (deployed.code !== 0) throw new Error(deployed.stdout + deployed.stderr);
  ({ url } = (JSON.parse((await plinth(["outputs", "--json"])).stdout) as { entry: { url: string } }).entry);
  settings = { endpoint: cloud.endpoint, region: "us-east-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } };
}, 300_000);
afterAll(async () => {
  await cloud[Symbol.asyncDispose]();
  await plue[Symbol.asyncDispose]();
  rmSync(work, { recursive: true, force: true });
});

const git = async (folder: string, ...args: string[]) => {
  const env = { PATH: process.env.PATH, HOME: work, GIT_CONFIG_NOSYSTEM: "1", GIT_TERMINAL_PROMPT: "0" };
  const own = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"];
  return (await run("git", [...own, ...args], { cwd: join(work, folder), env, timeout: 200_000 })).stdout.trim();
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

operatorsCommands(() => cloud.endpoint);

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
  await cloud[Symbol.asyncDispose]();
  cloud = await startHurriedCloud(plue);
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

test("(P13) blue-green: another version of the API takes over all at once, and no clone and no push fails meanwhile", async () => {
  plue.edit("src/api.ts", (text) => text.replace('{ status: "ok" }', '{ status: "ok", version: 2 }'));
  const over = new AbortController();
  let exchanges = 0;
  const using = (async () => {
    for (; !over.signal.aborted; exchanges++) {
      await commit("one", "during", String(exchanges), `Change ${exchanges}`);
      await git("one", "pull", "--quiet", "--rebase", "origin", "main");
      await git("one", "push", "--quiet", "origin", "HEAD:main");
      await git(".", "clone", "--quiet", `${url}/api/git/demo.git`, `clone-${exchanges}`);
      // Many programs of git's each time: one exchange upon the other would take all the processor time that the deploy wants.
      await new Promise((done) => setTimeout(done, 200));
    }
  })();
  try {
    const shifted = await plinth(["deploy", "--yes"]);
    succeeded(shifted);
    expect(shifted.stderr + shifted.stdout).toContain("api: the new version comes up beside the old one");
    expect(await json("/api/health")).toEqual({ status: "ok", version: 2 });
  } finally {
    over.abort();
    await using;
  }
  expect(exchanges).toBeGreaterThan(0);
  expect((await json<Commit[]>("/api/repositories/demo/commits?limit=1"))[0]!.subject).toBe(`Change ${exchanges - 1}`);
});

test("(P8) each alarm goes off by what it watches for, tells so, and is over when that is over", async () => {
  const watch = new CloudWatchClient(settings);
  const { MetricAlarms = [] } = await watch.send(new DescribeAlarmsCommand({}));
  const short = (name = "") => /([A-Z]\w+)Alarm-/.exec(name)?.[1] ?? name;
  const firing = async () => {
    const found = await watch.send(new DescribeAlarmsCommand({ StateValue: "ALARM" }));
    return found.MetricAlarms!.map(({ AlarmName }) => short(AlarmName)).sort();
  };
  const told = await hearing(MetricAlarms.flatMap(({ AlarmActions = [] }) => AlarmActions)[0]!, short);
  /** Minute after minute, until these are on. */
  const minutes = async (wanted: readonly string[], meanwhile: () => Promise<unknown> = async () => {}) => {
    await expect
      .poll(
        async () => {
          await meanwhile();
          await cloud.pass(60_000);
          return firing();
        },
        { interval: 0, timeout: 200_000 },
      )
      .toEqual(wanted);
  };
  await makePatient(settings);
  const targets = new ElasticLoadBalancingV2Client(settings);
  const groups = await targets.send(new DescribeTargetGroupsCommand({}));
  const change = async (which: RegExp, how: Omit<ModifyTargetGroupCommandInput, "TargetGroupArn">) => {
    for (const { TargetGroupArn, HealthCheckPath } of groups.TargetGroups!)
      if (which.test(HealthCheckPath!)) await targets.send(new ModifyTargetGroupCommand({ TargetGroupArn, ...how }));
  };
  // On a machine that is a thousand times slower a few requests and a query keep a minute busy.
  const { SecretString } = await new SecretsManagerClient(settings).send(new GetSecretValueCommand({ SecretId: "dev-plue-db-connection" }));
  const { host, port, username, password, dbname } = JSON.parse(SecretString!) as Record<string, string>;
  const database = new Pool({ host, port: Number(port), user: username, password, database: dbname, ssl: { rejectUnauthorized: false } });
  const { rows } = await database.query<{ oid: number }>("select oid from pg_database where datname = current_database()");
  // As large as so many rows, without a disk that holds them: the database has 20 GB.
  const [data] = globSync(join(plue.folder, `.plinth/cloud/rds/us-east-1/db-*/data/base/${rows[0]!.oid}`));
  const large = join(data!, "rows");
  writeFileSync(large, "");
  truncateSync(large, 15.5 * 1024 ** 3);
  const load = () =>
    Promise.all([
      database.query("select count(*) from generate_series(1, 1500000)"),
      ...Array.from({ length: 48 }, () => get("/")),
      ...Array.from({ length: 12 }, () => get("/api/repositories/demo/commits")),
    ]);
  const busy = ["ApiCpu", "DatabaseCpu", "DatabaseStorage", "WebCpu"];
  cloud.slow(1000);
  await minutes(expect.arrayContaining(busy) as string[], load);
  cloud.slow(1);
  await database.end();
  rmSync(large);
  for (const name of busy) expect(await told(name, "ALARM")).toContain("Threshold Crossed");

  // Somebody has the load balancer ask the API for what is not there, and ECS leave its tasks alone.
  const grace = { cluster: "plue-dev", service: "plue-dev-api", healthCheckGracePeriodSeconds: 7200 };
  await new ECSClient(settings).send(new UpdateServiceCommand(grace));
  await change(/health/, { HealthCheckPath: "/api/nothing", HealthCheckIntervalSeconds: 30, HealthCheckTimeoutSeconds: 5 });
  await expect
    .poll(
      async () => {
        await cloud.pass(60_000);
        return (await firing()).join();
      },
      { interval: 0, timeout: 200_000 },
    )
    .toMatch(/^EntryApiUnhealthy(Other)?$/);
  const [unhealthy] = await firing();
  expect(await told(unhealthy!, "ALARM")).toContain("UnHealthyHostCount");
  await change(/health/, { HealthCheckPath: "/api/health", ...patience });
  await minutes([]);
  for (const name of [...busy, unhealthy!]) expect(await told(name, "OK")).toContain("Threshold Crossed");
});

/** A queue that hears what a topic is told: `told(alarm, state)` waits for a message, and gives its text. */
async function hearing(TopicArn: string, short: (name: string) => string) {
  const queues = new SQSClient(settings);
  const QueueArn = "arn:aws:sqs:us-east-1:123456789012:heard";
  const Policy = {
    Statement: [{ Effect: "Allow", Principal: { Service: "sns.amazonaws.com" }, Action: "sqs:SendMessage", Resource: QueueArn }],
  };
  const { QueueUrl } = await queues.send(new CreateQueueCommand({ QueueName: "heard", Attributes: { Policy: JSON.stringify(Policy) } }));
  await new SNSClient(settings).send(new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint: QueueArn }));
  const heard = new Map<string, string>();
  return async (alarm: string, state: string): Promise<string> => {
    const key = `${alarm} ${state}`;
    await expect
      .poll(async () => {
        const { Messages = [] } = await queues.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
        for (const { Body, ReceiptHandle } of Messages) {
          const { Message } = JSON.parse(Body!) as { Message: string };
          const { AlarmName, NewStateValue } = JSON.parse(Message) as { AlarmName: string; NewStateValue: string };
          heard.set(`${short(AlarmName)} ${NewStateValue}`, Message);
          await queues.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
        }
        return [...heard.keys()];
      })
      .toContain(key);
    return heard.get(key)!;
  };
}
