/** Receipt handles: which message, and which of its receptions. */
import { invalidReceipt } from "./errors.ts";

export interface Receipt {
  queue: number;
  seq: number;
  /** The how many-th reception. */
  received: number;
  messageId: string;
}

/** They begin with AQEB, as AWS's do. */
const mark = Buffer.from([1, 1, 1]);
const sizeBytes = 3 + 6 + 7 + 4 + 16;

export function writeReceipt({ queue, seq, received, messageId }: Receipt): string {
  const bytes = Buffer.allocUnsafe(sizeBytes);
  mark.copy(bytes);
  bytes.writeUIntBE(queue, 3, 6);
  bytes.writeUIntBE(Math.floor(seq / 256), 9, 6);
  bytes.writeUInt8(seq % 256, 15);
  bytes.writeUInt32BE(received, 16);
  bytes.write(messageId.replaceAll("-", ""), 20, "hex");
  return bytes.toString("base64");
}

/** Throws ReceiptHandleIsInvalid for what is no handle of this queue. */
export function readReceipt(handle: string, queue: number): Receipt {
  const bytes = Buffer.from(handle, "base64");
  if (bytes.length !== sizeBytes || !bytes.subarray(0, 3).equals(mark) || bytes.readUIntBE(3, 6) !== queue) throw invalidReceipt(handle);
  const hex = bytes.toString("hex", 20);
  return {
    queue,
    seq: bytes.readUIntBE(9, 6) * 256 + bytes.readUInt8(15),
    received: bytes.readUInt32BE(16),
    messageId: `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`,
  };
}
