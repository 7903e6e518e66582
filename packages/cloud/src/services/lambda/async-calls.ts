/**
 * Calls that nobody waits for (InvocationType Event): on disk before they are accepted, tried again one and two minutes after a function
 * has failed, and as long as it is throttled up to their age. Source: AWS Lambda Developer Guide, "Asynchronous invocation".
 */
import { AwsError } from "../../aws-error.ts";
import type { Cloud } from "../../cloud.ts";
import { handOn } from "./destinations.ts";
import { configKey, type EventInvokeConfig, eventInvokeConfigs } from "./event-invoke-config.ts";
import { functions, type Place } from "./function.ts";
import { type Answer, invoke } from "./invocation.ts";
import { findQualified, type Qualified } from "./qualified.ts";
import { sessionFor } from "./role.ts";

export interface AsyncCall {
  /** The request's id, which the function is given each time. */
  id: string;
  region: string;
  functionName: string;
  qualifier?: string;
  /** In base64. */
  payload: string;
  acceptedMs: number;
  /** How often it has run. */
  attempts: number;
  /** How often it was throttled since it last ran. */
  throttles: number;
  tryMs: number;
}

const calls = (cloud: Cloud) => cloud.store.collection<AsyncCall>("lambda.async-call");

const retryMs = 60_000;
const longestThrottleMs = 300_000;
const defaults = { maximumRetryAttempts: 2, maximumEventAgeSeconds: 21_600 };
/** A machine that slept wakes timers late: its clock is looked at this often. */
const longestWaitMs = 60_000;

interface Life {
  running: boolean;
  cancel: () => void;
  trying: Map<string, Promise<void>>;
}

const key = Symbol("lambda.async-calls");
const life = (cloud: Cloud): Life => cloud.memory(key, () => ({ running: false, cancel: () => {}, trying: new Map() }));

export function startAsyncCalls(cloud: Cloud): void {
  life(cloud).running = true;
  look(cloud);
}

/** What runs is to be ended beside it; it is tried again at the next start. */
export async function stopAsyncCalls(cloud: Cloud): Promise<void> {
  const own = life(cloud);
  own.running = false;
  own.cancel();
  await Promise.all(own.trying.values());
}

export function accept({ cloud, region }: Place, call: Pick<AsyncCall, "id" | "functionName" | "qualifier" | "payload">): void {
  const nowMs = cloud.world.clock.nowMs();
  calls(cloud).put(region, call.id, { ...call, region, acceptedMs: nowMs, attempts: 0, throttles: 0, tryMs: nowMs });
  look(cloud);
}

function look(cloud: Cloud): void {
  const own = life(cloud);
  if (!own.running) return;
  own.cancel();
  const nowMs = cloud.world.clock.nowMs();
  const waiting = calls(cloud)
    .all()
    .map(({ value }) => value)
    .filter(({ id }) => !own.trying.has(id));
  for (const call of waiting) if (call.tryMs <= nowMs) begin(cloud, own, call);
  const later = waiting.filter(({ tryMs }) => tryMs > nowMs).map(({ tryMs }) => tryMs - nowMs);
  own.cancel = cloud.world.clock.after(Math.min(longestWaitMs, ...later), () => look(cloud));
}

function begin(cloud: Cloud, own: Life, call: AsyncCall): void {
  const trying = tryOnce(cloud, call)
    .catch((error: unknown) => {
      if (!cloud.stopping.aborted) console.error(`lambda: an asynchronous call of ${call.functionName} failed:`, error);
    })
    .finally(() => {
      own.trying.delete(call.id);
      look(cloud);
    });
  own.trying.set(call.id, trying);
}

async function tryOnce(cloud: Cloud, call: AsyncCall): Promise<void> {
  const place: Place = { cloud, account: cloud.account, region: call.region };
  const called = findQualified(place, call.functionName, call.qualifier);
  // The function is gone: so are its events.
  if (!called) return forget(cloud, call);
  const config = eventInvokeConfigs(cloud).get(call.region, configKey(call.functionName, call.qualifier));
  const tried = { ...call, attempts: call.attempts + 1, throttles: 0 };
  let answer: Answer;
  try {
    answer = await invoke(place, called, call.id, Buffer.from(call.payload, "base64"));
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return throttled(place, called, config, call);
  }
  // Ended by the cloud itself, it has neither succeeded nor failed.
  if (cloud.stopping.aborted) return;
  const nowMs = cloud.world.clock.nowMs();
  if (answer.functionError === undefined) return over(place, called, config, tried, "Success", answer);
  const { maximumRetryAttempts, maximumEventAgeSeconds } = { ...defaults, ...config };
  const tryMs = nowMs + retryMs * tried.attempts;
  if (tried.attempts > maximumRetryAttempts) return over(place, called, config, tried, "RetriesExhausted", answer);
  if (tryMs - call.acceptedMs > maximumEventAgeSeconds * 1_000) return over(place, called, config, tried, "EventAgeExceeded", answer);
  calls(cloud).put(call.region, call.id, { ...tried, tryMs });
}

