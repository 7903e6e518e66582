/** `.plinth` beside the app: what Plinth may lose, and the state of the embedded cloud. */
import { mkdirSync, writeFileSync } from "node:fs";
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
