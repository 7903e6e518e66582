/** Sessions of Session Manager: who is connected to what, and who was. One ends with its target, its client, the cloud, or on demand. */
import { timingSafeEqual } from "node:crypto";
import type { Cloud } from "../../cloud.ts";
import type { SessionTarget } from "./targets.ts";

export interface SessionRecord {
  id: string;
  target: string;
  /** The caller's ARN. */
  owner: string;
  document: string;
  reason?: string;
  startedMs: number;
  endedMs?: number;
}

export interface LiveSession {
  readonly record: SessionRecord;
  readonly region: string;
  readonly target: SessionTarget;
  /** What runs: a program and its arguments. */
  readonly command: readonly string[];
  /** Whether a client has shown the token. */
  readonly connected: boolean;
  /** Resolves when it has ended and nothing of it runs any more. */
  readonly ended: Promise<void>;
  /** Once: `true` for the token that the session was made with; what then holds the connection gives how it is ended. */
  connect(token: string, hangUp: (output: string) => Promise<void>): boolean;
  /** Ends it; `output` is what the client is told. */
  end(output?: string): Promise<void>;
}

/** A client that does not come is not waited for longer. */
const connectWithinMs = 5 * 60_000;
/** Systems Manager keeps the history for 30 days (API reference, DescribeSessions). */
const historyMs = 30 * 86_400_000;

const liveKey = Symbol("live sessions");
export const liveSessions = (cloud: Cloud) => cloud.memory(liveKey, () => new Map<string, LiveSession>());

const records = (cloud: Cloud) => cloud.store.collection<SessionRecord>("ssm-session");

/** The newest first. */
export function listSessions(cloud: Cloud, region: string): SessionRecord[] {
  return records(cloud)
    .list(region)
    .sort((a, b) => b.startedMs - a.startedMs || (a.id < b.id ? -1 : 1));
}

/** Sessions of the cloud's life before ended with it. */
export function startSessions(cloud: Cloud): void {
  const nowMs = cloud.world.clock.nowMs();
  for (const { scope, key, value } of records(cloud).all()) {
    if (value.endedMs === undefined) records(cloud).put(scope, key, { ...value, endedMs: nowMs });
    else if (value.endedMs < nowMs - historyMs) records(cloud).delete(scope, key);
  }
}

export async function endSessions(cloud: Cloud): Promise<void> {
  await Promise.all([...liveSessions(cloud).values()].map((session) => session.end("The embedded cloud was stopped.")));
}

export interface SessionRequest {
  /** The session's id begins with it. */
  prefix: string;
  region: string;
  targetId: string;
  target: SessionTarget;
  owner: string;
  document: string;
  reason?: string | undefined;
  command: readonly string[];
}

/** What a client needs to connect. */
export interface OpenedSession {
  sessionId: string;
  streamUrl: string;
  tokenValue: string;
}

export function openSession(cloud: Cloud, request: SessionRequest): OpenedSession {
  const { clock, random } = cloud.world;
  const { region, target, command } = request;
  const id = `${request.prefix}-${random.hex(17)}`;
  const token = Buffer.from(random.bytes(48)).toString("base64");
  const record: SessionRecord = {
    id,
    target: request.targetId,
    owner: request.owner,
    document: request.document,
    ...(request.reason !== undefined && { reason: request.reason }),
    startedMs: clock.nowMs(),
  };
  records(cloud).put(region, id, record);
  let hangUp: ((output: string) => Promise<void>) | undefined;
  let ending: Promise<void> | undefined;
  const over = Promise.withResolvers<void>();
  const session: LiveSession = {
    record,
    region,
    target,
    command,
    get connected() {
      return hangUp !== undefined;
    },
    ended: over.promise,
    connect(given, how) {
      if (hangUp || ending || !equal(given, token)) return false;
      cancel();
      hangUp = how;
      return true;
    },
    end(output = "") {
      ending ??= (async () => {
        cancel();
        await hangUp?.(output);
        liveSessions(cloud).delete(id);
        records(cloud).put(region, id, Object.assign(record, { endedMs: clock.nowMs() }));
        over.resolve();
      })();
      return ending;
    },
  };
  const cancel = clock.after(connectWithinMs, () => void session.end());
  liveSessions(cloud).set(id, session);
  void target.gone.then(() => session.end("The container has stopped."));
  const base = cloud.endpoint.replace(/^http/, "ws");
  return { sessionId: id, streamUrl: `${base}/_plinth/data-channel/${id}?role=publish_subscribe`, tokenValue: token };
}

function equal(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.byteLength === b.byteLength && timingSafeEqual(a, b);
}
