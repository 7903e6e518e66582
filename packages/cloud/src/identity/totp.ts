/** One-time passwords of virtual MFA devices: six digits, a new one each 30 seconds (RFC 6238, HMAC-SHA-1). */
import { createHmac } from "node:crypto";

const stepMs = 30_000;
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** RFC 4648, without padding; a multiple of five bytes needs none. */
export function base32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return (bits.match(/.{1,5}/g) ?? []).map((five) => alphabet[Number.parseInt(five.padEnd(5, "0"), 2)]).join("");
}

/** The code of a step: `counter` is the time divided by 30 seconds. */
export function codeOf(seed: Uint8Array, counter: number): string {
  const moment = Buffer.alloc(8);
  moment.writeBigUInt64BE(BigInt(counter));
  const mac = createHmac("sha1", seed).update(moment).digest();
  const at = mac[19]! & 15;
  return `${(mac.readUInt32BE(at) & 0x7fff_ffff) % 1_000_000}`.padStart(6, "0");
}

/** Whether the two are codes of steps that follow each other, not more than ten minutes from `nowMs`. */
export function areConsecutive(seed: Uint8Array, first: string, second: string, nowMs: number): boolean {
  const now = Math.floor(nowMs / stepMs);
  for (let counter = Math.max(0, now - 20); counter <= now + 20; counter++)
    if (codeOf(seed, counter) === first && codeOf(seed, counter + 1) === second) return true;
  return false;
}
