/** threa as a user has it: deployed with two tasks, driven over HTTP and WebSocket, through a redeploy, a stop and a start. */
import { DescribeNetworkInterfacesCommand, EC2Client } from "@aws-sdk/client-ec2";
import { DescribeTasksCommand, ECSClient, ListTasksCommand } from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { copyOfThrea, type Deployed, eventually, type Ran } from "./deployed.ts";

let threa: Deployed;
let first: Ran;
let ecs: ECSClient;
let ec2: EC2Client;

beforeAll(async () => {
  threa = copyOfThrea();
  threa.edit("plinth.config.ts", (text) => text.replace("port: 3000,", "port: 3000, scale: { min: 2, max: 2 },"));
  first = await threa.plinth(["deploy", "--yes"]);
  ({ ecs, ec2 } = await clients());
});
afterAll(() => threa[Symbol.asyncDispose]());

/** Of the cloud that runs: looked for again only after it was started again, as each command is a process of its own. */
async function clients() {
  const { endpoint } = JSON.parse((await threa.plinth(["cloud", "status", "--json"])).stdout) as { endpoint: string };
  const settings = { endpoint, region: "eu-central-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } };
  return { ecs: new ECSClient(settings), ec2: new EC2Client(settings) };
}

/** The addresses of the running tasks of the service, as an operator would look them up. */
async function addresses(): Promise<string[]> {
  const cluster = "threa-local";
  const { taskArns = [] } = await ecs.send(new ListTasksCommand({ cluster, desiredStatus: "RUNNING" }));
  const { tasks = [] } = taskArns.length > 0 ? await ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns })) : {};
  const interfaces = tasks
    .filter(({ lastStatus, group }) => lastStatus === "RUNNING" && group?.startsWith("service:"))
    .flatMap(({ attachments = [] }) => attachments[0]?.details?.find(({ name }) => name === "networkInterfaceId")?.value ?? []);
  const { NetworkInterfaces = [] } =
    interfaces.length > 0 ? await ec2.send(new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: interfaces })) : {};
  return NetworkInterfaces.flatMap(({ Association }) => (Association?.PublicIp ? [`http://${Association.PublicIp}:3000`] : []));
}

const twoTasks = () => eventually(addresses, (found) => found.length === 2);
const json = async <T>(url: string, body?: unknown) =>
  (await (await fetch(url, body === undefined ? {} : { method: "POST", body: JSON.stringify(body) })).json()) as T;

test("the first deploy succeeds and gives a URL", async () => {
  expect(first, first.stderr + first.stdout).toMatchObject({ code: 0 });
  const outputs = JSON.parse((await threa.plinth(["outputs", "--json"])).stdout) as { web: { url: string } };
  expect(outputs.web.url).toMatch(/^http:\/\/127\.\d+\.\d+\.\d+:3000$/);
  expect(await json(`${outputs.web.url}/health`)).toEqual({ status: "ok" });
  expect(await (await fetch(outputs.web.url)).text()).toContain("<title>threa</title>");
});

test("what is posted to one task is live on the other, and found by similarity", async () => {
  const [one, two] = (await twoTasks()) as [string, string];
  const { task: taskOne } = await json<{ task: string }>(`${one}/api/status`);
  const socket = new WebSocket(`${two.replace("http", "ws")}/ws`);
  const events: { type: string; task?: string; message?: { text: string } }[] = [];
  socket.on("message", (data) => events.push(JSON.parse(String(data)) as never));
  await eventually(
    async () => events,
    (seen) => seen.some(({ type }) => type === "hello"),
  );
  expect(events[0]!.task).not.toBe(taskOne);

  for (const text of ["The database sleeps at night", "A queue of messages for the workers", "Databases need sleep too"]) {
    expect(await json(`${one}/api/messages`, { author: "ana", text })).toMatchObject({ author: "ana", text });
  }
  await eventually(
    async () => events.flatMap(({ message }) => message?.text ?? []),
    (texts) => texts.length === 3,
  );
  socket.close();

  const found = await json<{ text: string; similarity: number }[]>(`${two}/api/search?q=sleeping%20databases&limit=2`);
  expect(found.map(({ text }) => text).toSorted()).toEqual(["Databases need sleep too", "The database sleeps at night"]);
  expect(await json(`${one}/api/messages`, { author: "", text: "x" })).toEqual({ error: "author must be text of 1 to 60 characters" });
});

