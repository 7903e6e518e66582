import * as fc from "fast-check";
import { expect, test } from "vitest";
import { decodeMessage, encodeMessage } from "../src/index.ts";

const message = {
  messageType: "input_stream_data",
  createdMs: 1_700_000_000_123,
  sequenceNumber: 7,
  flags: 1,
  messageId: "00112233-4455-6677-8899-aabbccddeeff",
  payloadType: 3,
  payload: Buffer.from('{"cols":80,"rows":24}'),
};

test("each field lies where session-manager-plugin puts it", () => {
  const bytes = encodeMessage(message);
  expect(bytes.readUInt32BE(0)).toBe(116);
  expect(bytes.toString("latin1", 4, 36)).toBe("input_stream_data".padEnd(32));
  expect(bytes.readUInt32BE(36)).toBe(1);
  expect(bytes.readBigUInt64BE(40)).toBe(1_700_000_000_123n);
  expect(bytes.readBigInt64BE(48)).toBe(7n);
  expect(bytes.readBigUInt64BE(56)).toBe(1n);
  expect(bytes.toString("hex", 64, 80)).toBe("8899aabbccddeeff0011223344556677"); // the less significant half first
  expect(bytes.toString("hex", 80, 84)).toBe("d53ca1ea"); // SHA-256 of the payload
  expect(bytes.readUInt32BE(112)).toBe(3);
  expect(bytes.readUInt32BE(116)).toBe(21);
  expect(bytes.toString("latin1", 120)).toBe('{"cols":80,"rows":24}');
});

test("what is encoded is decoded, and a type that is padded otherwise, too", () => {
  fc.assert(
    fc.property(
      fc.record({
        messageType: fc.constantFrom("input_stream_data", "output_stream_data", "acknowledge", "channel_closed"),
        createdMs: fc.nat(),
        sequenceNumber: fc.nat(),
        flags: fc.nat({ max: 3 }),
        messageId: fc.uuid(),
        payloadType: fc.nat({ max: 12 }),
        payload: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      }),
      (any) => {
        expect(decodeMessage(encodeMessage(any))).toEqual(any);
        const leading = encodeMessage(any); // as ssm-session writes it: NUL bytes before
        leading.fill(0, 4, 36).write(any.messageType, 36 - any.messageType.length);
        expect(decodeMessage(leading)?.messageType).toBe(any.messageType);
      },
    ),
  );
});

test("bytes that are no message are none, wherever they were cut or changed", () => {
  const bytes = encodeMessage(message);
  for (let length = 0; length < bytes.byteLength; length++) expect(decodeMessage(bytes.subarray(0, length))).toBeUndefined();
  expect(decodeMessage(Buffer.alloc(200))).toBeUndefined();
  expect(decodeMessage(Buffer.alloc(200, 0xff))).toBeUndefined();
});
