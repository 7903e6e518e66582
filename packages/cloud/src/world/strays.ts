/** Programs that left the process group of what started them (a new session, a daemon), found by what their environment says. */
import { readdirSync, readFileSync } from "node:fs";

/**
 * Ends every process whose environment holds `entry` (`NAME=value`), which only one program and its descendants were given: a
 * container leaves none of them behind either. Again until none is found, for those that were started meanwhile. Without /proc: none.
 * @returns how many were ended.
 */
export function endStrays(entry: string): number {
  let ended = 0;
  for (let round = 0; round < 5; round++) {
    const found = withEntry(entry);
    for (const pid of found) {
      try {
        process.kill(pid, "SIGKILL");
        ended++;
      } catch {
        // it has ended by itself
      }
    }
    if (found.length === 0) break;
  }
  return ended;
}

function withEntry(entry: string): number[] {
  const wanted = `\0${entry}\0`;
  return entries("/proc")
    .filter((name) => name >= "1" && name < ":" && Number(name) !== process.pid)
    .filter((name) => {
      try {
        // Of a process that has ended and is not yet waited for it is empty.
        return `\0${readFileSync(`/proc/${name}/environ`, "latin1")}`.includes(wanted);
      } catch {
        return false; // another user's, or gone
      }
    })
    .map(Number);
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
