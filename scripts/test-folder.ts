/**
 * Where the tests keep their files: in memory where the machine has the room, since they write much and keep nothing. Databases come and go
 * a thousand files at a time, and a file system without a journal (ext4 on many virtual machines) then takes twenty times as long for each new file.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const memory = "/dev/shm";
const prefix = "plinth-tests-";
/** Thrice what the whole suite takes at one time. */
const roomBytes = 3 * 2 ** 30;
/** The tests' own processes want memory as well. */
const freeMemoryBytes = 2 * roomBytes;

/** Makes the folder that the workers, and what they start, use for temporary files. It goes when the run ends. */
export default function setup(): () => void {
  const folder = folderInMemory() ?? mkdtempSync(join(tmpdir(), prefix));
  // What runs as another user, as PostgreSQL for root, has to get through it to its own.
  chmodSync(folder, 0o711);
  process.env.TMPDIR = folder;
  process.env.XDG_CACHE_HOME = join(folder, "cache");
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

function folderInMemory(): string | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    removeLeftovers();
    const { bavail, bsize } = statfsSync(memory);
    if (bavail * bsize < roomBytes || process.availableMemory() < freeMemoryBytes) return undefined;
    const folder = mkdtempSync(join(memory, `${prefix}${process.pid}-`));
    if (runsPrograms(folder)) return folder;
    rmSync(folder, { recursive: true });
  } catch {
    // A machine without it, or where it is not for everybody.
  }
  return undefined;
}

/** Containers often mount it so that nothing in it can be run, which PostgreSQL has to be. */
function runsPrograms(folder: string): boolean {
  const program = join(folder, "program");
  writeFileSync(program, "#!/bin/sh\n", { mode: 0o700 });
  const { status } = spawnSync(program);
  rmSync(program);
  return status === 0;
}

/** What killed runs have left. */
function removeLeftovers(): void {
  for (const name of readdirSync(memory).filter((entry) => entry.startsWith(prefix))) {
    const pid = Number(name.slice(prefix.length).split("-")[0]);
    if (!isRunning(pid)) rmSync(join(memory, name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
