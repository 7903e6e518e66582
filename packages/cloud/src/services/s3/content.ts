/**
 * The bytes of objects: files below the state folder, named by the cloud itself and never by keys, written once and never changed. An
 * object is one file, or those of its parts one after the other.
 */
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import type { Cloud } from "../../cloud.ts";
import { checksumOf } from "../../wire/checksum.ts";
import { forgetContent, keepContent, keptContent, largestKeptBytes } from "./content-cache.ts";

export interface StoredFile {
  id: string;
  sizeBytes: number;
}

export interface Written extends StoredFile {
  /** 32 hexadecimal digits. */
  md5: string;
  /** In base64, of the algorithm that was asked for. */
  checksum?: string;
}

type Given = Readable | AsyncIterable<Uint8Array> | Uint8Array | string | undefined;

/** Streams `body` to a new file, on disk when it returns. Where the stream breaks, nothing is left. */
export async function writeContent(cloud: Cloud, body: Given, algorithm?: string): Promise<Written> {
  const { files } = cloud.world.disk;
  const id = cloud.world.random.uuid();
  const path = pathOf(cloud, id);
  await makeFolder(cloud, id.slice(0, 2));
  const file = await files.open(path, "wx", 0o600);
  const md5 = createHash("md5");
  const checksum = algorithm === undefined ? undefined : checksumOf(algorithm.toLowerCase());
  let sizeBytes = 0;
  try {
    for await (const chunk of chunksOf(body)) {
      md5.update(chunk);
      checksum?.update(chunk);
      sizeBytes += chunk.byteLength;
      await file.writeFile(chunk);
    }
    await cloud.world.disk.sync(file);
    await file.close();
  } catch (error) {
    await file.close().catch(() => {});
    await files.rm(path, { force: true });
    throw error;
  }
  return { id, sizeBytes, md5: md5.digest("hex"), ...(checksum && { checksum: checksum.digest() }) };
}

const folders = Symbol("s3.folders");

/** Once for each: they stay till the account is reset. */
async function makeFolder(cloud: Cloud, name: string): Promise<void> {
  const made = cloud.memory<Set<string>>(folders, () => new Set());
  if (made.has(name)) return;
  await cloud.world.disk.files.mkdir(cloud.world.disk.path("s3", "objects", name), { recursive: true, mode: 0o700 });
  made.add(name);
}

async function* chunksOf(body: Given): AsyncGenerator<Uint8Array> {
  if (body === undefined) return;
  if (typeof body === "string") yield Buffer.from(body);
  else if (body instanceof Uint8Array) yield body;
  else {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      yield chunk;
      giveBack(chunk);
    }
  }
}

const worthGivingBackBytes = 16 * 1024;

/**
 * Frees the memory of a piece that is on disk. The collector would come by only after some 100 MB of them, so a large upload would need
 * that much. What shares its memory with others stays.
 */
function giveBack({ buffer, byteLength }: Uint8Array): void {
  if (byteLength >= worthGivingBackBytes && byteLength === buffer.byteLength && buffer instanceof ArrayBuffer) buffer.transfer(0);
}

/** The bytes from `start` to `end` (both included): at once where the content is small, else as a stream. */
export async function contentFor(cloud: Cloud, stored: readonly StoredFile[], start: number, end: number): Promise<Buffer | Readable> {
  const [file] = stored;
  if (!file || stored.length > 1 || file.sizeBytes > largestKeptBytes) return readContent(cloud, stored, start, end);
  let content = keptContent(cloud, file.id);
  if (!content) {
    content = await cloud.world.disk.files.readFile(pathOf(cloud, file.id));
    if (content.length !== file.sizeBytes) throw shorter(file.id);
    keepContent(cloud, file.id, content);
  }
  return content.subarray(start, end + 1);
}

const readBytes = 256 * 1024;

/** The bytes from `start` to `end` (both included) of files one after the other. */
export function readContent(cloud: Cloud, stored: readonly StoredFile[], start: number, end: number): Readable {
  return Readable.from(read(cloud, stored, start, end), { objectMode: false });
}

async function* read(cloud: Cloud, stored: readonly StoredFile[], start: number, end: number): AsyncGenerator<Uint8Array> {
  let passed = 0;
  for (const { id, sizeBytes } of stored) {
    const from = Math.max(start - passed, 0);
    const to = Math.min(end - passed, sizeBytes - 1);
    passed += sizeBytes;
    if (from > to) continue;
    const file = await cloud.world.disk.files.open(pathOf(cloud, id), "r");
    try {
      for (let at = from; at <= to;) {
        const buffer = Buffer.allocUnsafe(Math.min(readBytes, to - at + 1));
        const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
        if (bytesRead === 0) throw shorter(id);
        at += bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      await file.close();
    }
  }
}

/** Gives a file that objects are made of another name: it is never changed, so both are the same bytes for as long as either stands. */
export async function linkContent(cloud: Cloud, id: string, path: string): Promise<void> {
  const { files } = cloud.world.disk;
  try {
    await files.link(pathOf(cloud, id), path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "EEXIST") throw error;
    // A file system without such links, or one more than it takes.
    await files.copyFile(pathOf(cloud, id), path, 2 /* COPYFILE_FICLONE */);
  }
}

const shorter = (id: string) => new Error(`the content ${id} is shorter than it was when it was written`);

export async function removeContent(cloud: Cloud, stored: readonly StoredFile[]): Promise<void> {
  for (const { id } of stored) {
    forgetContent(cloud, id);
    await cloud.world.disk.files.rm(pathOf(cloud, id), { force: true });
  }
}

/** Removes files that nothing refers to: what an interrupted upload left. */
export async function sweepContent(cloud: Cloud, inUse: ReadonlySet<string>): Promise<void> {
  const { files, path } = cloud.world.disk;
  const folders = await files.readdir(path("s3", "objects")).catch(() => []);
  for (const folder of folders) {
    for (const id of await files.readdir(path("s3", "objects", folder))) {
      if (!inUse.has(id)) await files.rm(path("s3", "objects", folder, id), { force: true });
    }
  }
}

export async function removeAllContent(cloud: Cloud): Promise<void> {
  await cloud.world.disk.files.rm(cloud.world.disk.path("s3"), { recursive: true, force: true });
}

function pathOf(cloud: Cloud, id: string): string {
  return cloud.world.disk.path("s3", "objects", id.slice(0, 2), id);
}
