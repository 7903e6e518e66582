/**
 * The files of a file system in a folder, with owner, permissions and times in one line of JSON for each: through the task that administers it,
 * since nothing outside of its network can mount it. What an interrupted copy has is not fetched again, a large file from where it broke off.
 */
import {
  appendFileSync,
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { DeployError } from "../deploy-error.ts";
import type { AdministrationSession } from "../files/administration-session.ts";
import { digestOf } from "./bucket-copy.ts";
import { type FileEntry, listing, listingReader } from "./file-listing.ts";
import { canBeAsked, requestOf, transfer, transferReader, type WantedFile } from "./file-transfer.ts";

/** A line of `files.jsonl`. */
export interface FileRecord extends FileEntry {
  sha256?: string;
}

export interface FileSystemCopy {
  files: number;
  sizeBytes: number;
  /** How many of them had been fetched before. */
  kept: number;
  /** What is not in it, a sentence each. */
  notTaken: string[];
}

const attempts = 5;

/** @param folder gets `files/`, and `files.jsonl`. @throws DeployError `task-failed` */
export async function copyFileSystem(
  session: AdministrationSession,
  { name, folder, told }: { name: string; folder: string; told(files: number, sizeBytes: number): void },
): Promise<FileSystemCopy> {
  mkdirSync(join(folder, "files"), { recursive: true });
  const progressFile = join(folder, "files.jsonl.part");
  const before = readRecords(progressFile, join(folder, "files.jsonl"));
  const copy: FileSystemCopy = { files: 0, sizeBytes: 0, kept: 0, notTaken: [] };
  const records = new Map<string, FileRecord>();
  const left = new Set<string>();
  const note = (record: FileRecord) => {
    records.set(record.path, record);
    appendFileSync(progressFile, `${JSON.stringify(record)}\n`);
    if (record.kind !== "file") return;
    copy.files++;
    copy.sizeBytes += record.sizeBytes;
    told(copy.files, copy.sizeBytes);
  };
  writeFileSync(progressFile, "");
  for (let attempt = 1, listed = await list(session, name); ; attempt++, listed = await list(session, name)) {
    const wanted: WantedFile[] = [];
    for (const entry of listed) {
      if (records.has(entry.path) || left.has(entry.path)) continue;
      const { path, kind } = entry;
      if (kind === "file" && canBeAsked(path)) {
        const known = before.get(path);
        if (known !== undefined && isWhole(folder, known, entry)) {
          copy.kept++;
          note({ ...entry, ...(known.sha256 !== undefined && { sha256: known.sha256 }) });
        } else wanted.push(begun(folder, entry));
      } else if (kind === "folder" || kind === "link") {
        place(folder, entry);
        note(entry);
      } else {
        copy.notTaken.push(
          `${name}/${JSON.stringify(path)}: ${kind === "file" ? "its name has a line break" : "it is no file, folder or link"}.`,
        );
        left.add(path);
      }
    }
    const entries = new Map(listed.map((entry) => [entry.path, entry]));
    // A large file is told of while it comes.
    let comingBytes = 0;
    const coming = (bytes: number) => told(copy.files, copy.sizeBytes + (comingBytes += bytes));
    const changed = await fetch(session, folder, wanted, coming, async (path) => {
      const entry = entries.get(path)!;
      note({ ...entry, sha256: await digestOf(join(folder, "files", path)) });
    });
    if (changed.length === 0) break;
    if (attempt === attempts)
      throw new DeployError("task-failed", `${changed.length} files of ${name} did not come over, such as ${changed[0]}.`, {
        remedy: "Files that are written to while they are copied are taken when they rest: run it again, it goes on from here.",
      });
  }
  finish(folder, [...records.values()]);
  writeFileSync(progressFile, [...records.values()].map((record) => `${JSON.stringify(record)}\n`).join(""));
  renameSync(progressFile, join(folder, "files.jsonl"));
  return copy;
}

async function list(session: AdministrationSession, name: string): Promise<FileEntry[]> {
  for (let attempt = 1; ; attempt++) {
    const entries: FileEntry[] = [];
    const reader = listingReader((entry) => entries.push(entry));
    const code = await session.run(listing, reader.add);
    if (code === 0) {
      reader.end();
      return entries;
    }
    if (code !== undefined || attempt === attempts)
      throw new DeployError(
        "task-failed",
        `The files of ${name} could not be listed (${code === undefined ? "the session broke" : `exit code ${code}`}).`,
        {
          remedy: "Its image needs /bin/sh, find, stat, tail and head.",
        },
      );
  }
}

/** What of it is here: a part that broke off goes on, if the file is still the same. */
function begun(folder: string, { path, sizeBytes, modifiedSeconds }: FileEntry): WantedFile {
  const part = partOf(folder, path, modifiedSeconds);
  ensureFolder(folder, dirname(path));
  return { path, sizeBytes, modifiedSeconds, offsetBytes: existsSync(part) ? Math.min(statSync(part).size, sizeBytes) : 0 };
}

/** Beside the files, so that no file of theirs has its name. */
function partOf(folder: string, path: string, modifiedSeconds: number): string {
  return join(folder, "parts", `${modifiedSeconds}-${encodeURIComponent(path).slice(-180)}.part`);
}

/** @returns the paths of those that are other than they were listed, or did not come. */
async function fetch(
  session: AdministrationSession,
  folder: string,
  wanted: readonly WantedFile[],
  coming: (bytes: number) => void,
  done: (path: string) => Promise<void>,
): Promise<string[]> {
  mkdirSync(join(folder, "parts"), { recursive: true });
  const missing = new Set(wanted.map(({ path }) => path));
  const arrived: string[] = [];
  let open: number | undefined;
  const place = ({ path, modifiedSeconds }: WantedFile) => {
    const part = partOf(folder, path, modifiedSeconds);
    if (!existsSync(part)) writeFileSync(part, "");
    renameSync(part, join(folder, "files", path));
    missing.delete(path);
    arrived.push(path);
  };
  const close = () => {
    if (open !== undefined) closeSync(open);
    open = undefined;
  };
  for (const file of wanted) if (file.sizeBytes === 0) place(file);
  const asked = wanted.filter(({ sizeBytes }) => sizeBytes > 0);
  const take = transferReader(asked, {
    piece({ path, modifiedSeconds }, bytes) {
      open ??= openSync(partOf(folder, path, modifiedSeconds), "a", 0o600);
      writeSync(open, bytes);
      coming(bytes.byteLength);
    },
    whole(file, same) {
      close();
      if (same) place(file);
      else rmSync(partOf(folder, file.path, file.modifiedSeconds), { force: true });
    },
  });
  try {
    if (asked.length > 0) await session.run(transfer, take, requestOf(asked));
  } finally {
    close();
  }
  for (const path of arrived) await done(path);
  return [...missing];
}

/** A folder in which nothing but folders lead down to it: a link of an earlier copy would lead out. */
function ensureFolder(folder: string, path: string): void {
  const full = join(folder, "files", path);
  const present = lstatSync(full, { throwIfNoEntry: false });
  if (present?.isDirectory()) return;
  if (path !== ".") ensureFolder(folder, dirname(path));
  if (present) rmSync(full);
  mkdirSync(full);
}

function place(folder: string, { path, kind, target = "" }: FileEntry): void {
  if (kind === "folder") return ensureFolder(folder, path);
  ensureFolder(folder, dirname(path));
  const full = join(folder, "files", path);
  rmSync(full, { recursive: true, force: true });
  symlinkSync(target, full);
}

function isWhole(folder: string, known: FileRecord, now: FileEntry): boolean {
  if (known.kind !== "file" || known.sizeBytes !== now.sizeBytes || known.modifiedSeconds !== now.modifiedSeconds) return false;
  const present = lstatSync(join(folder, "files", now.path), { throwIfNoEntry: false });
  return present?.isFile() === true && present.size === now.sizeBytes;
}

/** Permissions and times, and owners where one may give them; folders last, since what is made in them changes theirs. */
function finish(folder: string, records: readonly FileRecord[]): void {
  const asRoot = process.getuid?.() === 0;
  const order = [...records].sort((a, b) => Number(a.kind === "folder") - Number(b.kind === "folder") || b.path.length - a.path.length);
  for (const { path, kind, mode, user, group, modifiedSeconds } of order) {
    if (kind !== "file" && kind !== "folder") continue;
    const full = join(folder, "files", path);
    if (asRoot) chownSync(full, user, group);
    // Whoever has fetched it can still read it, and add to it.
    chmodSync(full, (Number.parseInt(mode, 8) & 0o777) | (asRoot ? 0 : kind === "folder" ? 0o700 : 0o600));
    utimesSync(full, modifiedSeconds, modifiedSeconds);
  }
  rmSync(join(folder, "parts"), { recursive: true, force: true });
}

function readRecords(...paths: string[]): Map<string, FileRecord> {
  const records = new Map<string, FileRecord>();
  for (const path of paths) {
    if (!existsSync(path)) continue;
    for (const line of readFileSync(path, "utf8").split("\n")) {
      try {
        const record = JSON.parse(line) as FileRecord;
        records.set(record.path, record);
      } catch {
        // the last line of a copy that was interrupted
      }
    }
  }
  return records;
}
