/** A folder that all clouds of this user share, for what can be made again: it may be removed at any time. */
import { lstatSync, mkdirSync } from "node:fs";
import { homedir, platform } from "node:os";
import { dirname, join } from "node:path";

/**
 * `plinth` in the user's cache folder: `$XDG_CACHE_HOME`, else `~/.cache`, on macOS `~/Library/Caches`. Made when it is missing; `undefined`
 * where that does not work, and where it or the folder that holds it belongs to somebody else or could be written to by others.
 */
export function userCache(environment: Readonly<Record<string, string | undefined>> = process.env): string | undefined {
  try {
    const home = environment.HOME || homedir();
    const caches = environment.XDG_CACHE_HOME || join(home, ...(platform() === "darwin" ? ["Library", "Caches"] : [".cache"]));
    // Under sudo the home may be another user's, who could not use what root makes there.
    if (!isPrivate(nearestThatExists(caches))) return undefined;
    const folder = join(caches, "plinth");
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return isPrivate(caches) && isPrivate(folder) ? folder : undefined;
  } catch {
    return undefined;
  }
}

function nearestThatExists(folder: string): string {
  if (lstatSync(folder, { throwIfNoEntry: false })) return folder;
  const above = dirname(folder);
  return above === folder ? folder : nearestThatExists(above);
}

/** A link is not: it may lead anywhere tomorrow. */
function isPrivate(folder: string): boolean {
  const found = lstatSync(folder);
  return found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0;
}
