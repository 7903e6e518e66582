/** The API: takes runs, tells about them, and hands the outbox over to the queues. */
import { S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";
import { createServer } from "node:http";
import { hostname } from "node:os";
import { openDatabase } from "./database.ts";
import { openEvents } from "./events.ts";
import { openFiles } from "./files.ts";
import { log, reasonOf } from "./log.ts";
import { migrate } from "./migrations.ts";
import { chooseModel } from "./model-choice.ts";
import { openRelay } from "./outbox.ts";
import { openQueue } from "./queue.ts";
import { type Context, respond } from "./routes.ts";
import { settings } from "./settings.ts";
import { whenStopped } from "./stopping.ts";

const { DATABASE_URL, REDIS_URL, ANTHROPIC_API_KEY, MEDIA_BUCKET, RUNS_QUEUE_URL, NOTIFICATIONS_QUEUE_URL } = settings(
  "DATABASE_URL",
  "REDIS_URL",
  "ANTHROPIC_API_KEY",
  "MEDIA_BUCKET",
  "RUNS_QUEUE_URL",
  "NOTIFICATIONS_QUEUE_URL",
);
const { OPENAI_API_KEY, ELEVENLABS_API_KEY, HOST = "0.0.0.0", PORT = "3000", HOSTNAME = hostname() } = process.env;

const database = openDatabase(DATABASE_URL, 10);
await migrate(database);
const events = openEvents(REDIS_URL);
const queues = new SQSClient({});
const relay = openRelay(database, { runs: openQueue(queues, RUNS_QUEUE_URL), notifications: openQueue(queues, NOTIFICATIONS_QUEUE_URL) });
const presence = (value: string | undefined) => (value ? "present" : "missing");
const context: Context = {
  database,
  media: openFiles(new S3Client({}), MEDIA_BUCKET),
  posted(run) {
    relay.wake();
    void events.publish({ type: "run", conversationId: run.conversationId, run });
  },
  status: {
    task: HOSTNAME,
    model: chooseModel(ANTHROPIC_API_KEY).name,
    openaiApiKey: presence(OPENAI_API_KEY),
    elevenlabsApiKey: presence(ELEVENLABS_API_KEY),
  },
};

const server = createServer((request, response) => {
  respond(request, response, context).catch((error: unknown) => {
    log("ERROR", reasonOf(error), { path: request.url });
    if (response.headersSent) response.destroy();
    else response.writeHead(500, { "content-type": "application/json" }).end(JSON.stringify({ error: "internal error" }));
  });
});
// Longer than the load balancer keeps a quiet connection (an hour), so that it never sends a request into one that is being closed.
server.keepAliveTimeout = 3_660_000;
whenStopped(async () => {
  const closed = new Promise((done) => server.close(done));
  server.closeIdleConnections();
  await closed;
  await relay.stop();
  await Promise.allSettled([database.end(), events.close()]);
});

server.listen(Number(PORT), HOST, () => log("INFO", `hana's API listens on port ${PORT}`, { task: HOSTNAME }));
