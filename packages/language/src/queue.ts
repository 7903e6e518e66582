/** A queue on SQS, with a dead-letter queue beside it. */
import type { standsInEnv, standsInText, standsInUses, UseFacet } from "./env.ts";
import { declare, facet, type Declaration } from "./declaration.ts";
import type { Duration } from "./duration.ts";
import type { Override } from "./override.ts";

/** `Fifo` is what `fifo` says: some options stand only beside `fifo: true`. */
export interface QueueOptions<Fifo extends boolean = boolean> {
  /** Messages of one group in order, each handed out once. Changing it makes a new queue. @default false */
  readonly fifo?: Fifo;
  /**
   * By what two messages within five minutes are the same: the id that their sender gives, or where there is none their text. Only with
   * `fifo: true`. @default "by-id"
   */
  readonly deduplicate?: [Fifo] extends [true] ? "by-id" | "by-content" : "only a queue with fifo: true deduplicates";
  /**
   * `"high"`: deduplication, and the limit of 300 calls a second, hold for each group and not for the queue. Only with `fifo: true`.
   * @default "standard"
   */
  readonly throughput?: [Fifo] extends [true] ? "standard" | "high" : "only a queue with fifo: true limits its throughput";
  /** How often a message is handed out before it goes to the dead-letter queue: 1 to 1000. @default 3 */
  readonly attempts?: number;
  /** How long a message that was handed out is kept from others: 0 seconds to 12 hours. Longer than its handling takes. @default "30 seconds" */
  readonly visibilityTimeout?: Duration;
  /** How long a message that nobody takes is kept: 1 minute to 14 days. @default "4 days" */
  readonly retain?: Duration;
  /** How long a message waits before anybody can take it: 0 seconds to 15 minutes. @default "0 seconds" */
  readonly delay?: Duration;
  /** How long asking an empty queue waits for a message (long polling): 0 to 20 seconds. @default "20 seconds" */
  readonly wait?: Duration;
  /** Where messages go whose attempts are used up, and how long they are kept there; `false` for no such queue. @default { retain: "14 days" } */
  readonly deadLetter?: false | { readonly retain?: Duration };
  /** What SQS calls it, without `.fifo`: 1 to 71 letters, digits, `-` and `_`. @default `{app}-{stage}-{key}` */
  readonly name?: string;
  /** Changes to what is generated. @default none */
  readonly override?: Override<{ Queue: "AWS::SQS::Queue"; DeadLetterQueue: "AWS::SQS::Queue" }>;
}

/** What one may do with a queue. In `env` each stands for the queue's URL. */
interface QueueUses {
  /** Send messages. */
  readonly send: UseFacet;
  /** Take messages, and delete them. */
  readonly consume: UseFacet;
  /** Both. */
  readonly sendAndConsume: UseFacet;
}

/** How many messages a copy of a service is to have before it: `scale: { max: 4, on: runs.backlogPerTask(10) }`. */
export interface Backlog {
  readonly [standsInEnv]: "a backlog cannot stand in env: it is for scale.on";
  readonly [standsInUses]: "a backlog cannot stand in uses: it is for scale.on";
  readonly [standsInText]: "a backlog cannot stand in text: it is for scale.on";
  readonly [backlog]: true;
}
declare const backlog: unique symbol;

/** A queue. */
export interface Queue extends Declaration<"queue">, QueueUses {
  /** Its dead-letter queue. */
  readonly dead: QueueUses;
  /** Scales a service so that each of its copies has at most so many waiting messages: 1 to 100000. */
  backlogPerTask(messages: number): Backlog;
  readonly [standsInEnv]: "a queue needs a use: .send, .consume or .sendAndConsume";
  readonly [standsInUses]: "a queue needs a use: .send, .consume or .sendAndConsume";
  readonly [standsInText]: "a queue needs a use in env: .send, .consume or .sendAndConsume";
}

/** Declares a queue. `queue()` alone keeps messages for four days, and tries each three times. */
export function queue<const Fifo extends boolean = false>(options: QueueOptions<Fifo> = {}): Queue {
  return declare("queue", options as QueueOptions<false>, (own) => {
    const uses = (of?: "dead"): QueueUses => ({
      send: facet(own, "send", of),
      consume: facet(own, "consume", of),
      sendAndConsume: facet(own, "sendAndConsume", of),
    });
    return { ...uses(), dead: uses("dead"), backlogPerTask: (messages: number) => facet(own, "backlogPerTask", String(messages)) };
  });
}
