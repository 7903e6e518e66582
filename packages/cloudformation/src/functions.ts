/** CloudFormation's intrinsic functions on values whose arguments are resolved already; each says what is wrong in CloudFormation's words. */
import { TemplateError } from "./template-error.ts";

const text = (value: unknown): value is string | number | boolean => ["string", "number", "boolean"].includes(typeof value);

export function join(argument: unknown): string {
  const [delimiter, list] = Array.isArray(argument) ? argument : [];
  if (!Array.isArray(argument) || argument.length !== 2 || typeof delimiter !== "string" || !Array.isArray(list) || !list.every(text)) {
    throw new TemplateError(
      "Template error: every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined.",
    );
  }
  return list.map(String).join(delimiter);
}

export function split(argument: unknown): string[] {
  const [delimiter, source] = Array.isArray(argument) ? argument : [];
  if (!Array.isArray(argument) || argument.length !== 2 || typeof delimiter !== "string" || delimiter === "" || !text(source)) {
    throw new TemplateError(
      "Template error: every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to be split or a function that returns a string to be split.",
    );
  }
  return String(source).split(delimiter);
}

export function select(argument: unknown): unknown {
  const [index, list] = Array.isArray(argument) ? argument : [];
  const at = typeof index === "string" && /^\d+$/.test(index) ? Number(index) : index;
  if (!Array.isArray(argument) || argument.length !== 2 || !Number.isInteger(at) || !Array.isArray(list)) {
    throw new TemplateError("Template error: Fn::Select requires a list argument with two elements: an integer index and a list");
  }
  const value = list[at as number];
  if (value === undefined || value === null)
    throw new TemplateError(`Template error: Fn::Select cannot select nonexistent value at index ${String(at)}`);
  return value;
}

export function findInMap(argument: unknown, mappings: Record<string, Record<string, Record<string, unknown>>>): unknown {
  const [map, top, second, options] = Array.isArray(argument) ? argument : [];
  if (![map, top, second].every(text)) {
    throw new TemplateError(
      "Template error: every Fn::FindInMap object requires three parameters, the map name, map key and the attribute for return value",
    );
  }
  const at = (object: unknown, key: unknown) =>
    typeof object === "object" && object !== null && Object.hasOwn(object, String(key))
      ? (object as Record<string, unknown>)[String(key)]
      : undefined;
  const found = at(at(at(mappings, map), top), second);
  if (found !== undefined) return found;
  if (typeof options === "object" && options !== null && "DefaultValue" in options)
    return (options as { DefaultValue: unknown }).DefaultValue;
  if (at(mappings, map) === undefined)
    throw new TemplateError(`Template error: Mapping named '${String(map)}' is not present in the 'Mappings' section of template.`);
  throw new TemplateError(`Template error: Unable to get mapping for ${String(map)}::${String(top)}::${String(second)}`);
}

export function base64(argument: unknown): string {
  if (!text(argument)) throw new TemplateError("Template error: every Fn::Base64 object must have a String-typed value.");
  return Buffer.from(String(argument), "utf8").toString("base64");
}

export function length(argument: unknown): number {
  if (!Array.isArray(argument)) throw new TemplateError("Template error: Fn::Length requires a list argument");
  return argument.length;
}

export function toJsonString(argument: unknown): string {
  if (typeof argument !== "object" || argument === null)
    throw new TemplateError("Template error: Fn::ToJsonString requires an object or an array");
  return JSON.stringify(argument);
}

