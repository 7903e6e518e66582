/** A full disk: how it is told from other errors, and what clients are answered. */
import { AwsError } from "./aws-error.ts";

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
