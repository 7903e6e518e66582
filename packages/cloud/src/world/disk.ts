/** The folder that holds the cloud's state; private to its user. Every path is below it. */
import type * as fs from "node:fs/promises";

export interface Disk {
  /** The state folder, absolute. */
  readonly root: string;
  /** The absolute path of a place below the root; its folders are not made. Throws where the parts lead outside. */
  path(...parts: string[]): string;
  /** A folder outside of it that other clouds of this user use at the same time, as `userCache` says; `undefined` where there is none to trust. */
  sharedCache(): string | undefined;
  /** Node's file operations, through which a simulation can fail a write or fill the disk. */
  readonly files: Pick<
    typeof fs,
    | "readFile"
    | "writeFile"
    | "appendFile"
    | "mkdir"
    | "mkdtemp"
    | "rm"
    | "rename"
    | "cp"
    | "copyFile"
    | "link"
    | "stat"
    | "lstat"
    | "readdir"
    | "chmod"
    | "chown"
    | "symlink"
    | "readlink"
    | "realpath"
    | "access"
    | "open"
    | "statfs"
  >;
  /**
   * Whether what was answered outlives a power cut. Without, as for tests, it still outlives a killed process, and no write waits for
   * the disk.
   */
  readonly outlivesPowerCut: boolean;
  /** What was written to `file` is on disk when it resolves, where that has to outlive a power cut. */
  sync(file: Pick<fs.FileHandle, "sync">): Promise<void>;
  /** Writes a whole file so that a crash leaves the old or the new content, never a part. Mode 0600. */
  replaceFile(path: string, content: string | Uint8Array): Promise<void>;
}
