/**
 * One message of the data channel as bytes. Field by field as AWS's session-manager-plugin has it (`src/message/clientmessage.go`): all
 * numbers big-endian, the type padded with spaces, the header's length (116) without the payload's length that follows it.
 */
import { createHash } from "node:crypto";

export interface AgentMessage {
  /** `input_stream_data`, `output_stream_data`, `acknowledge`, `channel_closed`, `start_publication`, `pause_publication`. */
  messageType: string;
  createdMs: number;
  /** From 0 in each direction; of an acknowledgement without meaning. */
  sequenceNumber: number;
  /** Bit 0: the first of a stream. Bit 1: the last. Acknowledgements have both. */
  flags: number;
  /** A UUID. */
  messageId: string;
  /** What the payload is (`payloadType`); 0 where the message's type says it. */
  payloadType: number;
  payload: Uint8Array;
}

const offset = {
  headerLength: 0,
  messageType: 4,
  schemaVersion: 36,
  createdMs: 40,
  sequenceNumber: 48,
  flags: 56,
  messageId: 64,
  payloadDigest: 80,
  payloadType: 112,
  payloadLength: 116,
  payload: 120,
};

export function encodeMessage(message: AgentMessage): Buffer {
  const { payload } = message;
  const bytes = Buffer.alloc(offset.payload + payload.byteLength);
  bytes.writeUInt32BE(offset.payloadLength, offset.headerLength);
  bytes.fill(" ", offset.messageType, offset.schemaVersion);
  bytes.write(message.messageType, offset.messageType, "utf8");
  bytes.writeUInt32BE(1, offset.schemaVersion);
  bytes.writeBigUInt64BE(BigInt(message.createdMs), offset.createdMs);
  bytes.writeBigInt64BE(BigInt(message.sequenceNumber), offset.sequenceNumber);
  bytes.writeBigUInt64BE(BigInt(message.flags), offset.flags);
  const id = Buffer.from(message.messageId.replaceAll("-", ""), "hex");
  // The less significant half goes first.
  id.copy(bytes, offset.messageId, 8, 16);
  id.copy(bytes, offset.messageId + 8, 0, 8);
  createHash("sha256").update(payload).digest().copy(bytes, offset.payloadDigest);
  bytes.writeUInt32BE(message.payloadType, offset.payloadType);
  bytes.writeUInt32BE(payload.byteLength, offset.payloadLength);
  bytes.set(payload, offset.payload);
  return bytes;
}

/**
 * `undefined` for bytes that are no message. The digest is not looked at: the connection delivers bytes whole, and clients in wide
 * use (`ssm-session`) write something else there.
 */
export function decodeMessage(given: Uint8Array): AgentMessage | undefined {
  const bytes = Buffer.from(given.buffer, given.byteOffset, given.byteLength);
  if (bytes.byteLength < offset.payload) return undefined;
  const headerLength = bytes.readUInt32BE(offset.headerLength);
  if (headerLength !== offset.payloadLength) return undefined;
  const payloadLength = bytes.readUInt32BE(offset.payloadLength);
  if (offset.payload + payloadLength > bytes.byteLength) return undefined;
  const id = Buffer.concat([
    bytes.subarray(offset.messageId + 8, offset.payloadDigest),
    bytes.subarray(offset.messageId, offset.messageId + 8),
  ]);
  return {
    messageType: bytes.toString("utf8", offset.messageType, offset.schemaVersion).replaceAll(/^[\0 ]+|[\0 ]+$/g, ""),
    createdMs: Number(bytes.readBigUInt64BE(offset.createdMs)),
    sequenceNumber: Number(bytes.readBigInt64BE(offset.sequenceNumber)),
    flags: Number(bytes.readBigUInt64BE(offset.flags)),
    messageId: id.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5"),
    payloadType: bytes.readUInt32BE(offset.payloadType),
    payload: bytes.subarray(offset.payload, offset.payload + payloadLength),
  };
}
