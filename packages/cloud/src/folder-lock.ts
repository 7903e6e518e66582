/** One cloud a state folder: the kernel holds the lock, so that no death leaves it behind; a note beside it says who has it. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StartFailure } from "./start-failure.ts";

/** SQLITE_BUSY (sqlite.org/rescode.html). */
const busy = 5;

/**
 * Claims the folder, which is made when it is missing, until `release` or the end of this process.
 * @throws StartFailure `state-in-use` when another process has it.
 */
export function claimFolder(folder: string): { release(): void } {
  const note = join(folder, "lock");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const guard = join(folder, "lock.sqlite");
  // Private to the user; made here, since SQLite would make it readable to all.
  writeFileSync(guard, "", { flag: "a", mode: 0o600 });
  const database = new DatabaseSync(guard, { timeout: 0 });
  try {
    database.exec("begin exclusive");
  } catch (error) {
    database.close();
    if ((error as { errcode?: number }).errcode !== busy) throw error;
    const holder = holderIn(note);
    throw new StartFailure(
      "state-in-use",
      `another embedded cloud${holder === undefined ? "" : ` (process ${holder})`} runs on ${folder}; stop it first`,
    );
  }
  try {
    writeFileSync(note, `${process.pid}\n`, { mode: 0o600 });
  } catch (error) {
    database.close();
    throw error;
  }
  return {
    release() {
      rmSync(note, { force: true });
      database.close();
    },
  };
}

function holderIn(note: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(note, "utf8"), 10) || undefined;
  } catch {
    return undefined; // it has just claimed the folder, or just let it go
  }
}
