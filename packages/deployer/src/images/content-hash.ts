/**
 * A hash over what a build context holds, so that a changed file makes another image and no change makes none. Files whose
 * size and time of change are as they were are not read again; their hashes are kept beside the app.
 */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, readlink, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { hasExceptions, ignoredBy } from "./dockerignore.ts";

/** Never part of a context that Plinth hashes: made by tools from what is. */
const skippedFolders = new Set(["node_modules", ".git", ".plinth"]);

type Entry = [sizeBytes: number, changedMs: number, hash: string];

export interface ContextInput {
  /** Absolute. */
  context: string;
  /** Relative to the context. */
  dockerfile: string;
  /** What else decides about the image: target, build arguments, platform. */
  salt: string;
  /** Where the files' hashes are kept; without it nothing is kept. */
  cacheFile?: string;
  /** Folders, besides those that never count, whose names say that tools make them from what is there: `.next`. */
  made?: readonly string[];
}

export interface Content {
  /** Over all of it: 64 hexadecimal digits. */
  hash: string;
  /** By path relative to the context: whether it is executable and the first digits of its hash, or where a link points. */
  files: Record<string, string>;
}

/** The hash alone. */
export const contentHash = async (input: ContextInput): Promise<string> => (await contentOf(input)).hash;

export async function contentOf({ context, dockerfile, salt, cacheFile, made = [] }: ContextInput): Promise<Content> {
  const files: Record<string, string> = {};
  const known = cacheFile ? await readCache(cacheFile) : new Map<string, Entry>();
  const current = new Map<string, Entry>();
  const ignore = (await readText(join(context, `${dockerfile}.dockerignore`))) ?? (await readText(join(context, ".dockerignore"))) ?? "";
  const lines = [`salt ${salt}`, `dockerfile ${await hashOf(join(context, dockerfile))}`];
  const isIgnored = ignoredBy(ignore);
  const walkIgnored = hasExceptions(ignore);

  const walk = async (folder: string): Promise<void> => {
    const entries = await readdir(join(context, folder), { withFileTypes: true });
    await Promise.all(
      entries.map(async (entry) => {
        const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
        if (entry.isDirectory()) {
          if (!skippedFolders.has(entry.name) && !made.includes(entry.name) && (walkIgnored || !isIgnored(path))) await walk(path);
          return;
        }
        if (isIgnored(path)) return;
        if (entry.isSymbolicLink()) {
          files[path] = await readlink(join(context, path));
          lines.push(`link ${path} ${files[path]}`);
        } else if (entry.isFile()) {
          const hash = await fileHash(path);
          files[path] = hash.slice(0, 18);
          lines.push(`file ${path} ${hash}`);
        }
      }),
    );
  };
  const fileHash = async (path: string) => {
    const { size, mtimeMs, mode } = await stat(join(context, path));
    const before = known.get(path);
    const hash = before && before[0] === size && before[1] === mtimeMs ? before[2] : await hashOf(join(context, path));
    current.set(path, [size, mtimeMs, hash]);
    return `${mode & 0o111 ? "x" : "-"} ${hash}`;
  };
  await walk("");
  // Where it cannot be kept the next hash only takes longer.
  if (cacheFile && !sameEntries(known, current)) await writeCache(cacheFile, current).catch(() => undefined);
  return { hash: createHash("sha256").update(lines.sort().join("\n")).digest("hex"), files };
}

const hashOf = async (file: string) =>
  createHash("sha256")
    .update(await readFile(file))
    .digest("hex");

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch {
    return undefined;
  }
}

async function readCache(file: string): Promise<Map<string, Entry>> {
  try {
    return new Map(Object.entries(JSON.parse(await readFile(file, "utf8")) as Record<string, Entry>));
  } catch {
    return new Map(); // none yet, or torn by a crash: all is read anew
  }
}

async function writeCache(file: string, entries: ReadonlyMap<string, Entry>): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}`;
  try {
    await writeFile(temporary, JSON.stringify(Object.fromEntries(entries)));
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

function sameEntries(a: ReadonlyMap<string, Entry>, b: ReadonlyMap<string, Entry>): boolean {
  return a.size === b.size && [...b].every(([path, entry]) => a.get(path)?.join() === entry.join());
}
