/** A topic on SNS: what is published reaches all its subscribers. */
import type { standsInEnv, standsInText, standsInUses, UseFacet } from "./env.ts";
import { declare, facet, type Declaration } from "./declaration.ts";
import type { Override } from "./override.ts";
import type { Queue } from "./queue.ts";

/** A queue that gets what is published. */
export interface QueueSubscription {
  /** The queue. One with `fifo: true` needs a topic with `fifo: true`. */
  readonly queue: Queue;
  /** Which messages it gets, by their attributes: `{ kind: ["created"] }`. @default all */
  readonly filter?: Readonly<Record<string, readonly (string | number | boolean)[]>>;
  /** The message as it was published, without the envelope of SNS around it. @default true */
  readonly raw?: boolean;
}

export interface TopicOptions {
  /** Who gets what is published: queues, and e-mail addresses, which must each confirm once. @default nobody */
  readonly to?: readonly (Queue | QueueSubscription | string)[];
  /** Messages of one group in order, each once; it reaches queues with `fifo: true` alone. Changing it makes a new topic. @default false */
  readonly fifo?: boolean;
  /** What SNS calls it, without `.fifo`: 1 to 251 letters, digits, `-` and `_`. @default `{app}-{stage}-{key}` */
  readonly name?: string;
  /** Changes to what is generated. @default none */
  readonly override?: Override<{ Topic: "AWS::SNS::Topic" }>;
}

/** A topic. */
export interface Topic extends Declaration<"topic"> {
  /** Publish to it. In `env` it stands for the topic's ARN. */
  readonly publish: UseFacet;
  readonly [standsInEnv]: "a topic needs a use: .publish";
  readonly [standsInUses]: "a topic needs a use: .publish";
  readonly [standsInText]: "a topic needs a use in env: .publish";
}

/** Declares a topic. */
export function topic(options: TopicOptions = {}): Topic {
  return declare("topic", options, (own) => ({ publish: facet<UseFacet>(own, "publish") }));
}
