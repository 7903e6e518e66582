/** Export tasks: a group's events, written to an S3 bucket as AWS lays them out. Done when the call is answered. */
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { AwsError } from "../../../aws-error.ts";
import type { Cloud } from "../../../cloud.ts";
import { checkConstraints } from "../../../constraints.ts";
import { servicePrincipal } from "../../../identity/principal.ts";
import { pageOf } from "../../../paging.ts";
import { operation, type Call } from "../../../service.ts";
import { invalidNextToken, invalidParameter } from "../errors.ts";
import { beforeAll, readForward } from "../events.ts";
import { checkReadable } from "../group-key.ts";
import { findGroup } from "../groups.ts";
import { type LogStream, streamsOf } from "../streams.ts";

interface ExportTask {
  taskId: string;
  taskName?: string;
  logGroupName: string;
  from: number;
  to: number;
  destination: string;
  destinationPrefix: string;
  status: { code: "COMPLETED" | "FAILED"; message: string };
  executionInfo: { creationTime: number; completionTime: number };
}

const statusCodes = ["CANCELLED", "COMPLETED", "FAILED", "PENDING", "PENDING_CANCEL", "RUNNING"];
const defaultPrefix = "exportedlogs";
const eventsOfFile = 50_000;
const tasks = (cloud: Cloud) => cloud.store.collection<ExportTask>("logs.exportTask");
const notFound = () => new AwsError("ResourceNotFoundException", "The specified export task does not exist.");

export const createExportTask = operation("logs", "CreateExportTask", async (input, context) => {
  const { cloud, region, account } = context;
  const { taskName, logStreamNamePrefix = "", from, to, destination, destinationPrefix } = input;
  checkConstraints("InvalidParameterException", {
    taskName: [taskName, { length: [1, 512] }],
    from: [from, { range: [0, Infinity] }],
    to: [to, { range: [0, Infinity] }],
    destination: [destination, { length: [1, 512] }],
  });
  const call = cloud.as(servicePrincipal(account, `logs.${region}.amazonaws.com`), region);
  const folder = destinationPrefix ?? defaultPrefix;
  const put = (Key: string, Body: string | Uint8Array) => call("s3", "PutObject", { Bucket: destination, Key, Body: Body as never });
  await checkBucket(call, destination);
  const group = findGroup(context, input.logGroupName);
  checkReadable(context, group);
  if (to < from) throw invalidParameter("The specified time range is invalid: 'to' must not be before 'from'.");
  await put(destinationPrefix === undefined ? "aws-logs-write-test" : `${folder}/aws-logs-write-test`, "Permission Check Successful");
  const taskId = cloud.world.random.uuid();
  const creationTime = cloud.world.clock.nowMs();
  for (const stream of streamsOf(cloud, group).filter(({ name }) => name.startsWith(logStreamNamePrefix))) {
    let number = 0;
    for await (const file of filesOf(cloud, stream, from, to)) {
      await put(`${folder}/${taskId}/${stream.name.replaceAll("/", "-")}/${String(number++).padStart(6, "0")}.gz`, file);
    }
  }
  tasks(cloud).put(region, taskId, {
    taskId,
    ...(taskName !== undefined && { taskName }),
    logGroupName: group.name,
    from,
    to,
    destination,
    destinationPrefix: folder,
    status: { code: "COMPLETED", message: "Completed successfully" },
    executionInfo: { creationTime, completionTime: cloud.world.clock.nowMs() },
  });
  return { taskId };
});

async function checkBucket(call: Call, Bucket: string): Promise<void> {
  try {
    await call("s3", "HeadBucket", { Bucket });
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw invalidParameter("The given bucket does not exist. Please make sure the bucket is valid.");
  }
}

/** Each line is the event's time and its message. */
async function* filesOf(cloud: Cloud, stream: LogStream, startMs: number, endMs: number): AsyncGenerator<Buffer> {
  let from = beforeAll;
  for (;;) {
    const events = readForward(cloud, stream, { startMs, endMs, from, limit: eventsOfFile });
    const last = events.at(-1);
    if (!last) return;
    from = last;
    yield await promisify(gzip)(events.map(({ time, message }) => `${new Date(time).toISOString()} ${message}\n`).join(""));
  }
}

export const describeExportTasks = operation("logs", "DescribeExportTasks", (input, { cloud, region }) => {
  const { taskId, statusCode, limit = 50, nextToken } = input;
  checkConstraints("InvalidParameterException", {
    limit: [limit, { range: [1, 50] }],
    statusCode: [statusCode, { enum: statusCodes }],
  });
  if (taskId !== undefined && !tasks(cloud).has(region, taskId)) throw notFound();
  const wanted = tasks(cloud)
    .list(region)
    .filter((task) => (taskId === undefined || task.taskId === taskId) && (statusCode === undefined || task.status.code === statusCode));
  const page = pageOf(wanted, {
    size: limit,
    token: nextToken,
    keyOf: (task) => task.taskId,
    query: JSON.stringify(["DescribeExportTasks", taskId, statusCode]),
    invalid: invalidNextToken,
  });
  return { exportTasks: page.items, ...(page.nextToken !== undefined && { nextToken: page.nextToken }) };
});

export const cancelExportTask = operation("logs", "CancelExportTask", (input, { cloud, region }) => {
  if (!tasks(cloud).has(region, input.taskId)) throw notFound();
  throw new AwsError("InvalidOperationException", "The specified export task has already finished");
});
