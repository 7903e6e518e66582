/** What a server and its sessions use: PostgreSQL's sessions leave the postmaster's process group, so they are found by parent. */
import { readdirSync, readFileSync } from "node:fs";

const ticksPerSecond = 100; // USER_HZ, fixed in Linux's ABI (proc(5))
const pageBytes = 4096;

/** CPU seconds and resident bytes of a process and its children; `undefined` when it is gone or there is no /proc. */
export function processUsage(pid: number): { cpuSeconds: number; residentBytes: number } | undefined {
  let ticks = 0;
  let pages = 0;
  let found = false;
  let names: string[];
  try {
    names = readdirSync("/proc");
  } catch {
    return undefined;
  }
  for (const name of names) {
    if (name < "0" || name > "9~") continue;
    let text: string;
    try {
      text = readFileSync(`/proc/${name}/stat`, "utf8");
    } catch {
      continue; // it ended meanwhile
    }
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const self = Number(name) === pid;
    if (!self && Number(fields[1]) !== pid) continue;
    if (self) found = true;
    // Its own time, and for the server that of the sessions that have ended.
    ticks += Number(fields[11]) + Number(fields[12]) + (self ? Number(fields[13]) + Number(fields[14]) : 0);
    pages += Number(fields[21]);
  }
  return found ? { cpuSeconds: ticks / ticksPerSecond, residentBytes: pages * pageBytes } : undefined;
}
