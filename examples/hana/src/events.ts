/** What happens to runs, told to all tasks over Redis. Whoever misses an event finds the run in PostgreSQL. */
import { Redis } from "ioredis";
import { log } from "./log.ts";
import type { Run } from "./runs.ts";

export type RunEvent =
  | { type: "run"; conversationId: string; run: Run }
  /** `text` is what the model has said since the last such event. */
  | { type: "progress"; conversationId: string; runId: string; text: string };

export interface Events {
  /** Never rejects: live updates are a courtesy, the run does not depend on them. */
  publish(event: RunEvent): Promise<void>;
  close(): Promise<void>;
}

const channel = "runs";

export function openEvents(url: string): Events {
  const redis = connect(new Redis(url, { maxRetriesPerRequest: 1 }));
  return {
    async publish(event) {
      try {
        await redis.publish(channel, JSON.stringify(event));
      } catch (error) {
        log("WARN", `an event was not published: ${String(error)}`);
      }
    },
    close: async () => void (await redis.quit().catch(() => redis.disconnect())),
  };
}

/** Calls `receive` with every event of every task. */
export async function subscribe(url: string, receive: (event: RunEvent) => void): Promise<{ close(): Promise<void> }> {
  const redis = connect(new Redis(url, { maxRetriesPerRequest: null }));
  redis.on("message", (_channel, text) => receive(JSON.parse(text) as RunEvent));
  await redis.subscribe(channel);
  return { close: async () => void (await redis.quit().catch(() => redis.disconnect())) };
}

function connect(redis: Redis): Redis {
  return redis.on("error", (error) => log("WARN", `cache: ${error.message}`));
}
