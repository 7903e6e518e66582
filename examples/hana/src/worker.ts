/** The worker: does runs, in order within a conversation, and records those that are finished. */
import { S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";
import { hostname } from "node:os";
import { consume } from "./consumer.ts";
import { openDatabase } from "./database.ts";
import { openEvents } from "./events.ts";
import { openFiles } from "./files.ts";
import { log } from "./log.ts";
import { migrate } from "./migrations.ts";
import { chooseModel } from "./model-choice.ts";
import { record } from "./notifications.ts";
import { openQueue } from "./queue.ts";
import { settings } from "./settings.ts";
import { whenStopped } from "./stopping.ts";
import { doRun } from "./work.ts";

const env = settings(
  "DATABASE_URL",
  "REDIS_URL",
  "ANTHROPIC_API_KEY",
  "MEDIA_BUCKET",
  "RUNS_QUEUE_URL",
  "NOTIFICATIONS_QUEUE_URL",
  "BACKUPS_BUCKET",
  "LOGS_BUCKET",
);
const worker = process.env.HOSTNAME ?? hostname();

const database = openDatabase(env.DATABASE_URL, 10);
await migrate(database);
const events = openEvents(env.REDIS_URL);
const [queues, buckets] = [new SQSClient({}), new S3Client({})];
const model = chooseModel(env.ANTHROPIC_API_KEY);
const work = { database, events, media: openFiles(buckets, env.MEDIA_BUCKET), model, worker };
const records = { database, logs: openFiles(buckets, env.LOGS_BUCKET), backups: openFiles(buckets, env.BACKUPS_BUCKET) };

const consumers = [
  consume({ queue: openQueue(queues, env.RUNS_QUEUE_URL), slots: 20, handle: (message) => doRun(work, message) }),
  consume({ queue: openQueue(queues, env.NOTIFICATIONS_QUEUE_URL), slots: 5, handle: (message) => record(records, message) }),
];
whenStopped(async () => {
  await Promise.all(consumers.map((consumer) => consumer.stop()));
  await Promise.allSettled([database.end(), events.close()]);
});
log("INFO", `hana's worker takes runs, answered by ${model.name}`, { task: worker });
