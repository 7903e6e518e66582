/**
 * What a worker does with a message of the notifications queue: a line for the records, and the conversation's backup. Both are written
 * under the same name again when the message comes twice.
 */
import { type Database, transaction } from "./database.ts";
import type { Files } from "./files.ts";
import { lock } from "./locks.ts";
import type { Message } from "./queue.ts";
import { list } from "./runs.ts";

export interface Records {
  database: Database;
  logs: Files;
  backups: Files;
}

interface Notification {
  runId: string;
  conversationId: string;
  state: "done" | "failed";
  attempts: number;
  finishedAt: string;
}

export async function record({ database, logs, backups }: Records, message: Message): Promise<"handled"> {
  const notification = JSON.parse(message.body) as Notification;
  const { runId, attempts, conversationId, finishedAt } = notification;
  await logs.put(`runs/${finishedAt.slice(0, 10)}/${runId}-${attempts}.json`, `${JSON.stringify(notification)}\n`, "application/json");
  await transaction(database, async (client) => {
    // Or an older backup could be written after a newer one.
    await lock(client, "backup", conversationId);
    const lines = (await list(client, conversationId)).map((run) => `${JSON.stringify(run)}\n`);
    await backups.put(`conversations/${conversationId}.jsonl`, lines.join(""), "application/x-ndjson");
  });
  return "handled";
}