/**
 * Its role or its concurrency does not let it run now: again after 1, 2, 4 … seconds, 5 minutes at most. A function that was stopped by
 * reserving nothing for it is not waited for.
 */
async function throttled(place: Place, called: Qualified, config: EventInvokeConfig | undefined, call: AsyncCall): Promise<void> {
  if (functions(place.cloud).get(place.region, called.of.name)?.reservedConcurrency === 0)
    return over(place, called, config, call, "ZeroReservedConcurrency");
  const { maximumEventAgeSeconds } = { ...defaults, ...config };
  const tryMs = place.cloud.world.clock.nowMs() + Math.min(longestThrottleMs, 1_000 * 2 ** call.throttles);
  if (tryMs - call.acceptedMs > maximumEventAgeSeconds * 1_000) return over(place, called, config, call, "EventAgeExceeded");
  calls(place.cloud).put(call.region, call.id, { ...call, throttles: call.throttles + 1, tryMs });
}

type Condition = "Success" | "RetriesExhausted" | "EventAgeExceeded" | "ZeroReservedConcurrency";

/** Told where it is to be told, then forgotten: a kill in between tells it twice, and loses nothing. */
async function over(
  place: Place,
  called: Qualified,
  config: EventInvokeConfig | undefined,
  call: AsyncCall,
  condition: Condition,
  answer?: Answer,
): Promise<void> {
  const { cloud, region } = place;
  const payload = Buffer.from(call.payload, "base64").toString() || "{}";
  const destination = condition === "Success" ? config?.onSuccess : config?.onFailure;
  const dead = condition === "Success" ? undefined : called.of.deadLetterArn;
  try {
    const role = destination !== undefined || dead !== undefined ? cloud.as(sessionFor(place, called.of).session, region) : undefined;
    if (role && destination !== undefined)
      await handOn(role, place, destination, {
        body: JSON.stringify(record(place, called, call, condition, payload, answer)),
        about: { functionArn: called.arn, outcome: condition === "Success" ? "Success" : "Failure" },
      });
    if (role && dead !== undefined) {
      const message = answer ? (JSON.parse(answer.payload.toString()) as { errorMessage?: string }).errorMessage : condition;
      await handOn(role, place, dead, {
        body: payload,
        attributes: {
          RequestID: { DataType: "String", StringValue: call.id },
          ErrorCode: { DataType: "Number", StringValue: answer ? "200" : "429" },
          ErrorMessage: { DataType: "String", StringValue: (message ?? condition).slice(0, 1_024) },
        },
      });
    }
  } catch (error) {
    // Where it cannot be told it is lost, as on AWS.
    if (!(error instanceof AwsError)) throw error;
  }
  forget(cloud, call);
}

/** Source: Developer Guide, "Capturing records of Lambda asynchronous invocations". */
function record(
  place: Place,
  called: Qualified,
  call: AsyncCall,
  condition: Condition,
  payload: string,
  answer: Answer | undefined,
): object {
  return {
    version: "1.0",
    timestamp: new Date(place.cloud.world.clock.nowMs()).toISOString(),
    requestContext: {
      requestId: call.id,
      functionArn: call.qualifier === undefined ? `${called.of.arn}:$LATEST` : called.arn,
      condition,
      approximateInvokeCount: call.attempts,
    },
    requestPayload: JSON.parse(payload) as unknown,
    ...(answer && {
      responseContext: {
        statusCode: 200,
        executedVersion: called.version,
        ...(answer.functionError !== undefined && { functionError: answer.functionError }),
      },
      responsePayload: JSON.parse(answer.payload.toString()) as unknown,
    }),
  };
}

const forget = (cloud: Cloud, { region, id }: AsyncCall): void => void calls(cloud).delete(region, id);
