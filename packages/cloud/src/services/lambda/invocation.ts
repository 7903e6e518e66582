/**
 * One invocation: a process of its own, as the function's role, ended after its timeout. Each is what Lambda calls a cold
 * start: no program may count on being kept warm.
 */
import { dirname, join } from "node:path";
import type { Cloud } from "../../cloud.ts";
import type { ProcessExit, RunningProcess } from "../../world.ts";
import { unpacked } from "./code.ts";
import { throttled } from "./errors.ts";
import { openFunctionLog } from "./function-log.ts";
import { functions, type LambdaFunction, type Place } from "./function.ts";
import { publish } from "./metrics.ts";
import type { Qualified } from "./qualified.ts";
import { sessionFor } from "./role.ts";
import { programOf, runtimeVariables } from "./runtime.ts";

export interface Answer {
  payload: Buffer;
  /** That the function failed; the payload then says how. */
  functionError?: "Unhandled";
  logTail: Buffer;
}

interface Outcome {
  payload?: string;
  error?: { errorType: string; errorMessage: string; trace?: string[] };
  memoryBytes?: number;
}

/** What is called, and as which version: of `Qualified`. */
export type Called = Pick<Qualified, "of" | "version" | "arn">;

const key = Symbol("lambda.running");
/** By the function's ARN. */
const running = (cloud: Cloud) => cloud.memory(key, () => new Map<string, Set<RunningProcess>>());
const wholes = Symbol("lambda.invocations");
/** Each to its end, its log and figures written. */
const invocations = (cloud: Cloud) => cloud.memory(wholes, () => new Set<Promise<unknown>>());

/** @throws AwsError where it cannot be run; what the function itself throws is in the answer. */
export function invoke(place: Place, called: Called, requestId: string, event: Buffer, clientContext?: object): Promise<Answer> {
  const invocation = run(place, called, requestId, event, clientContext).finally(() => invocations(place.cloud).delete(invocation));
  invocations(place.cloud).add(invocation);
  return invocation;
}

async function run(
  place: Place,
  { of, version, arn }: Called,
  requestId: string,
  event: Buffer,
  clientContext: object | undefined,
): Promise<Answer> {
  const { cloud, region } = place;
  const own = running(cloud).get(of.arn) ?? new Set();
  // Whatever version runs: the limit is the function's.
  const limit = functions(cloud).get(region, of.name)?.reservedConcurrency;
  if (limit !== undefined && own.size >= limit) {
    await publish(place, of, "throttled");
    throw throttled();
  }
  running(cloud).set(of.arn, own);
  const { clock, disk, processes } = cloud.world;
  const { session, keys } = sessionFor(place, of);
  const root = await unpacked(place, of);
  const folder = disk.path("lambda", "invocations", requestId);
  await disk.files.mkdir(join(folder, "tmp"), { recursive: true });
  await disk.files.writeFile(join(folder, "event.json"), event.length > 0 ? event : "{}", { mode: 0o600 });
  const log = await openFunctionLog(place, of, version, cloud.as(session, region));
  const runtime = programOf(cloud.world, of.runtime);
  const startedMs = clock.nowMs();
  try {
    log.line(`START RequestId: ${requestId} Version: ${version}`);
    const child = processes.spawn({
      ...runtime,
      cwd: root,
      mark: "AWS_LAMBDA_LOG_STREAM_NAME",
      env: {
        ...(await environment(place, of, version, { root, folder, stream: log.stream })),
        AWS_ACCESS_KEY_ID: keys.accessKeyId,
        AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
        AWS_SESSION_TOKEN: keys.sessionToken,
        PLINTH_INVOCATION: JSON.stringify({
          folder,
          // By the process's own clock.
          deadlineMs: Date.now() + of.timeoutSeconds * 1_000,
          functionName: of.name,
          functionVersion: version,
          invokedFunctionArn: arn,
          memoryLimitInMB: String(of.memoryMb),
          awsRequestId: requestId,
          logGroupName: of.logGroup,
          logStreamName: log.stream,
          ...(clientContext && { clientContext }),
        }),
      },
    });
    own.add(child);
    // Begun while all others were being ended.
    if (cloud.stopping.aborted) child.signal("SIGKILL");
    const output = Promise.all([child.stdout, child.stderr].map((stream) => stream && log.follow(stream)));
    let timedOut = false;
    const cancel = clock.after(of.timeoutSeconds * 1_000, () => {
      timedOut = true;
      child.signal("SIGKILL");
    });
    const exit = await child.exited;
    cancel();
    own.delete(child);
    // What it left running has its pipes: they are not waited for.
    await Promise.race([output, new Promise<void>((done) => void clock.after(2_000, done))]);
    for (const stream of [child.stdout, child.stderr]) stream?.destroy();

    const outcome = await outcomeOf(cloud, folder, requestId, of, timedOut ? "timeout" : exit);
    const durationMs = Math.max(1, clock.nowMs() - startedMs);
    if (timedOut) log.line(`${new Date(clock.nowMs()).toISOString()} ${requestId} Task timed out after ${of.timeoutSeconds}.00 seconds\n`);
    log.line(`END RequestId: ${requestId}`);
    const usedMb = Math.ceil((outcome.memoryBytes ?? 0) / 1_048_576);
    log.line(
      `REPORT RequestId: ${requestId}\tDuration: ${durationMs.toFixed(2)} ms\tBilled Duration: ${durationMs} ms\tMemory Size: ${of.memoryMb} MB\tMax Memory Used: ${usedMb} MB`,
    );
    await publish(place, of, { failed: outcome.error !== undefined, durationMs });
    return {
      payload: Buffer.from(outcome.error ? JSON.stringify(outcome.error) : (outcome.payload ?? "null")),
      ...(outcome.error && { functionError: "Unhandled" }),
      logTail: log.tail(),
    };
  } finally {
    await log.close();
    await disk.files.rm(folder, { recursive: true, force: true });
  }
}

