/** What a command answers, and how it is written in RESP2 and RESP3 (redis.io, "Redis serialization protocol specification"). */

/** A string is a bulk string of bytes (each character one byte), a number an integer, `null` nothing. */
export type Reply =
  | string
  | number
  | bigint
  | null
  | readonly Reply[]
  | RedisError
  | { simple: string }
  | { double: number }
  | { map: readonly (readonly [Reply, Reply])[] }
  | { set: readonly Reply[] }
  | { push: readonly Reply[] }
  | { text: string }
  /** True and false where RESP3 says so, 1 and 0 in RESP2 (what scripts answer). */
  | { boolean: boolean }
  | { bigNumber: string }
  | { verbatim: string; format: string }
  | { nullArray: true };

/** An error as clients see it: its first word is the code (`ERR`, `WRONGTYPE`, `NOAUTH`, …). */
export class RedisError extends Error {}

export const ok: Reply = { simple: "OK" };
export const nullArray: Reply = { nullArray: true };
export const wrongType = () => new RedisError("WRONGTYPE Operation against a key holding the wrong kind of value");
export const syntaxError = () => new RedisError("ERR syntax error");
export const notAnInteger = () => new RedisError("ERR value is not an integer or out of range");
export const notAFloat = () => new RedisError("ERR value is not a valid float");

export type Protocol = 2 | 3;

/** As bytes, one character each: the caller writes it in latin1. */
export function encode(reply: Reply, protocol: Protocol): string {
  if (typeof reply === "string") return `$${reply.length}\r\n${reply}\r\n`;
  if (typeof reply === "number" || typeof reply === "bigint") return `:${reply}\r\n`;
  if (reply === null) return protocol === 3 ? "_\r\n" : "$-1\r\n";
  if (reply instanceof RedisError) return `-${reply.message.replace(/[\r\n]/g, " ")}\r\n`;
  if (isArray(reply)) return `*${reply.length}\r\n${all(reply, protocol)}`;
  if ("simple" in reply) return `+${reply.simple}\r\n`;
  if ("nullArray" in reply) return protocol === 3 ? "_\r\n" : "*-1\r\n";
  if ("double" in reply) return protocol === 3 ? `,${formatDouble(reply.double)}\r\n` : encode(formatDouble(reply.double), 2);
  if ("map" in reply)
    return `${protocol === 3 ? "%" : "*"}${reply.map.length * (protocol === 3 ? 1 : 2)}\r\n${reply.map.map((pair) => all(pair, protocol)).join("")}`;
  if ("set" in reply) return `${protocol === 3 ? "~" : "*"}${reply.set.length}\r\n${all(reply.set, protocol)}`;
  if ("push" in reply) return `${protocol === 3 ? ">" : "*"}${reply.push.length}\r\n${all(reply.push, protocol)}`;
  if ("boolean" in reply) return protocol === 3 ? `#${reply.boolean ? "t" : "f"}\r\n` : `:${reply.boolean ? 1 : 0}\r\n`;
  if ("bigNumber" in reply) return protocol === 3 ? `(${reply.bigNumber}\r\n` : encode(reply.bigNumber, 2);
  if ("verbatim" in reply)
    return protocol === 3
      ? `=${reply.verbatim.length + 4}\r\n${reply.format.slice(0, 3)}:${reply.verbatim}\r\n`
      : encode(reply.verbatim, 2);
  return protocol === 3 ? `=${reply.text.length + 4}\r\ntxt:${reply.text}\r\n` : encode(reply.text, 2);
}

function all(replies: readonly Reply[], protocol: Protocol): string {
  let text = "";
  for (const each of replies) text += encode(each, protocol);
  return text;
}

function isArray(reply: Reply): reply is readonly Reply[] {
  return Array.isArray(reply);
}

export function formatDouble(value: number): string {
  if (value === Infinity) return "inf";
  if (value === -Infinity) return "-inf";
  if (Object.is(value, -0)) return "-0";
  return String(value).replace(/e([+-])(\d)$/, "e$10$2");
}
