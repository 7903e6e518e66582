/** The world as it is: the system's clock and randomness, a state folder private to its user, real processes. */
import { randomBytes, randomInt, randomUUID } from "node:crypto";
import * as fs from "node:fs/promises";
import { chmodSync, mkdirSync } from "node:fs";
import { dirname, resolve, sep } from "node:path";
import type { Clock, Disk, Random, World } from "../world.ts";
import { realProcesses } from "./real-processes.ts";
import { userCache } from "./user-cache.ts";

export interface DiskOptions {
  /** See `Disk.outlivesPowerCut`. Default: true. */
  outlivesPowerCut?: boolean | undefined;
}

/** `stateFolder` is made (mode 0700) when it is missing. */
export function realWorld(stateFolder: string, options: DiskOptions = {}): World {
  const root = resolve(stateFolder);
  mkdirSync(root, { recursive: true, mode: 0o700 });
  chmodSync(root, 0o700);
  const disk = realDisk(root, realRandom, options);
  return { clock: realClock, random: realRandom, disk, processes: realProcesses(disk) };
}

const realClock: Clock = {
  nowMs: () => Date.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
  sleep: (delayMs, signal) =>
    new Promise((done, fail) => {
      if (signal?.aborted) return fail(signal.reason);
      const stop = () => {
        clearTimeout(timer);
        fail(signal!.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", stop);
        done();
      }, delayMs);
      signal?.addEventListener("abort", stop, { once: true });
    }),
};

const realRandom: Random = {
  bytes: (count) => randomBytes(count),
  uuid: () => randomUUID(),
  hex: (digits) =>
    randomBytes(Math.ceil(digits / 2))
      .toString("hex")
      .slice(0, digits),
  text: (length, alphabet) => Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join(""),
};

/** A disk rooted in `root`; also used by simulated worlds, over a temporary folder. */
export function realDisk(root: string, random: Random, { outlivesPowerCut = true }: DiskOptions = {}): Disk {
  const disk: Disk = {
    root,
    outlivesPowerCut,
    sharedCache: () => userCache(),
    files: fs,
    path(...parts) {
      const path = resolve(root, ...parts);
      if (path !== root && !path.startsWith(root + sep)) throw new Error(`a path leads outside the state folder: ${parts.join("/")}`);
      return path;
    },
    async sync(file) {
      if (outlivesPowerCut) await file.sync();
    },
    async replaceFile(path, content) {
      await fs.mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const draft = `${path}.${random.hex(8)}.draft`;
      try {
        const file = await fs.open(draft, "w", 0o600);
        try {
          await file.writeFile(content);
          await disk.sync(file);
        } finally {
          await file.close();
        }
        await fs.rename(draft, path);
      } catch (error) {
        await fs.rm(draft, { force: true });
        throw error;
      }
    },
  };
  return disk;
}
