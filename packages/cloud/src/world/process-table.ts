/** All processes of this machine as /proc tells of them: read at once, and kept for a moment, since many ask in the same second. */
import { readdirSync, readFileSync } from "node:fs";
import type { Usage } from "./processes.ts";

/** How old what is answered may be. Whoever watches tasks looks once a second. */
const freshMs = 400;
const ticksPerSecond = 100; // USER_HZ, fixed in Linux's ABI (proc(5))
const pageBytes = 4096;

interface Entry {
  pid: number;
  /** Whether it runs, waits for a processor or for the disk. */
  busy: boolean;
  parent: number;
  group: number;
  /** Its own time and that of the children that it has waited for. */
  ticks: number;
  pages: number;
}

export interface ProcessTable {
  /**
   * What a group leader, its group and their descendants use: also those that have left the group, as PostgreSQL's sessions do.
   * `undefined` when none of them is left, or there is no /proc.
   */
  usage(leader: number): Usage | undefined;
}

export function processTable(): ProcessTable {
  let entries: Entry[] = [];
  let readAtMs = -Infinity;
  const read = () => {
    entries = readAll();
    readAtMs = performance.now();
  };
  return {
    usage(leader) {
      const belongs = ({ pid, group }: Entry) => pid === leader || group === leader;
      if (performance.now() - readAtMs > freshMs || !entries.some(belongs)) read();
      const children = Map.groupBy(entries, ({ parent }) => parent);
      const counted = new Set(entries.filter(belongs));
      for (const { pid } of counted) for (const child of children.get(pid) ?? []) counted.add(child); // a set hands out what is added on the way
      if (counted.size === 0) return undefined;
      let [ticks, pages] = [0, 0];
      for (const entry of counted) {
        ticks += entry.ticks;
        pages += entry.pages;
      }
      const busy = [...counted].some((entry) => entry.busy);
      return { cpuSeconds: ticks / ticksPerSecond, residentBytes: pages * pageBytes, busy };
    },
  };
}

/** Those that have ended and are not yet waited for (`Z`) are left out. */
function readAll(): Entry[] {
  let names: string[];
  try {
    names = readdirSync("/proc");
  } catch {
    return [];
  }
  return names
    .filter((name) => name >= "1" && name < ":")
    .flatMap((name) => {
      const fields = statFields(name);
      if (!fields || fields[0] === "Z") return [];
      const [, parent, group] = fields.map(Number) as [number, number, number];
      const ticks = [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0);
      const busy = fields[0] === "R" || fields[0] === "D";
      return [{ pid: Number(name), busy, parent, group, ticks, pages: Number(fields[21]) }];
    });
}

/** Fields of /proc/PID/stat after the command's name, which may hold spaces and brackets (proc(5)). */
export function statFields(pid: number | string): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}
