/**
 * hana as its operators have it: the dev stage in the embedded cloud, deployed by the `plinth` command, driven through its load balancer and
 * firewall, loaded while workers are killed, deployed again, stopped and started. (H…) are the rows of its list of parts that a test shows.
 */
import { CloudFormationClient, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import { CloudWatchClient, DescribeAlarmsCommand, GetDashboardCommand, ListDashboardsCommand } from "@aws-sdk/client-cloudwatch";
import { DescribeServicesCommand, ECSClient } from "@aws-sdk/client-ecs";
import { ListBucketsCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { ListSecretsCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { GetQueueAttributesCommand, ListQueuesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { copyOf, type Deployed, eventually, type Ran } from "../../threa/test/deployed.ts";
import { load } from "../load.ts";
import type { RunEvent } from "../src/events.ts";
import type { Run } from "../src/runs.ts";
import { standInAnswer } from "../src/stand-in.ts";
import { openDisturbance } from "./disturbance.ts";

let hana: Deployed;
let url: string;
let settings: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } };

const plinth = (args: readonly string[], input?: string) => hana.plinth([...args, "--stage", "dev", "--local"], input);
const succeeded = (ran: Ran) => expect(ran, ran.stderr + ran.stdout).toMatchObject({ code: 0 });

let refused: Ran;
let set: Ran;
let deployed: Ran;

beforeAll(async () => {
  hana = copyOf("hana");
  refused = await plinth(["deploy", "--yes"]);
  set = await plinth(["secrets", "set", "anthropicApiKey", "--field", "api_key"], "sk-ant-very-private");
  deployed = await plinth(["deploy", "--yes"]);
  // Nothing else can be told of a hana that is not there.
  if (deployed.code !== 0) throw new Error([refused, set, deployed].map(({ stdout, stderr }) => stdout + stderr).join("\n"));
  ({ url } = (JSON.parse((await plinth(["outputs", "--json"])).stdout) as { entry: { url: string } }).entry);
  const { endpoint } = JSON.parse((await hana.plinth(["cloud", "status", "--json"])).stdout) as { endpoint: string };
  settings = { endpoint, region: "us-east-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } };
}, 300_000);
afterAll(() => hana[Symbol.asyncDispose]());

interface Answer<T> {
  code: number;
  body: T;
}
async function ask<T>(path: string, init: RequestInit = {}): Promise<Answer<T>> {
  const response = await fetch(`${url}${path}`, { ...init, signal: AbortSignal.timeout(60_000) });
  const text = await response.text();
  return { code: response.status, body: (response.headers.get("content-type")?.includes("json") ? JSON.parse(text) : text) as T };
}
const post = (conversation: string, prompt: string) =>
  ask<Run>(`/api/v1/conversations/${conversation}/runs`, { method: "POST", body: JSON.stringify({ prompt }) });
// The firewall refuses who does not say what it is.
const openSocket = (path: string) => new WebSocket(`${url.replace("http", "ws")}${path}`, { headers: { "user-agent": "hana's test" } });
const runsOf = async (conversation: string) => (await ask<Run[]>(`/api/v1/conversations/${conversation}/runs`)).body;
const finished = (conversation: string, count: number) =>
  eventually(
    () => runsOf(conversation),
    (runs) => runs.filter(({ state }) => state === "done").length === count,
  );

test("(H11) a required secret without a value stops the first deploy, by name, before anything runs", () => {
  expect(refused, refused.stderr + refused.stdout).toMatchObject({ code: 7 });
  expect(refused.stderr + refused.stdout).toContain("anthropicApiKey");
});

test("(H17) with it, the stage comes up, its value is seen nowhere, and the doctor finds nothing", async () => {
  for (const { stdout, stderr } of [refused, set, deployed, await plinth(["status"]), await plinth(["secrets", "list"])])
    expect(stdout + stderr).not.toContain("sk-ant-very-private");
  expect(await ask("/health")).toEqual({ code: 200, body: { status: "ok" } });
  const doctor = await plinth(["doctor"]);
  succeeded(doctor);
  expect(doctor.stdout + doctor.stderr).toContain("Nothing is wrong");
});

test("(H1, H6, H9–H11, H13) what was made is what the list asks for", async () => {
  const { Stacks } = await new CloudFormationClient(settings).send(new DescribeStacksCommand({}));
  const layers = ["compute", "database", "iam", "messaging", "network", "observability", "secrets", "storage", "waf"];
  expect(Stacks!.map(({ StackName }) => StackName!).toSorted()).toEqual(layers.map((layer) => `hana-dev-${layer}`));

  const services = ["hana-dev-api", "hana-dev-ws", "hana-dev-workers"];
  const described = await new ECSClient(settings).send(new DescribeServicesCommand({ cluster: "hana-dev", services }));
  expect(
    described.services!.map(({ serviceName, loadBalancers }) => [serviceName, loadBalancers!.map(({ containerPort }) => containerPort)]),
  ).toEqual([
    ["hana-dev-api", [3000]],
    ["hana-dev-ws", [3001]],
    ["hana-dev-workers", []],
  ]);

  const { QueueUrls } = await new SQSClient(settings).send(new ListQueuesCommand({}));
  const names = QueueUrls!.map((queue) => queue.split("/").at(-1));
  expect(names).toContain("hana-dev-agent-runs.fifo");
  expect(names.filter((name) => name!.endsWith(".fifo"))).toHaveLength(2);
  const { Buckets } = await new S3Client(settings).send(new ListBucketsCommand({}));
  // Beside hana's stands that of the account, in which Plinth keeps what releases were made of.
  expect(Buckets!.filter(({ Name }) => Name!.startsWith("hana-dev-"))).toHaveLength(3);
  const { SecretList } = await new SecretsManagerClient(settings).send(new ListSecretsCommand({}));
  expect(SecretList!.map(({ Name }) => Name)).toEqual(
    expect.arrayContaining(["anthropic", "openai", "elevenlabs"].map((name) => `hana/dev/${name}-api-key`)),
  );

  const watch = new CloudWatchClient(settings);
  const { MetricAlarms } = await watch.send(new DescribeAlarmsCommand({}));
  expect(MetricAlarms!.length).toBeGreaterThanOrEqual(7);
  const { DashboardEntries } = await watch.send(new ListDashboardsCommand({}));
  const { DashboardBody } = await watch.send(new GetDashboardCommand({ DashboardName: DashboardEntries![0]!.DashboardName }));
  expect((JSON.parse(DashboardBody!) as { widgets: unknown[] }).widgets.length).toBeGreaterThanOrEqual(6);
});

test("(H21) /health, /api/v1/status and ws://…/ws/ answer, other paths do not", async () => {
  expect(await ask("/api/v1/status")).toMatchObject({
    code: 200,
    body: { model: "stand-in", openaiApiKey: "missing", elevenlabsApiKey: "missing" },
  });
  expect((await ask<string>("/api/")).body).toContain("<title>hana</title>");
  expect((await ask("/elsewhere")).code).toBe(404);
  const socket = openSocket("/ws/");
  const hello = await new Promise((done, fail) => {
    socket.once("message", (data) => done(JSON.parse(String(data))));
    socket.once("error", fail);
  });
  expect(hello).toMatchObject({ type: "hello" });
  socket.close();
});

test("(H5, H9) a run is posted, shown live, answered, and its attachment lies in S3", async () => {
  const socket = openSocket("/ws/?conversation=live");
  const events: (RunEvent | { type: "hello" | "runs" })[] = [];
  socket.on("message", (data) => events.push(JSON.parse(String(data)) as RunEvent));
  await eventually(
    async () => events,
    (seen) => seen.some(({ type }) => type === "runs"),
  );
  const { code, body: run } = await post("live", "Good evening, hana");
  expect({ code, state: run.state }).toEqual({ code: 201, state: "queued" });
  await eventually(
    async () => events,
    (seen) => seen.some((event) => event.type === "run" && event.run.state === "done"),
  );
  socket.close();
  const told = events.flatMap((event) => (event.type === "progress" ? event.text : [])).join("");
  const states = events.flatMap((event) => (event.type === "run" ? event.run.state : []));
  expect({ told, states: states.filter((state) => state !== "queued") }).toEqual({
    told: standInAnswer("", "Good evening, hana"),
    states: ["running", "done"],
  });
  const attachment = await ask<string>(`/api/v1/runs/${run.id}/attachment`);
  expect(attachment).toEqual({ code: 200, body: `# 1\n\n> Good evening, hana\n\n${told}\n` });
});

test("(H10) finished runs are recorded in the logs' bucket and backed up", async () => {
  const s3 = new S3Client(settings);
  const { Buckets } = await s3.send(new ListBucketsCommand({}));
  const keys = async () => {
    const lists = await Promise.all(Buckets!.map(({ Name }) => s3.send(new ListObjectsV2Command({ Bucket: Name }))));
    return lists.flatMap(({ Contents = [] }) => Contents.map(({ Key }) => Key!));
  };
  const [run] = await runsOf("live");
  const found = await eventually(keys, (all) => all.includes("conversations/live.jsonl"));
  expect(found).toContain(`runs/${run!.finishedAt!.slice(0, 10)}/${run!.id}-1.json`);
  expect(found).toContain("conversations/live/1-1.md");
});

test("(H12) an SQL injection does not reach the API, a harmless question does", async () => {
  const query = (text: string) => ask(`/api/v1/status?q=${encodeURIComponent(text)}`);
  expect((await query("' OR '1'='1' UNION SELECT password FROM users--")).code).toBe(403);
  expect((await query("O'Brien selects from the menu")).code).toBe(200);
  expect((await post("attack", "1'; DROP TABLE run; --")).code).toBe(403);
  expect((await ask<{ runs: unknown }>("/api/v1/conversations/attack/runs")).body).toEqual([]);
});

test("a worker that is told to stop finishes its run first", async () => {
  const { body: run } = await post("slow", "/wait 1500 and then answer");
  await eventually(
    async () => (await runsOf("slow"))[0]!.state,
    (state) => state === "running",
  );
  await openDisturbance({ ...settings, cluster: "hana-dev" }).stopWorker();
  const [done] = await finished("slow", 1);
  expect(done).toMatchObject({ id: run.id, attempts: 1, result: standInAnswer("", "/wait 1500 and then answer") });
});

test("(H9) under load, while a worker is killed and another stopped, nothing is lost, done twice or out of order", async () => {
  const { killWorker, stopWorker } = openDisturbance({ ...settings, cluster: "hana-dev" });
  const report = await load({ url, conversations: 12, runsEach: 6, disturbances: [killWorker, stopWorker], withinMs: 120_000 });
  expect(report).toMatchObject({ posted: 72, done: 72, faults: [] });
  expect(report.disturbed).toHaveLength(2);

  const sqs = new SQSClient(settings);
  const { QueueUrls } = await sqs.send(new ListQueuesCommand({}));
  const waiting = async (QueueUrl: string) => {
    const AttributeNames = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"] as const;
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...AttributeNames] }));
    return AttributeNames.reduce((sum, name) => sum + Number(Attributes![name]), 0);
  };
  // The dead-letter queues among them: nothing was given up.
  await eventually(
    async () => (await Promise.all(QueueUrls!.map(waiting))).reduce((sum, count) => sum + count, 0),
    (count) => count === 0,
  );
});

