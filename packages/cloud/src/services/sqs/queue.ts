/** A queue: what is kept of it, and how it is found. Queues are read with each message, so they also lie in memory, ready to use. */
import type { Cloud } from "../../cloud.ts";
import { queueNotFound } from "./errors.ts";
import { parseQueueArn, parseQueueUrl, queueArn } from "./queue-address.ts";
import { type Settings, settingsOf } from "./settings.ts";

export interface QueueRecord {
  /** In the tables of messages. Never given twice, so that a queue of the same name starts empty. */
  id: number;
  name: string;
  region: string;
  createdMs: number;
  modifiedMs: number;
  /** Those that were given; the others have defaults. */
  attributes: Readonly<Record<string, string>>;
  tags: Readonly<Record<string, string>>;
  /** When PurgeQueue ran last. */
  purgedMs?: number;
}

/** Never changed in place: `putQueue` puts another one where it was. */
export interface Queue extends QueueRecord {
  readonly arn: string;
  readonly settings: Settings;
}

const records = (cloud: Cloud) => cloud.store.collection<QueueRecord>("sqs.queue");
const deleted = (cloud: Cloud) => cloud.store.collection<{ deletedMs: number }>("sqs.deleted-queue");

interface Shelf {
  byName: Map<string, Queue>;
  byId: Map<number, Queue>;
}

const memory = Symbol("sqs queues");

function shelf(cloud: Cloud): Shelf {
  return cloud.memory<Shelf>(memory, () => {
    const all: Shelf = { byName: new Map(), byId: new Map() };
    for (const { value } of records(cloud).all()) shelve(all, loaded(cloud, value));
    return all;
  });
}

function shelve({ byName, byId }: Shelf, queue: Queue): void {
  byName.set(`${queue.region}/${queue.name}`, queue);
  byId.set(queue.id, queue);
}

const loaded = (cloud: Cloud, record: QueueRecord): Queue => ({
  ...record,
  arn: queueArn(record.region, cloud.account, record.name),
  settings: settingsOf(record.attributes),
});

export const allQueues = (cloud: Cloud): Iterable<Queue> => shelf(cloud).byId.values();

/** In the order of their names. */
export function queuesOf(cloud: Cloud, region: string): Queue[] {
  return [...allQueues(cloud)].filter((queue) => queue.region === region).sort((a, b) => (a.name < b.name ? -1 : 1));
}

export const queueByName = (cloud: Cloud, region: string, name: string): Queue | undefined => shelf(cloud).byName.get(`${region}/${name}`);
export const queueById = (cloud: Cloud, id: number): Queue | undefined => shelf(cloud).byId.get(id);

export function queueByArn(cloud: Cloud, arn: string): Queue | undefined {
  const parsed = parseQueueArn(arn);
  return parsed?.account === cloud.account ? queueByName(cloud, parsed.region, parsed.name) : undefined;
}

/** The queue that a request's URL names, or `undefined`. */
export function peekQueue({ cloud, region }: { cloud: Cloud; region: string }, url: string): Queue | undefined {
  const { account, name } = parseQueueUrl(url);
  return account === cloud.account ? queueByName(cloud, region, name) : undefined;
}

export function findQueue(context: { cloud: Cloud; region: string }, url: string): Queue {
  const queue = peekQueue(context, url);
  if (!queue) throw queueNotFound();
  return queue;
}

export function putQueue(cloud: Cloud, record: QueueRecord): Queue {
  const { id, name, region, createdMs, modifiedMs, attributes, tags, purgedMs } = record;
  const kept = { id, name, region, createdMs, modifiedMs, attributes, tags, ...(purgedMs !== undefined && { purgedMs }) };
  records(cloud).put(region, name, kept);
  const queue = loaded(cloud, kept);
  shelve(shelf(cloud), queue);
  return queue;
}

/** Forgets the queue; the time of it is kept as long as its name may not be used again. */
export function removeQueue(cloud: Cloud, { id, name, region }: Queue): void {
  records(cloud).delete(region, name);
  deleted(cloud).put(region, name, { deletedMs: cloud.world.clock.nowMs() });
  shelf(cloud).byName.delete(`${region}/${name}`);
  shelf(cloud).byId.delete(id);
}

/** How long after DeleteQueue its name may not be used again. */
export const deletionMs = 60_000;

export function wasDeletedRecently(cloud: Cloud, region: string, name: string): boolean {
  const found = deleted(cloud).get(region, name);
  if (!found) return false;
  if (cloud.world.clock.nowMs() - found.deletedMs < deletionMs) return true;
  deleted(cloud).delete(region, name);
  return false;
}
