/** Sessions of Session Manager: who is connected to what, and who was. One ends with its target, its client, the cloud, or on demand. */
import { timingSafeEqual } from "node:crypto";
import type { WebSocket } from "ws";
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

/** What a session is for: a program at a terminal, or connections to a port. */
export type SessionPurpose =
  | { kind: "terminal"; command: readonly string[] }
  | {
      kind: "port";
      /** As the target sees it; without one the target itself. */
      host?: string;
      port: number;
      /** At the client; 0 is one of its choice. */
      localPort: string;
    };

export type SessionState = "Connecting" | "Connected" | "Disconnected";

export interface LiveSession {
  readonly record: SessionRecord;
  readonly region: string;
  readonly target: SessionTarget;
  readonly purpose: SessionPurpose;
  readonly state: SessionState;
  /** Resolves when it has ended and nothing of it runs any more. */
  readonly ended: Promise<void>;
  /** Whether somebody may connect now: nobody has yet, or another token was asked for. */
  readonly awaited: boolean;
  /** Whether the token is the one that was handed out last; it then counts as used. */
  admits(token: string): boolean;
  /** What holds the connection to the client: made once, however often the client connects. */
  readonly conversation: Conversation | undefined;
  converse(conversation: Conversation): void;
  /** The connection broke: the client may resume it for a while. */
  disconnected(): void;
  /** Another token, with which the client connects again. */
  resume(): OpenedSession;
  /** Ends it; `output` is what the client is told. */
  end(output?: string): Promise<void>;
}

export interface Conversation {
  /** Goes on over this connection. */
  attach(connection: WebSocket): void;
  /** Tells the client that it is over, and ends what runs for it. */
  hangUp(output: string): Promise<void>;
}

/** A client that does not come is not waited for longer. */
const connectWithinMs = 5 * 60_000;
/** A client whose connection broke tries again for half a minute (session-manager-plugin `src/config/config.go`). */
const resumeWithinMs = 60_000;
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
  purpose: SessionPurpose;
}

/** What a client needs to connect. */
export interface OpenedSession {
  sessionId: string;
  streamUrl: string;
  tokenValue: string;
}

export function openSession(cloud: Cloud, request: SessionRequest): OpenedSession {
  const { clock, random } = cloud.world;
  const { region, target, purpose } = request;
  const id = `${request.prefix}-${random.hex(17)}`;
  const record: SessionRecord = {
    id,
    target: request.targetId,
    owner: request.owner,
    document: request.document,
    ...(request.reason !== undefined && { reason: request.reason }),
    startedMs: clock.nowMs(),
  };
  records(cloud).put(region, id, record);
  let token: string | undefined;
  let conversation: Conversation | undefined;
  let state: SessionState = "Connecting";
  let ending: Promise<void> | undefined;
  let cancel = () => {};
  const over = Promise.withResolvers<void>();
  const waitFor = (ms: number) => {
    cancel();
    cancel = clock.after(ms, () => void session.end());
  };
  const handOut = (): OpenedSession => {
    token = Buffer.from(random.bytes(48)).toString("base64");
    const base = cloud.endpoint.replace(/^http/, "ws");
    return { sessionId: id, streamUrl: `${base}/_plinth/data-channel/${id}?role=publish_subscribe`, tokenValue: token };
  };
  const session: LiveSession = {
    record,
    region,
    target,
    purpose,
    get state() {
      return state;
    },
    get awaited() {
      return token !== undefined && !ending;
    },
    get conversation() {
      return conversation;
    },
    ended: over.promise,
    admits(given) {
      if (ending || token === undefined || !equal(given, token)) return false;
      token = undefined;
      state = "Connected";
      cancel();
      return true;
    },
    converse(made) {
      conversation = made;
    },
    disconnected() {
      if (ending) return;
      state = "Disconnected";
      waitFor(resumeWithinMs);
    },
    resume: handOut,
    end(output = "") {
      ending ??= (async () => {
        cancel();
        await conversation?.hangUp(output);
        liveSessions(cloud).delete(id);
        records(cloud).put(region, id, Object.assign(record, { endedMs: clock.nowMs() }));
        over.resolve();
      })();
      return ending;
    },
  };
  waitFor(connectWithinMs);
  liveSessions(cloud).set(id, session);
  void target.gone.then(() => session.end("The container has stopped."));
  return handOut();
}

function equal(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.byteLength === b.byteLength && timingSafeEqual(a, b);
}
