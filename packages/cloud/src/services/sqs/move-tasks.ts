/** Redrive: tasks that bring messages of a dead-letter queue back to where they came from, or to another queue, at a rate. */
import type { Cloud } from "../../cloud.ts";
import { commit } from "./commits.ts";
import { countMessages, redrive } from "./messages.ts";
import { type Queue, queueByArn } from "./queue.ts";
import type { MessageRow } from "./tables.ts";
import { arrived } from "./waiting.ts";

export interface MoveTask {
  id: string;
  region: string;
  sourceArn: string;
  /** Absent: each message goes to the queue that it was a dead letter of. */
  destinationArn?: string;
  maximumPerSecond?: number;
  status: "RUNNING" | "COMPLETED" | "CANCELLED" | "FAILED";
  startedMs: number;
  moved: number;
  /** How many there were at the start. */
  toMove: number;
  failureReason?: string;
}

/** Without a rate. Source: Amazon SQS API Reference, StartMessageMoveTask. */
export const fastestPerSecond = 500;
/** Of a source, the newest are told. */
const mostKept = 10;

const tasks = (cloud: Cloud) => cloud.store.collection<MoveTask>("sqs.move-task");

/** Of a source, the newest first. */
export function tasksOf(cloud: Cloud, region: string, sourceArn: string): MoveTask[] {
  return tasks(cloud)
    .list(region)
    .filter((task) => task.sourceArn === sourceArn)
    .sort((a, b) => b.startedMs - a.startedMs || (a.id < b.id ? 1 : -1));
}

const memory = Symbol("sqs move tasks");
const timers = (cloud: Cloud) => cloud.memory(memory, () => new Map<string, () => void>());

export function startTask(cloud: Cloud, source: Queue, wanted: Pick<MoveTask, "destinationArn" | "maximumPerSecond">): MoveTask {
  const { region, arn } = source;
  const task: MoveTask = {
    ...wanted,
    id: cloud.world.random.uuid(),
    region,
    sourceArn: arn,
    status: "RUNNING",
    startedMs: cloud.world.clock.nowMs(),
    moved: 0,
    toMove: countMessages(cloud, source).visible,
  };
  cloud.store.transaction(() => {
    tasks(cloud).put(region, task.id, task);
    for (const { id } of tasksOf(cloud, region, arn).slice(mostKept)) tasks(cloud).delete(region, id);
  });
  schedule(cloud, task);
  return task;
}

export function cancelTask(cloud: Cloud, task: MoveTask): void {
  timers(cloud).get(task.id)?.();
  timers(cloud).delete(task.id);
  tasks(cloud).put(task.region, task.id, { ...task, status: "CANCELLED" });
}

export function resumeTasks(cloud: Cloud): void {
  for (const { value } of tasks(cloud).all()) if (value.status === "RUNNING") schedule(cloud, value);
}

export function stopTasks(cloud: Cloud): void {
  for (const cancel of timers(cloud).values()) cancel();
  timers(cloud).clear();
}

/** A step each tenth of a second, or as often as one message is due. */
function schedule(cloud: Cloud, { id, region, maximumPerSecond = fastestPerSecond }: MoveTask): void {
  const stepMs = Math.max(100, 1000 / maximumPerSecond);
  const count = Math.max(1, Math.floor((maximumPerSecond * stepMs) / 1000));
  const cancel = cloud.world.clock.after(stepMs, () => cloud.inBackground("sqs: a message move task", goOn(cloud, region, id, count)));
  timers(cloud).set(id, cancel);
}

async function goOn(cloud: Cloud, region: string, id: string, count: number): Promise<void> {
  timers(cloud).delete(id);
  try {
    const task = await commit(cloud, () => step(cloud, region, id, count));
    // The next start of the cloud goes on.
    if (task?.status === "RUNNING" && !cloud.stopping.aborted) schedule(cloud, task);
  } catch (error) {
    // Where it cannot be written (a full disk), the next start of the cloud goes on.
    console.error("sqs: a message move task stands still:", error);
  }
}

/** Moves up to `count` messages, within a change. The task as it is then. */
function step(cloud: Cloud, region: string, id: string, count: number): MoveTask | undefined {
  const task = tasks(cloud).get(region, id);
  if (task?.status !== "RUNNING") return task;
  const put = (changes: Partial<MoveTask>) => {
    const next = { ...task, ...changes };
    tasks(cloud).put(region, id, next);
    return next;
  };
  const source = queueByArn(cloud, task.sourceArn);
  if (!source) return put({ status: "FAILED", failureReason: "AWS.SimpleQueueService.NonExistentQueue" });
  let { moved } = task;
  const rows = waitingRows(cloud, source, count);
  for (const row of rows) {
    const arn = task.destinationArn ?? row.source_arn;
    if (arn === null) return put({ moved, status: "FAILED", failureReason: "CouldNotDetermineMessageSource" });
    const target = queueByArn(cloud, arn);
    if (!target) return put({ moved, status: "FAILED", failureReason: "AWS.SimpleQueueService.NonExistentQueue" });
    redrive(cloud, row, source, target);
    arrived(cloud, target);
    moved++;
  }
  return put({ moved, ...(rows.length < count && { status: "COMPLETED" as const }) });
}

/** Visible ones, oldest first; of a FIFO queue only of groups that nobody holds. */
function waitingRows(cloud: Cloud, { id, settings }: Queue, limit: number): MessageRow[] {
  const sql = settings.fifo
    ? `select m.* from sqs_message m join sqs_group g on g.queue = m.queue and g.group_id = m.group_id
        where m.queue = ?1 and m.visible_ms <= ?2 and g.available_ms <= ?2 order by m.seq limit ?3`
    : "select * from sqs_message where queue = ?1 and visible_ms <= ?2 order by visible_ms, sent_ms limit ?3";
  return cloud.store.statement("state", sql).all(id, cloud.world.clock.nowMs(), limit) as unknown as MessageRow[];
}
