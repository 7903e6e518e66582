/** Reads commands off a connection: RESP arrays of bulk strings, and plain lines as a person types them. */
import { RedisError } from "./reply.ts";

const maxArguments = 1024 * 1024;
const maxBulkBytes = 512 * 1024 * 1024;
const maxLineBytes = 64 * 1024;

/** Gives each whole command to `take`, as byte strings. Throws RedisError where the stream cannot be read on. */
export function requestReader(take: (args: string[]) => void): (bytes: Buffer) => void {
  let parts: Buffer[] = [];
  let size = 0;
  /** Bytes needed before another try is worth it: so a large value is not looked at again with each packet. */
  let wanted = 0;
  return (bytes) => {
    parts.push(bytes);
    size += bytes.length;
    if (size < wanted) return;
    const buffer = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    let at = 0;
    wanted = 0;
    while (at < buffer.length) {
      const found = buffer[at] === 0x2a ? readArray(buffer, at) : readLine(buffer, at);
      if ("needs" in found) {
        wanted = found.needs - at;
        break;
      }
      at = found.end;
      if (found.args.length > 0) take(found.args);
    }
    parts = at < buffer.length ? [buffer.subarray(at)] : [];
    size = buffer.length - at;
  };
}

type Found = { args: string[]; end: number } | { needs: number };

function readArray(buffer: Buffer, start: number): Found {
  const head = lineEnd(buffer, start);
  if (head < 0) return more(buffer, start, "too big mbulk count string");
  const count = Number(buffer.toString("latin1", start + 1, head));
  if (!Number.isInteger(count) || count > maxArguments) throw new RedisError("ERR Protocol error: invalid multibulk length");
  const args: string[] = [];
  let at = head + 2;
  for (let index = 0; index < count; index++) {
    if (at >= buffer.length) return { needs: buffer.length + 1 };
    if (buffer[at] !== 0x24) throw new RedisError(`ERR Protocol error: expected '$', got '${String.fromCharCode(buffer[at]!)}'`);
    const end = lineEnd(buffer, at);
    if (end < 0) return more(buffer, at, "too big bulk count string");
    const length = Number(buffer.toString("latin1", at + 1, end));
    if (!Number.isInteger(length) || length < 0 || length > maxBulkBytes) throw new RedisError("ERR Protocol error: invalid bulk length");
    if (buffer.length < end + 4 + length) return { needs: end + 4 + length };
    args.push(buffer.toString("latin1", end + 2, end + 2 + length));
    at = end + 4 + length;
  }
  return { args, end: at };
}

function readLine(buffer: Buffer, start: number): Found {
  const end = buffer.indexOf(10, start);
  if (end < 0) return more(buffer, start, "too big inline request");
  const line = buffer.toString("latin1", start, end).replace(/\r$/, "");
  const args = line.match(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\')*'|[^\s"']+/g) ?? [];
  return { args: args.map(unquote), end: end + 1 };
}

function unquote(text: string): string {
  if (text.startsWith("'")) return text.slice(1, -1).replaceAll("\\'", "'");
  if (!text.startsWith('"')) return text;
  const named: Record<string, string> = { n: "\n", r: "\r", t: "\t", b: "\b", a: "\x07" };
  return text
    .slice(1, -1)
    .replace(/\\(?:x([0-9a-fA-F]{2})|(.))/g, (_, hex: string | undefined, one: string) =>
      hex ? String.fromCharCode(parseInt(hex, 16)) : (named[one] ?? one),
    );
}

function lineEnd(buffer: Buffer, start: number): number {
  return buffer.indexOf("\r\n", start, "latin1");
}

function more(buffer: Buffer, start: number, fault: string): { needs: number } {
  if (buffer.length - start > maxLineBytes) throw new RedisError(`ERR Protocol error: ${fault}`);
  return { needs: buffer.length + 1 };
}
