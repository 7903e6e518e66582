/** Carries each new message to every task: over Redis where there is one, else within this process. */
import { EventEmitter } from "node:events";
import { Redis } from "ioredis";
import type { Message } from "./messages.ts";

export interface FanOut {
  publish(message: Message): Promise<void>;
  subscribe(receive: (message: Message) => void): void;
  close(): Promise<void>;
}

const channel = "messages";

export async function openFanOut(url: string | undefined): Promise<FanOut> {
  return url ? overRedis(url) : withinProcess();
}

async function overRedis(url: string): Promise<FanOut> {
  const publisher = new Redis(url, { maxRetriesPerRequest: 3 });
  const subscriber = new Redis(url, { maxRetriesPerRequest: null });
  for (const connection of [publisher, subscriber]) {
    connection.on("error", (error) => console.error(JSON.stringify({ level: "warn", message: `cache: ${error.message}` })));
  }
  await subscriber.subscribe(channel);
  return {
    async publish(message) {
      await publisher.publish(channel, JSON.stringify(message));
    },
    subscribe(receive) {
      subscriber.on("message", (_channel, text) => receive(JSON.parse(text) as Message));
    },
    async close() {
      await Promise.allSettled([publisher.quit(), subscriber.quit()]);
    },
  };
}

function withinProcess(): FanOut {
  const events = new EventEmitter();
  return {
    publish: async (message) => void events.emit(channel, message),
    subscribe: (receive) => void events.on(channel, receive),
    close: async () => void events.removeAllListeners(),
  };
}
