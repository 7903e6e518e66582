/** A full disk: how it is told from other errors, and what clients are answered. */
import { AwsError } from "./aws-error.ts";
import type { Cloud } from "./cloud.ts";

/** SQLITE_FULL, and SQLITE_IOERR_SHMSIZE: its shared memory could not grow (sqlite.org/rescode.html). */
const sqliteCodes = [13, 4874];

export function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, errcode } = error as NodeJS.ErrnoException & { errcode?: number };
  return code === "ENOSPC" || code === "EDQUOT" || sqliteCodes.includes(errcode ?? 0) || isDiskFull(error.cause);
}

/** Nothing was written; clients may try again, as AWS's do at this status. */
export function diskFull(folder: string): AwsError {
  return new AwsError(
    "ServiceUnavailable",
    `The disk that holds the embedded cloud's state is full (${folder}). What is under way goes on when there is room.`,
    503,
  );
}

/** How often a full disk is looked at again. */
export const roomLookMs = 1_000;

const key = Symbol("waiting for room");
const waiters = (cloud: Cloud) => cloud.memory(key, () => new Set<symbol>());

/** Whether work of the cloud waits for room to note how it went: until then its stacks would stay IN_PROGRESS. */
export const isWaitingForRoom = (cloud: Cloud): boolean => waiters(cloud).size > 0;

/** Below this a database server cannot be expected to start: PostgreSQL writes its log in segments of 16 MiB. */
const serverRoomBytes = 64 * 1024 * 1024;

/** Waits until the disk has room for a server's files. Answers whether it had to wait: whether a full disk may have been the trouble. */
export async function waitForServerRoom(cloud: Cloud): Promise<boolean> {
  const { clock, disk } = cloud.world;
  const waiter = Symbol("waiter");
  try {
    for (let waited = false; ; waited = true) {
      const { bavail, bsize } = await disk.files.statfs(disk.root);
      if (bavail * bsize >= serverRoomBytes) return waited;
      waiters(cloud).add(waiter);
      await clock.sleep(roomLookMs, cloud.stopping);
    }
  } finally {
    waiters(cloud).delete(waiter);
  }
}

/** Writes as soon as the disk has room for it. A cloud that stops meanwhile takes the work up at its next start. */
export async function whenRoom(cloud: Cloud, write: () => void): Promise<void> {
  const waiter = Symbol("waiter");
  try {
    for (;;) {
      try {
        return write();
      } catch (error) {
        if (!isDiskFull(error)) throw error;
        waiters(cloud).add(waiter);
      }
      await cloud.world.clock.sleep(roomLookMs, cloud.stopping);
    }
  } catch (error) {
    if (!cloud.stopping.aborted) throw error;
  } finally {
    waiters(cloud).delete(waiter);
  }
}
