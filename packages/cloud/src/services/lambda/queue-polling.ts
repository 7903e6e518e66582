/**
 * Reads queues for functions: batches of messages are received as the function's role, given to it, and deleted when it has done them. What
 * it has not done becomes visible again after the queue's timeout. Source: AWS Lambda Developer Guide, "Using Lambda with Amazon SQS".
 */
import type { Message } from "@aws-sdk/client-sqs";
import { AwsError } from "../../aws-error.ts";
import type { Cloud } from "../../cloud.ts";
import type { Output } from "../../aws.ts";
import { eventSourceMappings, type EventSourceMapping } from "./event-source-mapping.ts";
import type { Place } from "./function.ts";
import { type Answer, invoke } from "./invocation.ts";
import { findQualified, type Qualified } from "./qualified.ts";
import { sessionFor } from "./role.ts";
import { failedIds, recordsOf } from "./queue-records.ts";

/** Lambda begins with five readers of a standard queue. */
const defaultConcurrency = 5;
const longPollSeconds = 20;
const restMs = 10_000;

interface Poller {
  ending: AbortController;
  ended: Promise<void>;
}

const key = Symbol("lambda.queue-polling");
const pollers = (cloud: Cloud) => cloud.memory(key, () => ({ running: false, by: new Map<string, Poller>() }));

export function startPolling(cloud: Cloud): void {
  pollers(cloud).running = true;
  for (const { scope, value } of eventSourceMappings(cloud).all()) follow({ cloud, account: cloud.account, region: scope }, value);
}

/** Calls under way are to be ended beside it. */
export async function stopPolling(cloud: Cloud): Promise<void> {
  const own = pollers(cloud);
  own.running = false;
  const ended = [...own.by.values()].map((poller) => {
    poller.ending.abort();
    return poller.ended;
  });
  await Promise.all(ended);
}

/** To be called when a mapping was made or changed. */
export function follow(place: Place, mapping: EventSourceMapping): void {
  const own = pollers(place.cloud);
  unfollow(place.cloud, mapping.uuid);
  if (!own.running || !mapping.enabled) return;
  const ending = new AbortController();
  const poller: Poller = {
    ending,
    ended: poll(place, mapping, ending.signal)
      .catch((error: unknown) => {
        if (!ending.signal.aborted && !place.cloud.stopping.aborted)
          console.error(`lambda: ${mapping.queueArn} is not read any more:`, error);
      })
      .finally(() => {
        if (own.by.get(mapping.uuid) === poller) own.by.delete(mapping.uuid);
      }),
  };
  own.by.set(mapping.uuid, poller);
}

/** What was received is still done. */
export function unfollow(cloud: Cloud, uuid: string): void {
  const poller = pollers(cloud).by.get(uuid);
  if (!poller) return;
  poller.ending.abort();
  pollers(cloud).by.delete(uuid);
  cloud.inBackground("lambda: the last messages of an event source", poller.ended);
}

async function poll(place: Place, mapping: EventSourceMapping, signal: AbortSignal): Promise<void> {
  const { clock } = place.cloud.world;
  const busy = new Set<Promise<void>>();
  const slots = mapping.maximumConcurrency ?? defaultConcurrency;
  while (!signal.aborted) {
    const called = findQualified(place, mapping.functionName, mapping.qualifier);
    const batch = called ? await gather(place, mapping, called, signal) : undefined;
    if (called && batch && batch.length > 0) {
      const work = handle(place, mapping, called, batch).finally(() => busy.delete(work));
      busy.add(work);
      if (busy.size >= slots) await Promise.race(busy);
    } else if (batch === undefined) {
      // The function, the queue or the permission is not there now.
      await clock.sleep(restMs, signal).catch(() => {});
    }
  }
  await Promise.allSettled(busy);
}

/** Up to a batch, of what is there or comes within the window; `undefined` where the queue cannot be read. */
async function gather(place: Place, mapping: EventSourceMapping, called: Qualified, signal: AbortSignal): Promise<Message[] | undefined> {
  const { clock } = place.cloud.world;
  const messages: Message[] = [];
  let untilMs: number | undefined;
  do {
    const waitMs = untilMs === undefined ? longPollSeconds * 1_000 : untilMs - clock.nowMs();
    const received = await receive(
      place,
      mapping,
      called,
      mapping.batchSize - messages.length,
      Math.max(0, Math.ceil(waitMs / 1_000)),
      signal,
    );
    if (received === undefined) return messages.length > 0 ? messages : undefined;
    if (received.length > 0) untilMs ??= clock.nowMs() + mapping.windowSeconds * 1_000;
    messages.push(...received);
  } while (!signal.aborted && untilMs !== undefined && messages.length < mapping.batchSize && clock.nowMs() < untilMs);
  return messages;
}

async function receive(
  place: Place,
  { queueArn }: EventSourceMapping,
  { of }: Qualified,
  count: number,
  WaitTimeSeconds: number,
  signal: AbortSignal,
): Promise<Message[] | undefined> {
  const { cloud, region } = place;
  const input = {
    QueueUrl: queueUrl(cloud, queueArn),
    MaxNumberOfMessages: Math.min(10, count),
    WaitTimeSeconds: Math.min(longPollSeconds, WaitTimeSeconds),
    MessageSystemAttributeNames: ["All"],
    MessageAttributeNames: ["All"],
  };
  try {
    const { session } = sessionFor(place, of);
    // With a signal of its own: a poll that is given up receives nothing.
    const origin = { principal: session, region, requestId: cloud.world.random.uuid(), signal };
    return ((await cloud.run("sqs", "ReceiveMessage", input, origin)) as Output<"sqs", "ReceiveMessage">).Messages ?? [];
  } catch (error) {
    if (signal.aborted) return [];
    if (error instanceof AwsError) return undefined;
    throw error;
  }
}

async function handle(place: Place, mapping: EventSourceMapping, called: Qualified, batch: readonly Message[]): Promise<void> {
  const { cloud, region } = place;
  const event = Buffer.from(JSON.stringify({ Records: recordsOf(mapping.queueArn, batch) }));
  let answer: Answer;
  try {
    answer = await invoke(place, called, cloud.world.random.uuid(), event);
  } catch (error) {
    if (error instanceof AwsError) return;
    throw error;
  }
  if (answer.functionError !== undefined || cloud.stopping.aborted) return;
  const failed = mapping.reportsFailures ? failedIds(answer.payload.toString(), batch) : [];
  if (failed === "all") return;
  const done = batch.filter(({ MessageId }) => !failed.includes(MessageId!));
  try {
    const call = cloud.as(sessionFor(place, called.of).session, region);
    for (let at = 0; at < done.length; at += 10) {
      await call("sqs", "DeleteMessageBatch", {
        QueueUrl: queueUrl(cloud, mapping.queueArn),
        Entries: done.slice(at, at + 10).map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle: ReceiptHandle! })),
      });
    }
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
  }
}

function queueUrl({ endpoint }: Cloud, arn: string): string {
  const [, , , , account, name] = arn.split(":");
  return `${endpoint}/${account}/${name}`;
}
