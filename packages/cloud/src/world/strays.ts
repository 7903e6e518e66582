/** Programs that left the process group of what started them (a new session, a daemon), found by what their environment says. */
import { readdirSync, readFileSync } from "node:fs";
import { statFields } from "./process-table.ts";

const rounds = 20;
/** So long a program is given to be under way in its next life (execve(2)), before it is asked again for its environment. */
const pauseMs = 5;
/** PF_KTHREAD of the kernel's include/linux/sched.h, in the ninth field of /proc/PID/stat. */
const kernelThread = 0x20_0000;

/**
 * Ends every process whose environment holds `entry` (`NAME=value`), which only one program and its descendants were given: a
 * container leaves none of them behind either. Again until none is found, for those that were started meanwhile. Without /proc: none.
 * @returns how many were ended.
 */
export function endStrays(entry: string): number {
  let ended = 0;
  for (let round = 0; round < rounds; round++) {
    const { found, unclear } = withEntry(entry);
    for (const pid of found) {
      try {
        process.kill(pid, "SIGKILL");
        ended++;
      } catch {
        // it has ended by itself
      }
    }
    if (found.length === 0 && !unclear) break;
    if (found.length === 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
  }
  return ended;
}

/** `unclear`: one of them could not be told, for it is just becoming another program and shows nothing of either. */
function withEntry(entry: string): { found: number[]; unclear: boolean } {
  const wanted = `\0${entry}\0`;
  const found: number[] = [];
  let unclear = false;
  for (const name of entries("/proc").filter((each) => each >= "1" && each < ":" && Number(each) !== process.pid)) {
    const environment = read(name, "environ");
    if (environment === undefined) continue; // another user's, or gone
    if (`\0${environment}`.includes(wanted)) found.push(Number(name));
    else if (environment === "" && read(name, "cmdline") === "" && !showsNothingEver(name)) unclear = true;
  }
  return { found, unclear };
}

/** A thread of the kernel's, or a process that has ended and is not yet waited for. */
function showsNothingEver(pid: string): boolean {
  const fields = statFields(pid);
  return !fields || fields[0] === "Z" || fields[0] === "X" || (Number(fields[6]) & kernelThread) !== 0;
}

function read(pid: string, name: "environ" | "cmdline"): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "latin1");
  } catch {
    return undefined;
  }
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
