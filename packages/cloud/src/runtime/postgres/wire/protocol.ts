/** PostgreSQL's wire protocol, version 3 (PostgreSQL documentation, "Frontend/Backend Protocol"): cutting messages out of bytes, and making them. */

export interface Message {
  /** One letter, as `Q`; empty for the messages that open a connection. */
  type: string;
  /** What is behind type and length. */
  body: Buffer;
  /** The message as it came. */
  bytes: Buffer;
}

/** Longer messages are refused: PostgreSQL itself stops at a gigabyte, this process keeps every message in memory. */
const messageLimitBytes = 256 * 1024 * 1024;

/** Cuts a stream of bytes into messages; `typed` is whether they carry a type, as all but the first do. */
export function messageReader() {
  let waiting: Buffer = Buffer.alloc(0);
  return {
    push(chunk: Buffer): void {
      waiting = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk]);
    },
    next(typed: boolean): Message | undefined {
      const head = typed ? 1 : 0;
      if (waiting.length < head + 4) return undefined;
      const length = head + waiting.readInt32BE(head);
      if (length < head + 4 || length > messageLimitBytes) throw new ProtocolError(`a message of ${length} bytes is not taken`);
      if (waiting.length < length) return undefined;
      const bytes = waiting.subarray(0, length);
      waiting = waiting.subarray(length);
      return { type: typed ? String.fromCharCode(bytes[0]!) : "", body: bytes.subarray(head + 4), bytes };
    },
    /** What came behind the last message; the reader forgets it. Used where TLS takes over. */
    rest(): Buffer {
      const rest = waiting;
      waiting = Buffer.alloc(0);
      return rest;
    },
  };
}

export class ProtocolError extends Error {}

/** The messages in an answer of the server, whole. */
export function messagesIn(bytes: Uint8Array): Message[] {
  const reader = messageReader();
  reader.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  const messages: Message[] = [];
  for (let message = reader.next(true); message; message = reader.next(true)) messages.push(message);
  return messages;
}

export function text(value: string): Buffer {
  return Buffer.from(`${value}\0`, "utf8");
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

export function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

export function message(type: string, ...parts: Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(type, "latin1"), int32(body.length + 4), body]);
}

/** The string that ends at the first zero byte behind `offset`, and where it ends. */
export function textAt(body: Buffer, offset: number): { value: string; end: number } {
  const zero = body.indexOf(0, offset);
  if (zero < 0) throw new ProtocolError("a string has no end");
  return { value: body.toString("utf8", offset, zero), end: zero + 1 };
}

export const simpleQuery = (sql: string) => message("Q", text(sql));
export const sync = message("S");
export const readyForQuery = (status: "I" | "T" | "E") => message("Z", Buffer.from(status));
export const parameterStatus = (name: string, value: string) => message("S", text(name), text(value));

const cancelRequest = 80877102;

/** What is sent on a connection of its own to cancel what another one runs. */
export const cancellation = ({ processId, secret }: { processId: number; secret: number }) =>
  Buffer.concat([int32(16), int32(cancelRequest), int32(processId), int32(secret)]);

/** Severity, SQLSTATE and message, as psql shows them; `FATAL` ends the connection. */
export function errorResponse(severity: "ERROR" | "FATAL", code: string, reason: string, hint?: string): Buffer {
  const field = (kind: string, value: string) => Buffer.concat([Buffer.from(kind), text(value)]);
  return message(
    "E",
    field("S", severity),
    field("V", severity),
    field("C", code),
    field("M", reason),
    ...(hint ? [field("H", hint)] : []),
    Buffer.of(0),
  );
}

/** The last transaction status in an answer: `I` idle, `T` in a transaction, `E` in a failed one; `undefined` where it has none. */
export function lastStatus(messages: readonly Message[]): "I" | "T" | "E" | undefined {
  const ready = messages.findLast(({ type }) => type === "Z");
  return ready && (ready.body.toString("latin1") as "I" | "T" | "E");
}

/** The rows of an answer in text format, by column. */
export function rowsIn(messages: readonly Message[]): Record<string, string | null>[] {
  let columns: string[] = [];
  const rows: Record<string, string | null>[] = [];
  for (const { type, body } of messages) {
    if (type === "T") columns = columnsIn(body);
    if (type === "D") rows.push(Object.fromEntries(valuesIn(body).map((value, index) => [columns[index]!, value])));
  }
  return rows;
}

function columnsIn(body: Buffer): string[] {
  const names: string[] = [];
  let offset = 2;
  for (let left = body.readInt16BE(0); left > 0; left--) {
    const { value, end } = textAt(body, offset);
    names.push(value);
    offset = end + 18; // table, column, type, size, modifier, format
  }
  return names;
}

function valuesIn(body: Buffer): (string | null)[] {
  const values: (string | null)[] = [];
  let offset = 2;
  for (let left = body.readInt16BE(0); left > 0; left--) {
    const length = body.readInt32BE(offset);
    offset += 4;
    values.push(length < 0 ? null : body.toString("utf8", offset, offset + length));
    offset += Math.max(0, length);
  }
  return values;
}

/** The message of the first error in an answer. */
export function errorIn(messages: readonly Message[]): { code: string; message: string } | undefined {
  const found = messages.find(({ type }) => type === "E");
  if (!found) return undefined;
  const fields = Object.fromEntries(
    found.body
      .toString("utf8")
      .split("\0")
      .filter(Boolean)
      .map((field) => [field[0]!, field.slice(1)]),
  );
  return { code: fields.C ?? "XX000", message: fields.M ?? "unknown error" };
}
