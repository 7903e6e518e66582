/** The checksums that S3's clients send beside a body (`x-amz-checksum-…`, Content-MD5), computed as the body passes. */
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";

export interface Checksum {
  update(bytes: Uint8Array): void;
  /** In base64, as the headers carry it. */
  digest(): string;
}

/** By the last part of the header's name; `undefined` for algorithms that are passed on unchecked (the XXHash ones). */
export function checksumOf(algorithm: string): Checksum | undefined {
  switch (algorithm) {
    case "crc32":
      return crc32Checksum((bytes, previous) => crc32(bytes, previous));
    case "crc32c":
      return crc32Checksum(crc32c);
    case "crc64nvme":
      return crc64Checksum();
    case "sha1":
    case "sha256":
    case "sha512":
    case "md5": {
      const hash = createHash(algorithm);
      return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest("base64") };
    }
    default:
      return undefined;
  }
}

function crc32Checksum(step: (bytes: Uint8Array, previous: number) => number): Checksum {
  let value = 0;
  return {
    update(bytes) {
      value = step(bytes, value);
    },
    digest() {
      const result = Buffer.alloc(4);
      result.writeUInt32BE(value >>> 0);
      return result.toString("base64");
    },
  };
}

/** Castagnoli's polynomial, reflected (RFC 3720, B.4). */
const crc32cTable = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value;
});

function crc32c(bytes: Uint8Array, previous: number): number {
  let value = ~previous;
  for (const byte of bytes) value = crc32cTable[(value ^ byte) & 0xff]! ^ (value >>> 8);
  return ~value >>> 0;
}

/** CRC-64/NVME: polynomial 0xad93d23594c93659, reflected, in two halves of 32 bits. */
let crc64Tables: { high: Uint32Array; low: Uint32Array } | undefined;

function makeCrc64Tables(): { high: Uint32Array; low: Uint32Array } {
  const [high, low] = [new Uint32Array(256), new Uint32Array(256)];
  for (let index = 0; index < 256; index++) {
    let value = BigInt(index);
    for (let bit = 0; bit < 8; bit++) value = value & 1n ? (value >> 1n) ^ 0x9a6c9329ac4bc9b5n : value >> 1n;
    high[index] = Number(value >> 32n);
    low[index] = Number(value & 0xffffffffn);
  }
  return { high, low };
}

function crc64Checksum(): Checksum {
  const tables = (crc64Tables ??= makeCrc64Tables());
  let high = 0xffffffff;
  let low = 0xffffffff;
  return {
    update(bytes) {
      for (const byte of bytes) {
        const index = (low ^ byte) & 0xff;
        low = ((low >>> 8) | (high << 24)) ^ tables.low[index]!;
        high = (high >>> 8) ^ tables.high[index]!;
      }
    },
    digest() {
      const result = Buffer.alloc(8);
      result.writeUInt32BE(~high >>> 0, 0);
      result.writeUInt32BE(~low >>> 0, 4);
      return result.toString("base64");
    },
  };
}
