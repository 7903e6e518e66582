/** What a function writes: into its log group, as its role, and the last of it for callers who ask. */
import { PassThrough, type Readable } from "node:stream";
import { dropOutput, type LogDriver, type LogTarget, openLogDriver } from "../../runtime/tasks/log-driver.ts";
import { TaskFailure } from "../../runtime/tasks/task-failure.ts";
import type { Call } from "../../service.ts";
import type { LambdaFunction, Place } from "./function.ts";

/** Of Invoke's `LogResult` (API reference). */
const tailBytes = 4_096;

export interface FunctionLog {
  readonly stream: string;
  /** A line of Lambda's own. */
  line(text: string): void;
  /** Resolves when the stream has ended. */
  follow(output: Readable): Promise<void>;
  close(): Promise<void>;
  tail(): Buffer;
}

/** A stream for each execution environment. A role that may not write loses the lines, and nothing else (Lambda Developer Guide). */
export async function openFunctionLog(place: Place, of: LambdaFunction, version: string, call: Call): Promise<FunctionLog> {
  const { clock, random } = place.cloud.world;
  const day = new Date(clock.nowMs()).toISOString().slice(0, 10).replaceAll("-", "/");
  const stream = `${day}/[${version}]${random.hex(32)}`;
  const driver =
    // Who may not make groups may yet write into one that is there.
    (await opened(place, call, { group: of.logGroup, stream, createGroup: false })) ??
    (await opened(place, call, { group: of.logGroup, stream, createGroup: true })) ??
    dropOutput();
  const text = new PassThrough();
  const written = driver.follow(text);
  let last = Buffer.alloc(0);
  const take = (bytes: Buffer) => {
    last = Buffer.concat([last, bytes]).subarray(-tailBytes);
    text.write(bytes);
  };
  return {
    stream,
    line: (line) => take(Buffer.from(`${line}\n`)),
    follow: (output) =>
      new Promise((done) => {
        output.on("data", take);
        output.once("close", () => done());
        output.once("error", () => output.destroy());
      }),
    async close() {
      text.end();
      await written;
      await driver.close();
    },
    tail: () => last,
  };
}

function opened({ cloud }: Place, call: Call, target: LogTarget): Promise<LogDriver | undefined> {
  return openLogDriver(cloud, call, target).catch((error: unknown) => {
    if (error instanceof TaskFailure) return undefined;
    throw error;
  });
}