test("a secret that is set reaches the tasks, and its value nobody else", async () => {
  const [before] = await twoTasks();
  expect(await json(`${before}/api/status`)).toMatchObject({ workosApiKey: "missing", cache: "redis" });
  const set = await threa.plinth(["secrets", "set", "workosApiKey"], "sk_test_very_private");
  expect(set, set.stderr).toMatchObject({ code: 0 });
  const redeploy = await threa.plinth(["deploy", "--yes"]);
  expect(redeploy, redeploy.stderr + redeploy.stdout).toMatchObject({ code: 0 });
  const status = await eventually(
    async () => json<{ workosApiKey: string }>(`${(await twoTasks())[0]}/api/status`),
    ({ workosApiKey }) => workosApiKey === "present",
  );
  expect(status).toMatchObject({ workosApiKey: "present" });
  for (const { stdout, stderr } of [
    set,
    redeploy,
    await threa.plinth(["plan"]),
    await threa.plinth(["secrets", "list"]),
    await threa.plinth(["status"]),
  ]) {
    expect(stdout + stderr).not.toContain("sk_test_very_private");
  }
});

test("a redeploy with a changed page serves throughout and keeps the messages", async () => {
  threa.edit("public/index.html", (text) => text.replace("<h1>threa</h1>", "<h1>threa, second edition</h1>"));
  let [answered, failed] = [0, 0];
  const over = new AbortController();
  // Also when the test fails; else this would go on for ever.
  onTestFinished(() => over.abort());
  // Looks the addresses up as often as a client with a short time to live would.
  const watch = (async () => {
    while (!over.signal.aborted) {
      const answers = await Promise.allSettled(
        (await addresses()).map(async (address) => (await fetch(`${address}/health`, { signal: AbortSignal.timeout(60_000) })).ok),
      );
      if (answers.some((answer) => answer.status === "fulfilled" && answer.value)) answered++;
      else failed++;
      await new Promise((done) => setTimeout(done, 100));
    }
  })();
  const redeploy = await threa.plinth(["deploy", "--yes"]);
  over.abort();
  await watch;
  expect(redeploy, redeploy.stderr + redeploy.stdout).toMatchObject({ code: 0 });
  expect({ failed, served: answered > 0 }).toEqual({ failed: 0, served: true });
  for (const address of await twoTasks()) expect(await (await fetch(address)).text()).toContain("second edition");
  expect(await json<unknown[]>(`${(await twoTasks())[0]}/api/messages`)).toHaveLength(3);
});

test("after a stop and a start everything is as it was, data included", async () => {
  expect(await threa.plinth(["cloud", "stop"])).toMatchObject({ code: 0 });
  expect(JSON.parse((await threa.plinth(["cloud", "status", "--json"])).stdout)).toMatchObject({ state: "stopped" });
  const start = await threa.plinth(["cloud", "start"]);
  expect(start, start.stderr).toMatchObject({ code: 0 });
  ({ ecs, ec2 } = await clients());
  const messages = await eventually(
    async () => json<{ text: string }[]>(`${(await twoTasks())[0]}/api/messages`),
    (found) => found.length === 3,
  );
  expect(messages[0]).toMatchObject({ text: "Databases need sleep too" });
  const unchanged = await threa.plinth(["deploy", "--yes"]);
  expect(unchanged, unchanged.stderr + unchanged.stdout).toMatchObject({ code: 0 });
});

test("its logs are in CloudWatch, and destroy leaves nothing", async () => {
  const logs = await threa.plinth(["logs", "web"]);
  expect(logs.stdout).toContain("threa listens on port 3000");
  const refused = await threa.plinth(["destroy"]);
  expect(refused.code).not.toBe(0);
  const destroyed = await threa.plinth(["destroy", "--yes"]);
  expect(destroyed, destroyed.stderr + destroyed.stdout).toMatchObject({ code: 0 });
  expect(await addresses().catch(() => [])).toEqual([]);
});
