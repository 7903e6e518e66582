/** A tape archive of files of a folder: the same bytes for the same content, on any machine. Format: POSIX pax (IEEE Std 1003.1, "pax"). */
import { createReadStream } from "node:fs";
import { lstat, readlink } from "node:fs/promises";
import { join } from "node:path";

const blockBytes = 512;

/** @param paths relative to the folder, with `/`. */
export async function* tarOf(folder: string, paths: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const path of paths.toSorted()) {
    const file = join(folder, path);
    const { size, mode } = await lstat(file);
    const link = await readlink(file).catch(() => undefined);
    yield* header(path, {
      sizeBytes: link === undefined ? size : 0,
      executable: (mode & 0o111) !== 0,
      ...(link !== undefined && { link }),
    });
    if (link !== undefined) continue;
    let left = size;
    for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
      left -= chunk.length;
      yield chunk;
    }
    if (left !== 0) throw Object.assign(new Error(`${path} changed while it was read`), { code: "ECHANGED", path });
    yield padding(size);
  }
  yield new Uint8Array(2 * blockBytes);
}

interface Entry {
  sizeBytes: number;
  executable: boolean;
  link?: string;
}

/** What does not fit into the old fields stands in a record before. */
function* header(path: string, { sizeBytes, executable, link }: Entry): Generator<Uint8Array> {
  const long = [
    ...(Buffer.byteLength(path) > 100 ? [record("path", path)] : []),
    ...(link !== undefined && Buffer.byteLength(link) > 100 ? [record("linkpath", link)] : []),
    ...(sizeBytes > 0o7777_7777_777 ? [record("size", String(sizeBytes))] : []),
  ].join("");
  if (long !== "") {
    const size = Buffer.byteLength(long);
    yield block({ name: "pax", size, type: "x", mode: 0o644 });
    yield Buffer.from(long);
    yield padding(size);
  }
  const type = link === undefined ? "0" : "2";
  yield block({
    name: path,
    size: sizeBytes,
    type,
    mode: link === undefined ? (executable ? 0o755 : 0o644) : 0o777,
    ...(link !== undefined && { link }),
  });
}

/** `LENGTH key=value\n`, in which the length counts itself. */
function record(key: string, value: string): string {
  const text = ` ${key}=${value}\n`;
  const bytes = Buffer.byteLength(text);
  let length = bytes;
  while (length !== bytes + String(length).length) length = bytes + String(length).length;
  return `${length}${text}`;
}

function block({ name, size, type, mode, link = "" }: { name: string; size: number; type: string; mode: number; link?: string }): Buffer {
  const bytes = Buffer.alloc(blockBytes);
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, "0");
  Buffer.from(name).copy(bytes, 0, 0, 100);
  bytes.write(`${octal(mode, 7)}\0`, 100);
  bytes.write(`${octal(0, 7)}\0${octal(0, 7)}\0`, 108);
  bytes.write(`${octal(Math.min(size, 0o7777_7777_777), 11)}\0${octal(0, 11)}\0`, 124);
  bytes.write("        ", 148);
  bytes.write(type, 156);
  Buffer.from(link).copy(bytes, 157, 0, 100);
  bytes.write("ustar\u{0}00", 257);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${octal(sum, 6)}\0 `, 148);
  return bytes;
}

const padding = (sizeBytes: number) => new Uint8Array((blockBytes - (sizeBytes % blockBytes)) % blockBytes);