/** `Fn::Cidr: [block, count, bits]`: `count` blocks with `bits` host bits each, from the start of `block`; IPv4 and IPv6. */
export function cidr(argument: unknown): string[] {
  const [block, count, bits] = Array.isArray(argument) ? argument : [];
  const wanted = Number(count);
  if (typeof block !== "string" || !Number.isInteger(wanted) || wanted < 1 || wanted > 256) {
    throw new TemplateError("Template error: every Fn::Cidr object requires an IP block, a count from 1 to 256, and the CIDR bits");
  }
  const version6 = block.includes(":");
  const [address = "", prefixText] = block.split("/");
  const width = version6 ? 128 : 32;
  const prefix = Number(prefixText);
  const hostBits = bits === undefined ? (version6 ? 64 : 8) : Number(bits);
  const start = version6 ? parse6(address) : parse4(address);
  const fits =
    start !== undefined &&
    Number.isInteger(prefix) &&
    prefix >= 0 &&
    Number.isInteger(hostBits) &&
    hostBits >= 1 &&
    width - hostBits >= prefix;
  if (!fits || BigInt(wanted) > 1n << BigInt(width - hostBits - prefix)) {
    throw new TemplateError(`Template error: Fn::Cidr cannot make ${wanted} blocks of ${String(bits)} bits out of ${block}`);
  }
  const first = (start >> BigInt(width - prefix)) << BigInt(width - prefix);
  const step = 1n << BigInt(hostBits);
  const format = version6 ? format6 : format4;
  return Array.from({ length: wanted }, (_, index) => `${format(first + BigInt(index) * step)}/${width - hostBits}`);
}

function parse4(address: string): bigint | undefined {
  const parts = address.split(".").map(Number);
  if (parts.length !== 4 || !parts.every((part) => Number.isInteger(part) && part >= 0 && part <= 255)) return undefined;
  return parts.reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
}

const format4 = (address: bigint) => [24n, 16n, 8n, 0n].map((shift) => (address >> shift) & 255n).join(".");

function parse6(address: string): bigint | undefined {
  const halves = address.split("::");
  if (halves.length > 2) return undefined;
  const [head = [], tail = []] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => "0"), ...tail];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return groups.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
}

/** The canonical text of RFC 5952: the longest run of zero groups, of two or more, is `::`. */
function format6(address: bigint): string {
  const groups = Array.from({ length: 8 }, (_, index) => Number((address >> BigInt(112 - 16 * index)) & 0xffffn));
  let best = { start: -1, length: 1 };
  for (let start = 0; start < 8; start++) {
    let run = 0;
    while (start + run < 8 && groups[start + run] === 0) run++;
    if (run > best.length) best = { start, length: run };
  }
  const hex = (part: number[]) => part.map((group) => group.toString(16)).join(":");
  return best.start < 0 ? hex(groups) : `${hex(groups.slice(0, best.start))}::${hex(groups.slice(best.start + best.length))}`;
}

/** The parts of a `Fn::Sub` string: literal text, and the names in `${…}`. `${!x}` is the literal `${x}`. */
export function subParts(template: string): ({ text: string } | { name: string })[] {
  const parts: ({ text: string } | { name: string })[] = [];
  let end = 0;
  for (const match of template.matchAll(/\$\{(!?)([^}]*)\}/g)) {
    if (match.index > end) parts.push({ text: template.slice(end, match.index) });
    end = match.index + match[0].length;
    const name = match[2]!.trim();
    if (match[1]) parts.push({ text: `\${${match[2]!}}` });
    else if (/^[A-Za-z0-9_.:]+$/.test(name)) parts.push({ name });
    else
      throw new TemplateError(
        "Template error: variable names in Fn::Sub syntax must contain only alphanumeric characters, underscores, periods, and colons",
      );
  }
  if (end < template.length) parts.push({ text: template.slice(end) });
  return parts;
}

/** The two arguments of `Fn::Sub`. */
export function subArguments(argument: unknown): { template: string; variables: Record<string, unknown> } {
  if (typeof argument === "string") return { template: argument, variables: {} };
  const [template, variables] = Array.isArray(argument) ? argument : [];
  if (
    Array.isArray(argument) &&
    argument.length === 2 &&
    typeof template === "string" &&
    typeof variables === "object" &&
    variables !== null
  ) {
    return { template, variables: variables as Record<string, unknown> };
  }
  throw new TemplateError(
    "Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a string as first argument, and an optional second argument to specify a mapping of values to replace in the string",
  );
}

/** The resource and the attribute that a `Fn::GetAtt` names. */
export function getAttArguments(argument: unknown): [logicalId: string, attribute: unknown] {
  if (typeof argument === "string" && argument.indexOf(".") > 0)
    return [argument.slice(0, argument.indexOf(".")), argument.slice(argument.indexOf(".") + 1)];
  if (Array.isArray(argument) && argument.length === 2 && typeof argument[0] === "string" && argument[0] !== "" && argument[1] !== "")
    return [argument[0], argument[1]];
  throw new TemplateError(
    "Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute",
  );
}
