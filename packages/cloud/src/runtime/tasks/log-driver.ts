/** The awslogs driver: what a container writes, line by line, into CloudWatch Logs. */
import { StringDecoder } from "node:string_decoder";
import type { Readable } from "node:stream";
import { AwsError } from "../../aws-error.ts";
import type { Cloud } from "../../cloud.ts";
import type { Call } from "../../service.ts";
import { TaskFailure } from "./task-failure.ts";

export interface LogDriver {
  /** Takes what the stream brings; resolves when it has ended. */
  follow(stream: Readable): Promise<void>;
  /** Writes what is left. */
  close(): Promise<void>;
}

export interface LogTarget {
  group: string;
  stream: string;
  createGroup: boolean;
  /** A line that matches begins an event; lines that do not match belong to the one before. */
  multilinePattern?: RegExp;
}

// PutLogEvents' limits: 10,000 events and 1,048,576 bytes a call, each event counting 26 bytes more than its text.
const maxBatchEvents = 10_000;
const maxBatchBytes = 1_048_576;
const eventOverheadBytes = 26;
const maxEventBytes = 262_144 - eventOverheadBytes;
const flushDelayMs = 100;
const maxQueuedEvents = 20_000;

/** Makes the stream (and the group, when asked to). Throws TaskFailure in ECS's words. */
export async function openLogDriver(cloud: Cloud, call: Call, target: LogTarget): Promise<LogDriver> {
  const name = { logGroupName: target.group, logStreamName: target.stream };
  try {
    if (target.createGroup) await call("logs", "CreateLogGroup", { logGroupName: target.group }).catch(ignoreExisting);
    await call("logs", "CreateLogStream", name).catch(ignoreExisting);
  } catch (error) {
    const reason = error instanceof AwsError ? `${error.code}: ${error.message}` : String(error);
    throw new TaskFailure(
      `ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: ${reason} : exit status 1`,
    );
  }

  let queue: { timestamp: number; message: string }[] = [];
  let cancel: (() => void) | undefined;
  let writing: Promise<void> = Promise.resolve();
  const paused = new Set<Readable>();

  const flush = (): Promise<void> => {
    cancel?.();
    cancel = undefined;
    const events = queue;
    queue = [];
    for (const stream of paused) stream.resume();
    paused.clear();
    if (events.length > 0) writing = writing.then(() => put(events));
    return writing;
  };

  const put = async (events: typeof queue) => {
    for (const logEvents of batches(events)) {
      try {
        await call("logs", "PutLogEvents", { ...name, logEvents });
      } catch (error) {
        // The program goes on without its log, as it does on AWS; the cloud's own output says so.
        console.error(`awslogs: ${logEvents.length} events for ${target.group} ${target.stream} were not written: ${String(error)}`);
      }
    }
  };

  const add = (text: string, stream: Readable) => {
    for (const message of pieces(text)) queue.push({ timestamp: cloud.world.clock.nowMs(), message });
    if (queue.length >= maxQueuedEvents) {
      stream.pause();
      paused.add(stream);
      void flush();
    } else {
      cancel ??= cloud.world.clock.after(flushDelayMs, () => void flush());
    }
  };

  return {
    follow(stream) {
      return new Promise((done) => {
        const decoder = new StringDecoder("utf8");
        let rest = "";
        let event: string | undefined;
        const line = (text: string) => {
          const whole = text.endsWith("\r") ? text.slice(0, -1) : text;
          if (!target.multilinePattern) {
            if (whole !== "") add(whole, stream);
            return;
          }
          if (event !== undefined && (target.multilinePattern.test(whole) || event.length > maxEventBytes)) {
            add(event, stream);
            event = undefined;
          }
          event = event === undefined ? whole : `${event}\n${whole}`;
        };
        const end = () => {
          const last = rest + decoder.end();
          rest = "";
          if (last !== "") line(last);
          if (event !== undefined && event !== "") add(event, stream);
          event = undefined;
          done();
        };
        stream.on("data", (chunk: Buffer) => {
          const lines = (rest + decoder.write(chunk)).split("\n");
          rest = lines.pop()!;
          // A line without end is handed on in pieces, so that it cannot fill the memory.
          if (rest.length > maxEventBytes) {
            line(rest);
            rest = "";
          }
          for (const each of lines) line(each);
        });
        stream.once("close", end);
        stream.once("error", () => stream.destroy());
      });
    },
    async close() {
      await flush();
    },
  };
}

/** Reads containers' output to its end when there is no log driver, so that they are never blocked. */
export function dropOutput(): LogDriver {
  return {
    follow: (stream) =>
      new Promise((done) => {
        stream.once("close", () => done());
        stream.once("error", () => stream.destroy());
        stream.resume();
      }),
    close: async () => {},
  };
}

function* batches(events: readonly { timestamp: number; message: string }[]) {
  let batch: { timestamp: number; message: string }[] = [];
  let bytes = 0;
  for (const event of events) {
    const size = Buffer.byteLength(event.message) + eventOverheadBytes;
    if (batch.length >= maxBatchEvents || bytes + size > maxBatchBytes) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(event);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

/** A line longer than an event may be becomes several. */
function* pieces(text: string): Generator<string> {
  if (text.length * 4 <= maxEventBytes || Buffer.byteLength(text) <= maxEventBytes) {
    yield text;
    return;
  }
  const step = Math.floor(maxEventBytes / 4);
  for (let at = 0; at < text.length;) {
    let end = Math.min(text.length, at + step);
    // Not between the two halves of a character.
    if (end < text.length && text.charCodeAt(end) >> 10 === 0x37) end--;
    yield text.slice(at, end);
    at = end;
  }
}

function ignoreExisting(error: unknown): void {
  if (!(error instanceof AwsError && error.code === "ResourceAlreadyExistsException")) throw error;
}