test("(H14, H15, H19) a shell, another copy, a stop for the night and a start, by Plinth's own commands", async () => {
  const shell = await hana.plinth(["exec", "api", "--stage", "dev", "--local", "--", "node", "-p", "process.env.RUNS_QUEUE_URL"]);
  succeeded(shell);
  expect(shell.stdout).toContain("hana-dev-agent-runs.fifo");
  const running = async () => {
    const described = await new ECSClient(settings).send(
      new DescribeServicesCommand({ cluster: "hana-dev", services: ["hana-dev-api", "hana-dev-ws", "hana-dev-workers"] }),
    );
    return described.services!.map(({ runningCount }) => runningCount).join(" ");
  };
  succeeded(await plinth(["scale", "api", "2"]));
  expect(await running()).toBe("2 1 1");
  succeeded(await plinth(["scale", "api", "1"]));
  succeeded(await plinth(["stop", "--yes"]));
  expect(await running()).toBe("0 0 0");
  expect((await ask("/health")).code).toBe(503);
  succeeded(await plinth(["start"]));
  // It waits for the tasks; the load balancer has then to find them healthy.
  await eventually(
    () => ask("/health"),
    ({ code }) => code === 200,
  );
});

test("a redeploy with a changed page serves throughout and keeps the runs", async () => {
  hana.edit("public/index.html", (text) => text.replace("<h1>hana</h1>", "<h1>hana, second edition</h1>"));
  const codes = new Map<number, number>();
  const over = new AbortController();
  // Also when the test fails; else this would go on for ever.
  onTestFinished(() => over.abort());
  const watch = (async () => {
    while (!over.signal.aborted) {
      const code = await ask("/health").then(
        (answer) => answer.code,
        () => 0,
      );
      codes.set(code, (codes.get(code) ?? 0) + 1);
      // The firewall lets 2,000 requests in five minutes through.
      await new Promise((done) => setTimeout(done, 200));
    }
  })();
  const redeploy = await plinth(["deploy", "--yes"]);
  over.abort();
  await watch;
  succeeded(redeploy);
  expect([...codes.keys()]).toEqual([200]);
  expect((await ask<string>("/api/")).body).toContain("second edition");
  expect(await runsOf("live")).toHaveLength(1);
});

test("after a stop and a start everything is as it was, and runs go on", async () => {
  succeeded(await hana.plinth(["cloud", "stop"]));
  succeeded(await hana.plinth(["cloud", "start"]));
  await eventually(
    () => ask("/health"),
    ({ code }) => code === 200,
  );
  await eventually(
    () => runsOf("live"),
    (runs) => Array.isArray(runs) && runs.length === 1,
  );
  await post("live", "Are you back?");
  const [first, second] = await finished("live", 2);
  expect(second!.result).toBe(standInAnswer(first!.result!, "Are you back?"));
});

test("(H15) its logs are told by service, and destroy leaves nothing that runs", async () => {
  expect((await plinth(["logs", "api"])).stdout).toContain("hana's API listens on port 3000");
  expect((await plinth(["logs", "workers"])).stdout).toContain("a run is done");
  const destroyed = await plinth(["destroy", "--yes"]);
  succeeded(destroyed);
  await expect(ask("/health")).rejects.toThrow("fetch failed");
});
