/**
 * Takes messages from a queue and has them handled: several groups side by side, one after the other within a group. A message stays hidden
 * for as long as its handling lasts, and is deleted only after it.
 */
import { log, reasonOf } from "./log.ts";
import { maxBatch, type Message, type Queue } from "./queue.ts";

/** `taken over`: the message was handed to another consumer meanwhile, whose it is now. */
export type Handling = "handled" | "taken over";

export interface ConsumerOptions {
  queue: Queue;
  /** How many messages are in hand at most. */
  slots: number;
  /** Resolves when the message has had its effect. A rejection gives it back to the queue, and with it those behind it in its group. */
  handle(message: Message): Promise<Handling>;
  /** Default 15: so long after a worker's sudden end another one takes its messages. */
  visibilitySeconds?: number;
  /** How long a failed message rests. Default: 1 second after the first delivery, twice as long after each more, at most a minute. */
  restSeconds?(deliveries: number): number;
}

export interface Consumer {
  /** Takes no more; resolves when what is being handled is done and the rest given back. */
  stop(): Promise<void>;
}

const pauseAfterErrorMs = 1000;

export function consume(options: ConsumerOptions): Consumer {
  const { queue, slots, visibilitySeconds = 15 } = options;
  const stopping = new AbortController();
  const inHand = new Set<Message>();
  const groups = new Set<Promise<void>>();

  const heartbeat = setInterval(
    () => {
      queue.hide([...inHand], visibilitySeconds).catch((error: unknown) => log("WARN", `heartbeat: ${reasonOf(error)}`));
    },
    (visibilitySeconds * 1000) / 3,
  );

  const ended = (async () => {
    while (!stopping.signal.aborted) {
      if (inHand.size >= slots) {
        await Promise.race(groups);
        continue;
      }
      const messages = await receive(Math.min(maxBatch, slots - inHand.size));
      for (const message of messages) inHand.add(message);
      for (const group of Map.groupBy(messages, (message) => message.group ?? message).values()) {
        const handled = handleInOrder(group).finally(() => groups.delete(handled));
        groups.add(handled);
      }
    }
    await Promise.all(groups);
    clearInterval(heartbeat);
  })();

  async function receive(count: number): Promise<Message[]> {
    try {
      return await queue.receive(count, visibilitySeconds, stopping.signal);
    } catch (error) {
      if (stopping.signal.aborted) return [];
      log("WARN", `the queue gave nothing: ${reasonOf(error)}`);
      await new Promise((done) => setTimeout(done, pauseAfterErrorMs));
      return [];
    }
  }

  async function handleInOrder(group: readonly Message[]): Promise<void> {
    for (const [index, message] of group.entries()) {
      const rest = group.slice(index);
      if (stopping.signal.aborted && index > 0) return giveBack(rest, 0);
      let handling: Handling;
      try {
        handling = await options.handle(message);
      } catch (error) {
        log("ERROR", `a message goes back to the queue: ${reasonOf(error)}`, { group: message.group, deliveries: message.deliveries });
        return giveBack(rest, (options.restSeconds ?? restSeconds)(message.deliveries));
      }
      if (handling === "taken over") return letGo(rest);
      inHand.delete(message);
      try {
        await queue.delete(message);
      } catch (error) {
        // It comes again, and is then found done. Those behind it have to wait for that, too.
        log("WARN", `a handled message could not be deleted: ${reasonOf(error)}`);
        return giveBack(group.slice(index + 1), 0);
      }
    }
  }

  function letGo(messages: readonly Message[]): void {
    for (const message of messages) inHand.delete(message);
  }

  /** Should it fail, the messages come back by themselves when their time is over. */
  async function giveBack(messages: readonly Message[], seconds: number): Promise<void> {
    letGo(messages);
    await queue.hide(messages, seconds).catch((error: unknown) => log("WARN", `messages could not be given back: ${reasonOf(error)}`));
  }

  return {
    stop() {
      stopping.abort();
      return ended;
    },
  };
}

function restSeconds(deliveries: number): number {
  return Math.min(2 ** (deliveries - 1), 60);
}
