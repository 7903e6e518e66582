/** hana's dev stage from nothing to healthy, beside the bare starts of what it runs; and open WebSockets through its load balancer. */
import { join } from "node:path";
import { WebSocket } from "ws";
import { copyOf, type Deployed } from "../../examples/threa/test/deployed.ts";
import { type Benchmark, type Figure, median, ms } from "../figure.ts";
import { plinth, wallMs } from "../measure.ts";
import { firstAnswerMs } from "../peers/bare-app.ts";
import { startBarePostgres } from "../peers/bare-database.ts";
import { startBareRedis } from "../peers/bare-redis.ts";
import { firstWordMs } from "../peers/first-word.ts";

const runs = 3;
const openSockets = 2000;
const stage = ["--stage", "dev", "--local"];

const hana: Benchmark = async () => {
  const deploys: number[] = [];
  const sums: number[] = [];
  let parts: [string, number][] = [];
  let sockets: Figure | undefined;
  for (let run = 0; run < runs; run++) {
    await using app = copyOf("hana");
    const startMs = performance.now();
    // The first one stops at the required secret, which then gets its value: both are counted.
    await app.plinth(["deploy", "--yes", ...stage]);
    const set = await app.plinth(["secrets", "set", "anthropicApiKey", "--field", "api_key", ...stage], "no-real-key");
    if (set.code !== 0) throw new Error(set.stderr);
    await wallMs([plinth, "deploy", "--yes", ...stage, "--app", app.folder]);
    const url = await entryOf(app);
    if (!(await fetch(`${url}/health`)).ok) throw new Error("hana does not answer");
    deploys.push(performance.now() - startMs);
    parts = await bareStarts(app.folder);
    sums.push(parts.reduce((sum, [, partMs]) => sum + partMs, 0));
    if (run === runs - 1) sockets = await webSockets(url);
  }
  const [deployMs, sumMs] = [median(deploys), median(sums)];
  return [
    {
      name: "deploy of hana's dev stage from nothing to healthy, its secret set on the way",
      ours: ms(deployMs),
      reference: `${ms(sumMs)} bare (${parts.map(([name, partMs]) => `${name} ${ms(partMs)}`).join(", ")})`,
      value: deployMs / sumMs,
      limit: { atMost: 5 },
    },
    sockets!,
  ];
};
export default hana;

async function entryOf(app: Deployed): Promise<string> {
  const { stdout } = await app.plinth(["outputs", "--json", ...stage]);
  return (JSON.parse(stdout) as { entry: { url: string } }).entry.url;
}

/** The same programs without a cloud, one after the other. What they would ask of SQS and S3 is not there. */
async function bareStarts(folder: string): Promise<[string, number][]> {
  await using database = await startBarePostgres();
  await using redis = await startBareRedis();
  const nowhere = "http://127.0.0.1:9";
  const env = {
    ...process.env,
    DATABASE_URL: database.url,
    REDIS_URL: redis.url,
    ANTHROPIC_API_KEY: "no-real-key",
    MEDIA_BUCKET: "media",
    BACKUPS_BUCKET: "backups",
    LOGS_BUCKET: "logs",
    RUNS_QUEUE_URL: `${nowhere}/runs.fifo`,
    NOTIFICATIONS_QUEUE_URL: `${nowhere}/notifications`,
    AWS_ENDPOINT_URL: nowhere,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
  };
  return [
    [database.servedBy, database.readyMs],
    [redis.servedBy, redis.readyMs],
    ["api", await firstAnswerMs(join(folder, "api.js"), env, "/health")],
    ["ws", await firstAnswerMs(join(folder, "ws.js"), env, "/health")],
    ["worker", await firstWordMs(join(folder, "worker.js"), env)],
  ];
}

/** All open at once, each greeted. */
async function webSockets(url: string): Promise<Figure> {
  const startMs = performance.now();
  const sockets: WebSocket[] = [];
  let greeted = 0;
  const headers = { "user-agent": "hana's benchmark" };
  try {
    for (let first = 0; first < openSockets; first += 100) {
      await Promise.all(
        Array.from({ length: 100 }, (_, index) => {
          // The firewall counts requests by address, and refuses who does not say what it is.
          const localAddress = `127.200.${Math.floor((first + index) / 250)}.1`;
          const socket = new WebSocket(`${url.replace("http", "ws")}/ws/`, { localAddress, headers });
          sockets.push(socket);
          return new Promise<void>((done, fail) => socket.once("message", () => done(void greeted++)).once("error", fail));
        }),
      );
    }
    const open = sockets.filter((socket) => socket.readyState === WebSocket.OPEN).length;
    return {
      name: "open WebSockets through hana's load balancer",
      ours: `${open} open and ${greeted} greeted after ${ms(performance.now() - startMs)}`,
      reference: `${openSockets} asked for`,
      value: Math.min(open, greeted),
      limit: { atLeast: openSockets },
      unit: "sockets",
    };
  } finally {
    for (const socket of sockets) socket.terminate();
  }
}
