/** What a server knows of one connection. */
import type { Protocol, Reply } from "./reply.ts";
import type { Waiting } from "./waiting.ts";

export interface Session {
  readonly id: number;
  readonly address: string;
  readonly startedMs: number;
  protocol: Protocol;
  database: number;
  authenticated: boolean;
  name: string;
  library: { name: string; version: string };
  lastCommand: string;
  /** Commands queued since MULTI; `faulty` when one of them could not be queued. */
  queue?: { commands: { name: string; args: string[] }[]; faulty: boolean } | undefined;
  /** `database key`, as WATCH was given them, and whether one of them has changed. */
  watched: Set<string>;
  dirty: boolean;
  channels: Set<string>;
  patterns: Set<string>;
  shardChannels: Set<string>;
  blocked?: { waiting: Waiting; done: (reply: Reply) => void } | undefined;
  send(reply: Reply): void;
  /** Ends the connection once what was sent is out. */
  end(): void;
}

/** Whether it may only talk about subscriptions (RESP2 cannot tell a message from an answer). */
export function isSubscriber({ protocol, channels, patterns, shardChannels }: Session): boolean {
  return protocol === 2 && channels.size + patterns.size + shardChannels.size > 0;
}
