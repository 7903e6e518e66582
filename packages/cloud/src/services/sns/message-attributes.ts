/** Which attributes a message may carry, refused in the words that AWS answers with. Source: Amazon SNS Developer Guide, "Message attributes". */
import type { MessageAttributeValue } from "@aws-sdk/client-sns";
import { invalidMessageAttribute } from "./errors.ts";

export function checkMessageAttributes(attributes: Readonly<Record<string, MessageAttributeValue>>): void {
  for (const [name, value] of Object.entries(attributes)) {
    checkName(name);
    checkValue(name, value);
  }
}

function checkName(name: string): void {
  if (name.length > 256) throw invalidMessageAttribute("Length of message attribute name must be less than 256 bytes.");
  if (name.startsWith(".")) throw invalidMessageAttribute("Invalid message attribute name starting with character '.' was found.");
  if (name.endsWith(".")) throw invalidMessageAttribute("Invalid message attribute name ending with character '.' was found.");
  const [wrong] = /[^\w.-]/u.exec(name) ?? [];
  if (wrong !== undefined) {
    const code = wrong.codePointAt(0)!.toString(16).toUpperCase();
    throw invalidMessageAttribute(
      `Invalid non-alphanumeric character '#x${code}' was found in the message attribute name. Can only include alphanumeric characters, hyphens, underscores, or dots.`,
    );
  }
  if (name.includes("..")) throw invalidMessageAttribute("Message attribute name can not have successive '.' character.");
}

function checkValue(name: string, { DataType = "", StringValue, BinaryValue }: MessageAttributeValue): void {
  if (DataType === "") throw invalidMessageAttribute(`The message attribute '${name}' must contain non-empty message attribute type.`);
  const kind = DataType.split(".")[0]!;
  if (!["String", "Number", "Binary"].includes(kind)) {
    throw invalidMessageAttribute(
      `The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`,
    );
  }
  const field = kind === "Binary" ? "Binary" : "String";
  const size = kind === "Binary" ? BinaryValue?.byteLength : StringValue?.length;
  // Where neither value is given, the one that is expected is empty.
  if (size === undefined && (StringValue ?? BinaryValue) !== undefined) {
    throw invalidMessageAttribute(`The message attribute '${name}' with type '${DataType}' must use field '${field}'.`);
  }
  if (!size) {
    throw invalidMessageAttribute(
      `The message attribute '${name}' must contain non-empty message attribute value for message attribute type '${DataType}'.`,
    );
  }
  if (kind === "Number" && !Number.isFinite(Number(StringValue))) {
    throw invalidMessageAttribute(`Could not cast message attribute '${name}' value to number.`);
  }
}
