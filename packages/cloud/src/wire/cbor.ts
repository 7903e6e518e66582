/** Smithy's RPC v2 CBOR content: CloudWatch's newest clients speak it. */
import { createRequire } from "node:module";
import { MalformedContent } from "./fault.ts";
import type { TreeForm } from "./json.ts";

const require = createRequire(import.meta.url);

interface Tagged {
  tag: number;
  value: unknown;
}

/** Dates travel as tag 1, epoch seconds (RFC 8949, 3.4.2); the format traits do not count here. */
export const cborForm: TreeForm = {
  readBlob: (value) => (value instanceof Uint8Array ? value : undefined),
  readDate: (value) => {
    const seconds = isTagged(value) && value.tag === 1 ? value.value : value;
    if (seconds instanceof Date) return seconds;
    if (typeof seconds !== "number" && typeof seconds !== "bigint") return undefined;
    const date = new Date(Math.round(Number(seconds) * 1000));
    return Number.isNaN(date.getTime()) ? undefined : date;
  },
  writeBlob: (value) => (typeof value === "string" ? Buffer.from(value, "utf8") : value),
  writeDate: (date) => library().tag({ tag: 1, value: date.getTime() / 1000 }),
  writeNumber: (value) => value,
};

const isTagged = (value: unknown): value is Tagged => typeof value === "object" && value !== null && "tag" in value && "value" in value;

interface Library {
  cbor: { serialize(value: unknown): Uint8Array; deserialize(bytes: Uint8Array): unknown };
  tag(tagged: Tagged): unknown;
}

/** Loaded at the first CBOR request: few clients send one. */
const library = (): Library => require("@smithy/core/cbor") as Library;

export function parseCbor(bytes: Uint8Array): unknown {
  try {
    return library().cbor.deserialize(Uint8Array.from(bytes));
  } catch {
    throw new MalformedContent("The request's CBOR cannot be read", true);
  }
}

export function writeCbor(value: unknown): Buffer {
  // The serializer's buffer is used again for the next value.
  return Buffer.from(Uint8Array.from(library().cbor.serialize(value)));
}
