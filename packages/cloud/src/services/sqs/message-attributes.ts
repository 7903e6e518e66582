/** Message attributes: what may be sent, how many bytes they count, and their MD5. Source: Amazon SQS Developer Guide, "Message metadata". */
import { createHash } from "node:crypto";
import type { MessageAttributeValue } from "@aws-sdk/client-sqs";
import { invalidValue } from "./errors.ts";

export type Attributes = Readonly<Record<string, MessageAttributeValue>>;

const most = 10;

export function checkMessageAttributes(attributes: Attributes): void {
  const count = Object.keys(attributes).length;
  if (count > most) throw invalidValue(`Number of message attributes [${count}] exceeds the allowed maximum [${most}].`);
  for (const [name, value] of Object.entries(attributes)) {
    if (!/^[\w.-]{1,256}$/u.test(name)) {
      throw invalidValue(
        `The message attribute name '${name}' is invalid. Attribute name can contain A-Z, a-z, 0-9, underscore (_), hyphen (-), and period (.) characters.`,
      );
    }
    if (/^\.|\.$|\.\./u.test(name)) {
      throw invalidValue(
        `The message attribute name '${name}' is invalid. It must not start or end with a period or have successive periods.`,
      );
    }
    if (/^(?:aws|amazon)\./iu.test(name)) {
      throw invalidValue(`Message (user) attribute name '${name}' is invalid. Names that start with AWS. or Amazon. are reserved.`);
    }
    checkValue(name, value);
  }
}

function checkValue(name: string, { DataType = "", StringValue, BinaryValue, StringListValues, BinaryListValues }: MessageAttributeValue) {
  if (DataType === "") throw invalidValue(`The message attribute '${name}' must contain non-empty message attribute type.`);
  const kind = DataType.split(".")[0]!;
  if (!["String", "Number", "Binary"].includes(kind)) {
    throw invalidValue(
      `The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`,
    );
  }
  if (DataType.length > 256) throw invalidValue(`The message attribute '${name}' has a type longer than 256 characters.`);
  if (StringListValues?.length || BinaryListValues?.length)
    throw invalidValue("Message attribute list values in SendMessage operation are not supported.");
  const empty = kind === "Binary" ? !BinaryValue?.byteLength : !StringValue;
  if (empty) {
    throw invalidValue(`Message (user) attribute '${name}' must contain a non-empty value of type '${DataType}'.`);
  }
  if (kind === "Number" && !Number.isFinite(Number(StringValue))) {
    throw invalidValue(`Can't cast the value of message (user) attribute '${name}' to a number.`);
  }
}

/** Of the system's attributes only X-Ray's trace header may be sent. */
export function traceHeaderOf(attributes: Attributes): string | undefined {
  for (const [name, { DataType, StringValue }] of Object.entries(attributes)) {
    if (name !== "AWSTraceHeader") {
      throw invalidValue(`Message system attribute name '${name}' is invalid. Valid names are [AWSTraceHeader].`);
    }
    if (DataType !== "String" || !StringValue) {
      throw invalidValue(`The message system attribute 'AWSTraceHeader' must have the data type 'String' and a value.`);
    }
  }
  return attributes["AWSTraceHeader"]?.StringValue;
}

export function attributeBytes(attributes: Attributes): number {
  return Object.entries(attributes).reduce(
    (sum, [name, { DataType = "", StringValue = "", BinaryValue }]) =>
      sum + Buffer.byteLength(name) + Buffer.byteLength(DataType) + (BinaryValue?.byteLength ?? Buffer.byteLength(StringValue)),
    0,
  );
}

/** As clients reckon it again: name, type and value by name's order, each behind its length. */
export function attributesMd5(attributes: Attributes): string | undefined {
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return undefined;
  const hash = createHash("md5");
  const add = (bytes: Uint8Array) => {
    const length = Buffer.allocUnsafe(4);
    length.writeUInt32BE(bytes.byteLength);
    hash.update(length).update(bytes);
  };
  for (const name of names) {
    const { DataType = "", StringValue, BinaryValue } = attributes[name]!;
    add(Buffer.from(name));
    add(Buffer.from(DataType));
    hash.update(Buffer.from([DataType.startsWith("Binary") ? 2 : 1]));
    add(BinaryValue ?? Buffer.from(StringValue ?? ""));
  }
  return hash.digest("hex");
}

/** As text that keeps binary values. */
export function writeAttributes(attributes: Attributes): string | undefined {
  const entries = Object.entries(attributes);
  if (entries.length === 0) return undefined;
  return JSON.stringify(
    Object.fromEntries(
      entries.map(([name, { DataType, StringValue, BinaryValue }]) => [
        name,
        BinaryValue ? { DataType, binary: Buffer.from(BinaryValue).toString("base64") } : { DataType, StringValue },
      ]),
    ),
  );
}

export function readAttributes(text: string): Attributes {
  const kept = JSON.parse(text) as Record<string, { DataType: string; StringValue?: string; binary?: string }>;
  return Object.fromEntries(
    Object.entries(kept).map(([name, { DataType, StringValue, binary }]) => [
      name,
      binary === undefined ? { DataType, StringValue } : { DataType, BinaryValue: Buffer.from(binary, "base64") },
    ]),
  );
}

/** Those whose names a receiver asked for: `All`, `*`, `.*`, `prefix.*` or the name. */
export function wantedAttributes(attributes: Attributes, names: readonly string[]): Attributes {
  if (names.some((name) => ["All", "*", ".*"].includes(name))) return attributes;
  const wanted = (name: string) => names.some((each) => (each.endsWith(".*") ? name.startsWith(each.slice(0, -2)) : each === name));
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => wanted(name)));
}
