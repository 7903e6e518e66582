/** Zip archives, as deployment packages are: read into memory within a limit, and made of one file for code that is given inline. */
import { crc32, inflateRawSync } from "node:zlib";

export interface ZipEntry {
  /** With slashes; those that end in one are folders. */
  name: string;
  /** Unix permissions, where the archive has them. */
  mode?: number;
  content: Buffer;
}

const endSignature = 0x06054b50;
const centralSignature = 0x02014b50;
const localSignature = 0x04034b50;
const endBytes = 22;

/** @throws Error for what is no archive, is damaged, holds a path that leads outside, or becomes larger than `limitBytes`. */
export function readZip(archive: Buffer, limitBytes: number): ZipEntry[] {
  const end = archive.lastIndexOf(signature(endSignature));
  if (end < 0 || end + endBytes > archive.length) throw new Error("not a zip archive");
  const count = archive.readUInt16LE(end + 10);
  let at = archive.readUInt32LE(end + 16);
  let leftBytes = limitBytes;
  const entries: ZipEntry[] = [];
  for (let index = 0; index < count; index += 1) {
    if (archive.readUInt32LE(at) !== centralSignature) throw new Error("damaged archive");
    const lengths = [28, 30, 32].map((place) => archive.readUInt16LE(at + place)) as [number, number, number];
    const name = archive.toString("utf8", at + 46, at + 46 + lengths[0]);
    if (name.startsWith("/") || name.includes("\\") || name.split("/").includes("..")) throw new Error(`${name} leads outside`);
    const mode = (archive.readUInt32LE(at + 38) >>> 16) & 0o777;
    const content = contentOf(archive, at, leftBytes);
    leftBytes -= content.length;
    entries.push({ name, ...(mode !== 0 && { mode }), content });
    at += 46 + lengths[0] + lengths[1] + lengths[2];
  }
  return entries;
}

function contentOf(archive: Buffer, central: number, limitBytes: number): Buffer {
  const method = archive.readUInt16LE(central + 10);
  const sizeBytes = archive.readUInt32LE(central + 24);
  const local = archive.readUInt32LE(central + 42);
  if (archive.readUInt32LE(local) !== localSignature) throw new Error("damaged archive");
  if (sizeBytes > limitBytes) throw new Error("too large");
  const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
  const packed = archive.subarray(start, start + archive.readUInt32LE(central + 20));
  if (method !== 0 && method !== 8) throw new Error(`unknown compression ${method}`);
  const content = method === 0 ? Buffer.from(packed) : inflateRawSync(packed, { maxOutputLength: Math.max(1, sizeBytes) });
  if (content.length !== sizeBytes || crc32(content) !== archive.readUInt32LE(central + 16)) throw new Error("damaged archive");
  return content;
}

/** An archive with one file, uncompressed. The same content makes the same archive. */
export function zipOf(name: string, content: Buffer): Buffer {
  const file = Buffer.from(name, "utf8");
  const shared = Buffer.alloc(26); // what the local and the central header have alike
  shared.writeUInt16LE(20, 0); // version needed
  shared.writeUInt16LE(0x0800, 2); // the name is UTF-8
  shared.writeUInt32LE(0x00210000, 6); // 1980-01-01, the format's first day
  shared.writeUInt32LE(crc32(content), 10);
  shared.writeUInt32LE(content.length, 14);
  shared.writeUInt32LE(content.length, 18);
  shared.writeUInt16LE(file.length, 22);
  const local = Buffer.concat([signature(localSignature), shared, file, content]);
  const madeBy = Buffer.from([20, 3]); // on Unix
  const rest = Buffer.alloc(14);
  rest.writeUInt32LE((0o100644 << 16) >>> 0, 6);
  const central = Buffer.concat([signature(centralSignature), madeBy, shared, rest, file]);
  const end = Buffer.alloc(endBytes);
  end.writeUInt32LE(endSignature, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, central, end]);
}

function signature(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