/** Ends what runs: at a stop, a reset, or with the function. */
export async function endInvocations(cloud: Cloud, arn?: string): Promise<void> {
  const children = [...running(cloud)].flatMap(([name, own]) => (arn === undefined || arn === name ? [...own] : []));
  for (const child of children) child.signal("SIGKILL");
  await Promise.all(children.map(({ exited }) => exited));
  if (arn === undefined) await Promise.allSettled(invocations(cloud));
}

/** Source: AWS Lambda Developer Guide, "Defined runtime environment variables". */
async function environment(
  { cloud, region }: Place,
  of: LambdaFunction,
  version: string,
  { root, folder, stream }: { root: string; folder: string; stream: string },
): Promise<Record<string, string>> {
  return {
    HOME: folder,
    TMPDIR: join(folder, "tmp"),
    TZ: ":UTC",
    LANG: "en_US.UTF-8",
    PATH: [dirname(process.execPath), "/usr/local/bin:/usr/bin:/bin"].join(":"),
    ...(await runtimeVariables(cloud, of)),
    _HANDLER: of.handler,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: `AWS_Lambda_${of.runtime}`,
    AWS_ENDPOINT_URL: cloud.endpoint,
    AWS_LAMBDA_FUNCTION_NAME: of.name,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(of.memoryMb),
    AWS_LAMBDA_FUNCTION_VERSION: version,
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_LAMBDA_LOG_GROUP_NAME: of.logGroup,
    AWS_LAMBDA_LOG_STREAM_NAME: stream,
    LAMBDA_TASK_ROOT: root,
  };
}

async function outcomeOf(
  cloud: Cloud,
  folder: string,
  requestId: string,
  of: LambdaFunction,
  exit: ProcessExit | "timeout",
): Promise<Outcome> {
  const failed = (errorType: string, message: string): Outcome => ({
    error: { errorType, errorMessage: `RequestId: ${requestId} Error: ${message}` },
  });
  if (exit === "timeout") return failed("Sandbox.Timedout", `Task timed out after ${of.timeoutSeconds}.00 seconds`);
  const text = await cloud.world.disk.files.readFile(join(folder, "result.json"), "utf8").catch(() => undefined);
  if (text !== undefined) return JSON.parse(text) as Outcome;
  if ("error" in exit) return failed("Runtime.ExitError", exit.error.message);
  if ("signal" in exit) return failed("Runtime.ExitError", `Runtime exited with error: signal: ${exit.signal.toLowerCase()}`);
  if (exit.code === 0) return failed("Runtime.ExitError", "Runtime exited without providing a reason");
  return failed("Runtime.ExitError", `Runtime exited with error: exit status ${exit.code}`);
}
