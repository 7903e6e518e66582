/** The CRC of several contents one after the other, from the CRC of each: nothing has to be read again (M. Adler's method in zlib's crc32_combine). */

/** Reflected polynomials, with their width in bits. */
const kinds: Readonly<Record<string, readonly [width: bigint, polynomial: bigint]>> = {
  CRC32: [32n, 0xedb88320n],
  CRC32C: [32n, 0x82f63b78n],
  CRC64NVME: [64n, 0x9a6c9329ac4bc9b5n],
};

export const isCrc = (algorithm: string): boolean => algorithm in kinds;

/** Checksums in base64, in the order of the contents. */
export function combineCrcs(algorithm: string, parts: readonly { value: string; sizeBytes: number }[]): string {
  const [width, polynomial] = kinds[algorithm]!;
  const shifts = new Map<number, bigint>();
  let all = 0n;
  for (const { value, sizeBytes } of parts) {
    let shift = shifts.get(sizeBytes);
    if (shift === undefined) shifts.set(sizeBytes, (shift = powerOfX(BigInt(sizeBytes) * 8n, width, polynomial)));
    all = multiply(shift, all, width, polynomial) ^ BigInt(`0x${Buffer.from(value, "base64").toString("hex")}`);
  }
  return Buffer.from(all.toString(16).padStart(Number(width) / 4, "0"), "hex").toString("base64");
}

/** x to the power of `exponent`; the highest bit is x to the power of 0. */
function powerOfX(exponent: bigint, width: bigint, polynomial: bigint): bigint {
  let result = 1n << (width - 1n);
  let square = 1n << (width - 2n);
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = multiply(result, square, width, polynomial);
    square = multiply(square, square, width, polynomial);
  }
  return result;
}

function multiply(a: bigint, b: bigint, width: bigint, polynomial: bigint): bigint {
  let result = 0n;
  let shifted = b;
  for (let bit = 1n << (width - 1n); bit > 0n; bit >>= 1n) {
    if (a & bit) result ^= shifted;
    shifted = shifted & 1n ? (shifted >> 1n) ^ polynomial : shifted >> 1n;
  }
  return result;
}
