/** Under which file name an object lies in a folder: its key where every file system can have that, else a name made of it. */
import { createHash } from "node:crypto";

export interface ObjectFiles {
  /** A path relative to the folder, with `/`, that no other key has. The same key and version give the same. */
  fileFor(key: string, versionId?: string): string;
}

/** What is not in a name on any system that people take files to, with room for what is added to it. */
const plainSegment = /^(?!\.{1,2}$)(?!.* $)(?!.*\.$)[\w !#$%&'()+,\-.;=@[\]^`{}~\u00A1-\uFFFF]{1,180}$/u;
const reserved = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?$/i;

export function objectFiles(): ObjectFiles {
  /** By lower case: there are file systems that do not tell `A` from `a`. */
  const files = new Set<string>();
  const folders = new Set<string>();
  return {
    fileFor(key, versionId) {
      const plain = versionId === undefined && isPlain(key) && !clashes(key.toLowerCase());
      const path = plain ? key : hashed(key, versionId);
      const lower = path.toLowerCase();
      files.add(lower);
      for (const folder of foldersOf(lower)) folders.add(folder);
      return path;
    },
  };

  function clashes(lower: string): boolean {
    return files.has(lower) || folders.has(lower) || foldersOf(lower).some((folder) => files.has(folder));
  }
}

function isPlain(key: string): boolean {
  const segments = key.split("/");
  return key.length <= 900 && segments[0] !== "_" && segments.every((segment) => plainSegment.test(segment) && !reserved.test(segment));
}

/** Below `_/`, where no plain key lies; the end of the key, so that a person finds it. */
function hashed(key: string, versionId: string | undefined): string {
  const digest = createHash("sha256")
    .update(JSON.stringify([key, versionId]))
    .digest("hex")
    .slice(0, 32);
  const ending = key
    .slice(-60)
    .replaceAll(/[^\w.-]+/g, "-")
    .replace(/^[.-]+/, "")
    .replace(/\.$/, "");
  return `_/${digest.slice(0, 2)}/${digest}${ending === "" ? "" : `-${ending}`}`;
}

function foldersOf(path: string): string[] {
  const segments = path.split("/");
  return segments.slice(1).map((_, index) => segments.slice(0, index + 1).join("/"));
}
