/** Transactions that stand open between calls. They end by themselves when nobody has used them for three minutes, and with the cloud. */
import type { Cloud } from "../../cloud.ts";
import { transactionNotFound } from "./errors.ts";
import type { Session } from "./session.ts";

/** Source: Amazon Aurora User Guide, "Calling RDS Data API": a transaction times out without calls in three minutes, and after 24 hours at the latest. */
const idleMs = 3 * 60_000;
const longestMs = 24 * 60 * 60_000;

interface Transaction {
  session: Session;
  resourceId: string;
  startedMs: number;
  /** Calls that use it now. */
  users: number;
  cancelEnd: () => void;
}

const memory = Symbol("rds-data transactions");
const open = (cloud: Cloud) => cloud.memory(memory, () => new Map<string, Transaction>());
const idBytes = 108;

/** Notes a session in which a transaction has begun; answers its id. */
export function holdTransaction(cloud: Cloud, resourceId: string, session: Session): string {
  const id = Buffer.from(cloud.world.random.bytes(idBytes)).toString("base64");
  const made: Transaction = { session, resourceId, startedMs: cloud.world.clock.nowMs(), users: 0, cancelEnd: () => {} };
  open(cloud).set(id, made);
  // The server is gone, or has been told to end it.
  session.client.once("end", () => forget(cloud, id));
  watch(cloud, id, made);
  return id;
}

/** Runs in an open transaction of that cluster. */
export async function inTransaction<T>(cloud: Cloud, id: string, resourceId: string, run: (session: Session) => Promise<T>): Promise<T> {
  const found = open(cloud).get(id);
  if (!found || found.resourceId !== resourceId) throw transactionNotFound(id);
  found.users++;
  found.cancelEnd();
  try {
    return await run(found.session);
  } finally {
    found.users--;
    if (found.users === 0 && open(cloud).get(id) === found) watch(cloud, id, found);
  }
}

/** Takes it out: from now on nobody finds it. */
export function takeTransaction(cloud: Cloud, id: string, resourceId: string): Session {
  const found = open(cloud).get(id);
  if (!found || found.resourceId !== resourceId) throw transactionNotFound(id);
  forget(cloud, id);
  return found.session;
}

export function endTransactions(cloud: Cloud): void {
  for (const [id, { session }] of open(cloud)) {
    forget(cloud, id);
    session.end();
  }
}

function watch(cloud: Cloud, id: string, { startedMs, session }: Transaction): void {
  const { clock } = cloud.world;
  const leftMs = startedMs + longestMs - clock.nowMs();
  // Its end is a rollback.
  const end = () => {
    forget(cloud, id);
    session.end();
  };
  open(cloud).get(id)!.cancelEnd = clock.after(Math.max(0, Math.min(idleMs, leftMs)), end);
}

function forget(cloud: Cloud, id: string): void {
  open(cloud).get(id)?.cancelEnd();
  open(cloud).delete(id);
}
