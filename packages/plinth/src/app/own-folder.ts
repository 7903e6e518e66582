/** `.plinth` beside the app: what Plinth may lose, and the state of the embedded cloud. */
import { mkdirSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const ownFolder = (appFolder: string) => join(appFolder, ".plinth");

/** Made with a note that keeps it out of the app's repository: the state holds secrets. */
export function makeOwnFolder(appFolder: string): void {
  mkdirSync(ownFolder(appFolder), { recursive: true });
  try {
    writeFileSync(join(ownFolder(appFolder), ".gitignore"), "*\n", { flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

/** Below this no database or task of the embedded cloud can be expected to work: log lines and tables have no room. */
const leastRoomBytes = 1024 * 1024;

/** Whether the disk that holds the embedded cloud's state is full, whatever else may have been the first to fail on it. */
export function isDiskFull(appFolder: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(ownFolder(appFolder));
    return bavail * bsize < leastRoomBytes;
  } catch {
    return false; // there is no such folder yet
  }
}
